import { PutObjectAclCommand, S3Client } from '@aws-sdk/client-s3';
import { waysToStore } from '../contract/embedded-store.ts';
import { startTestStore, type TestObjectView, type TestStore } from '../../src/testing/index.ts';
import { definedFacts, type ObjectFacts, type PropertyTarget } from './property-target.ts';

const ACCOUNT_ID = '0123456789abcdef';
const EVERYONE = 'http://acs.amazonaws.com/groups/global/AllUsers';

/** Ways to the embedded store, by the heading of their column. */
const ways = {
  s3Store: { dialect: 's3', way: 's3Store', signature: 'v4' },
  'fromS3Client(S3Client)': { dialect: 's3', way: 'fromS3Client', signature: 'v4' },
  obsStore: { dialect: 'obs', way: 'obsStore', signature: 'obs' },
  'obsStore, v4': { dialect: 'obs', way: 'obsStore', signature: 'v4' },
  'fromObsClient(esdk-obs-nodejs)': { dialect: 'obs', way: 'fromVendorObsClient', signature: 'obs' },
  'fromObsClient(esdk-obs-nodejs), v2': { dialect: 'obs', way: 'fromVendorObsClient', signature: 'v2' },
  'fromObsClient(our ObsClient)': { dialect: 'obs', way: 'fromOwnObsClient', signature: 'obs' },
} as const;

export type EmbeddedWay = keyof typeof ways;
export const embeddedWays = Object.keys(ways) as EmbeddedWay[];

/** Starts an embedded store that behaves like OBS or S3, and connects to it in one of the ways. */
export async function startEmbeddedTarget(name: EmbeddedWay): Promise<PropertyTarget & { readonly server: TestStore }> {
  const { dialect, way, signature } = ways[name];
  const server = await startTestStore({
    buckets: [
      'source',
      'destination',
      { name: 'lockable', objectLock: true },
      { name: 'cool-by-default', storageClass: 'WARM' },
    ],
    limits: { minPartSize: 1000 },
    personality: dialect === 'obs' ? 'obs' : 'aws',
  });
  return {
    name,
    dialect,
    server,
    store: waysToStore[way](server, signature),
    // OBS takes no part below 100 KiB.
    sourceSize: dialect === 'obs' ? 150_000 : 6_000_000,
    partSize: dialect === 'obs' ? 102_400 : 5 * 1024 * 1024,
    accountId: ACCOUNT_ID,
    buckets: {
      source: 'source',
      destination: 'destination',
      lockable: 'lockable',
      coolByDefault: dialect === 'obs' ? 'cool-by-default' : undefined,
    },
    putObject: async ({ bucket, key }, size, { readers = [], lock, ...facts }) => {
      const objectLock = lock && {
        ...lock,
        retainUntil: lock.retainUntil === undefined ? undefined : new Date(lock.retainUntil),
      };
      server.putObject({
        bucket,
        key,
        size,
        ...facts,
        objectLock,
      });
      if (readers.length === 0) return;
      const read = readers
        .map((reader) => (reader === 'everyone' ? `uri="${EVERYONE}"` : `id="${ACCOUNT_ID}"`))
        .join(', ');
      const { endpoint, region, credentials } = server;
      const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
      await client.send(new PutObjectAclCommand({ Bucket: bucket, Key: key, GrantRead: read }));
      client.destroy();
    },
    readFacts: async ({ bucket, key }) => {
      const object = server.object(bucket, key);
      if (object === undefined) throw new Error(`There is no object ${bucket}/${key}`);
      return factsOf(object);
    },
    close: () => server.close(),
  };
}

function factsOf(object: TestObjectView): ObjectFacts {
  const { headers, lock } = object;
  return definedFacts({
    contentType: headers['content-type'],
    cacheControl: headers['cache-control'],
    contentDisposition: headers['content-disposition'],
    contentEncoding: headers['content-encoding'],
    contentLanguage: headers['content-language'],
    expires: headers['expires'],
    metadata: object.metadata,
    websiteRedirectLocation: object.websiteRedirectLocation,
    tags: object.tags,
    storageClass: object.storageClass,
    readers: object.grants
      .filter(({ permission }) => permission === 'READ')
      .map(({ grantee }) => (grantee === EVERYONE ? 'everyone' : 'account')),
    lock: definedLock(lock),
    annotations: object.annotations,
    checksumAlgorithm: Object.keys(object.checksums)[0] as ObjectFacts['checksumAlgorithm'],
    expiresAfterDays: object.expiresAfterDays,
  });
}

/** Fractions of a second are written by some and not by others. */
function definedLock({ mode, retainUntil, legalHold, eventHold }: TestObjectView['lock']): ObjectFacts['lock'] {
  return {
    ...(mode !== undefined && { mode }),
    ...(retainUntil !== undefined && { retainUntil: new Date(retainUntil).toISOString().replace('.000Z', 'Z') }),
    ...(legalHold !== undefined && { legalHold }),
    ...(eventHold !== undefined && { eventHold }),
  };
}
