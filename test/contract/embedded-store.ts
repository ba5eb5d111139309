import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { fromObsClient, type ObsSdkClientLike } from '../../src/adapters/obs-sdk.ts';
import { obsStore, s3Store } from '../../src/wire/http-store.ts';
import { ObsClient } from '../../src/obs-client/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { startTestStore, type PersonalityName, type TestStore } from '../../src/testing/index.ts';
import type { ContractSetup } from './contract-setup.ts';

// The vendor's client has no types.
const VendorObsClient = createRequire(import.meta.url)('esdk-obs-nodejs') as new (options: object) => ObsSdkClientLike;

/** Ways to the embedded store: our own stores and clients, and the vendors'. */
export const waysToStore = {
  obsStore: (server, signature) => obsStore({ ...addressOf(server), signature, etagFormula: 'aws' }),
  s3Store: (server, signature) =>
    s3Store({ ...addressOf(server), signature: signature === 'v2' ? 'v2' : 'v4', etagFormula: 'aws' }),
  fromS3Client: (server) => fromS3Client(new S3Client({ ...addressOf(server), forcePathStyle: true, maxAttempts: 5 })),
  fromVendorObsClient: (server, signature) => fromObsClient(new VendorObsClient(vendorOptions(server, signature))),
  fromNegotiatingObsClient: (server) =>
    fromObsClient(new VendorObsClient({ ...vendorOptions(server, 'obs'), is_signature_negotiation: true })),
  fromOwnObsClient: (server, signature) =>
    fromObsClient(new ObsClient({ ...keysOf(server), server: server.endpoint, signature })),
} as const satisfies Record<string, (server: TestStore, signature: 'obs' | 'v2' | 'v4') => CopyStore>;

function addressOf({ endpoint, region, credentials }: TestStore): {
  endpoint: string;
  region: string;
  credentials: TestStore['credentials'];
} {
  return { endpoint, region, credentials };
}

function keysOf({ credentials }: TestStore): { access_key_id: string; secret_access_key: string } {
  return { access_key_id: credentials.accessKeyId, secret_access_key: credentials.secretAccessKey };
}

/** The vendor's client speaks OBS only to a host name, and puts the bucket in front of it. */
function vendorOptions(server: TestStore, signature: string): object {
  const host = signature === 'obs' ? `http://localhost:${server.port}` : server.endpoint;
  // Connection options are taken, too, but aren't in Node's types.
  const agentOptions: object = { keepAlive: true, lookup: lookUpLoopback };
  return {
    ...keysOf(server),
    server: host,
    signature,
    is_signature_negotiation: false,
    http_agent: new Agent(agentOptions),
  };
}

/** Names below localhost are not known everywhere. */
export const lookUpLoopback: LookupFunction = (_hostname, { all }, callback) => {
  if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** Starts an embedded store of its own for one run of the contract. */
export async function startEmbeddedStore(
  makeStore: (server: TestStore) => CopyStore,
  personality?: PersonalityName,
): Promise<ContractSetup> {
  const server = await startTestStore({
    buckets: ['source', 'destination', { name: 'versioned', versioning: 'enabled' }],
    limits: { minPartSize: 1000 },
    personality,
  });
  return {
    store: makeStore(server),
    source: 'source',
    destination: 'destination',
    versioned: 'versioned',
    putObject: async ({ sse, ...object }) => {
      const encryption =
        sse === undefined
          ? undefined
          : { type: 'SSE-C' as const, customerKey: Buffer.from(sse.key).toString('base64') };
      const { versionId } = server.putObject({ ...object, encryption });
      return { versionId };
    },
    readObject: async ({ bucket, key, versionId }) => {
      const object = server.object(bucket, key, versionId);
      if (object === undefined) throw new Error(`There is no object ${bucket}/${key}`);
      return object.readBody();
    },
    close: () => server.close(),
  };
}
