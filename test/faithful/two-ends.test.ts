import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { CopyError, CopyOptionsError, obsStore, s3Store } from '../../src/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { startTestStore, type RequestInfo, type TestCredentials, type TestStore } from '../../src/testing/index.ts';
import {
  connect,
  copySource,
  DESTINATION,
  dialects,
  failureOf,
  IN_PARTS,
  isWholeCopy,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
  withOperations,
  writesOf,
} from './set-up-store.ts';

const WRITER: TestCredentials = { accessKeyId: 'WRITER', secretAccessKey: 'writer-secret' };
const READER: TestCredentials = { accessKeyId: 'READER', secretAccessKey: 'reader-secret' };
const TEMPORARY: TestCredentials = {
  accessKeyId: 'TEMPORARY',
  secretAccessKey: 'temporary-secret',
  sessionToken: 'token+/=1',
};

const ways = dialects.flatMap((dialect) => strategies.map((strategy) => ({ dialect, ...strategy })));

/** Whose keys a request was signed with. */
function signerOf({ headers }: RequestInfo): string | undefined {
  return /(?:Credential=|^(?:OBS|AWS) )([A-Z0-9]+)/.exec(String(headers['authorization'] ?? ''))?.[1];
}

function connectAs(server: TestStore, dialect: 'obs' | 's3', credentials: TestCredentials | false): CopyStore {
  const make = dialect === 'obs' ? obsStore : s3Store;
  return make({ endpoint: server.endpoint, region: server.region, credentials });
}

describe.for(ways)('$dialect, $strategy', ({ dialect, sizes }) => {
  test('sourceStore reads everything of the source by its own credentials, and store does the rest', async () => {
    const requests: RequestInfo[] = [];
    const { server } = await setUpStore(dialect, {
      credentials: [WRITER, READER],
      objects: [{ ...SOURCE, size: SIZE, tags: { a: '1' }, acl: 'public-read' }],
      faults: [
        (request) => {
          requests.push(request);
          return undefined;
        },
      ],
    });
    const [store, sourceStore] = [connectAs(server, dialect, WRITER), connectAs(server, dialect, READER)];
    await copySource({ store, sourceStore, preserve: { acl: true, tags: true }, ifExists: 'fail', ...sizes });

    expect(isWholeCopy(server)).toBe(true);
    const wrong = requests.filter(
      (request) => signerOf(request) !== (request.bucket === SOURCE.bucket ? 'READER' : 'WRITER'),
    );
    expect(wrong).toEqual([]);
    const read = requests.filter(({ bucket }) => bucket === SOURCE.bucket).map(({ operation }) => operation);
    expect(new Set(read)).toEqual(new Set(['headObject', 'getObjectTagging', 'getObjectAcl']));
  });

  test('temporary credentials: the session token goes with every request', async () => {
    const { server } = await setUpStore(dialect, { credentials: TEMPORARY });
    await copySource({ store: connect(server, dialect), ...sizes });
    expect(isWholeCopy(server)).toBe(true);
    const { sessionToken: _, ...withoutToken } = TEMPORARY;
    const error = await failureOf(copySource({ store: connectAs(server, dialect, withoutToken), ...sizes }));
    expect(error).toBeInstanceOf(CopyError);
    expect(JSON.stringify(error) + String(error)).not.toContain(TEMPORARY.secretAccessKey);
  });

  test('anonymous requests carry no signature', async () => {
    const signers = new Set<string | undefined>();
    const { server } = await setUpStore(dialect, {
      credentials: false,
      objects: [{ ...SOURCE, size: SIZE, acl: 'public-read' }],
      faults: [
        (request) => {
          signers.add(signerOf(request) ?? (request.headers['x-obs-date'] && 'dated'));
          return undefined;
        },
      ],
    });
    const store = connectAs(server, dialect, false);
    // Whether somebody nameless may write is the server's affair: what counts is what is sent.
    await copySource({ store, ...sizes }).catch(() => undefined);
    expect([...signers]).toEqual([undefined]);
  });

  test('credentials that run out in mid-copy are fetched anew', async () => {
    const { server } = await setUpStore(dialect, { credentials: TEMPORARY });
    let fetched = 0;
    const make = dialect === 'obs' ? obsStore : s3Store;
    const store = make({
      endpoint: server.endpoint,
      region: server.region,
      credentials: async () => {
        fetched++;
        return server.credentials;
      },
    });
    let rotated = false;
    server.setFaults([
      ({ operation }) => {
        const isDue = !rotated && (operation === 'copyObject' || operation === 'copyPart');
        if (isDue) {
          rotated = true;
          server.rotateCredentials();
        }
        return isDue ? { kind: 'error', status: 400, code: 'ExpiredToken' } : undefined;
      },
    ]);
    await copySource({ store, ...sizes });
    expect(isWholeCopy(server)).toBe(true);
    expect(fetched).toBe(2);
  });

  test('requester pays: every request says so, and without it the store refuses', async () => {
    const payers = new Set<unknown>();
    const { server, store } = await setUpStore(dialect, {
      buckets: [
        { name: SOURCE.bucket, requesterPays: true },
        { name: DESTINATION.bucket, requesterPays: true },
      ],
      objects: [{ ...SOURCE, size: SIZE, tags: { a: '1' } }],
      faults: [
        ({ headers }) => {
          payers.add(headers[dialect === 'obs' ? 'x-obs-request-payer' : 'x-amz-request-payer']);
          return undefined;
        },
      ],
    });
    await copySource({
      store,
      requestPayer: 'requester',
      ifExists: 'fail',
      preserve: { tags: true, acl: true },
      ...sizes,
    });
    expect(isWholeCopy(server)).toBe(true);
    expect([...payers]).toEqual(['requester']);
    expect(await failureOf(copySource({ store, ...sizes }))).toMatchObject({ statusCode: 403 });
  });
});

describe.for(['s3Store', 'fromS3Client'] as const)('expected bucket owners, %s', (way) => {
  const OWNER = '123456789012';
  const storeOn = (server: TestStore): CopyStore => {
    if (way === 's3Store') return connect(server);
    const { endpoint, region, credentials } = server;
    return fromS3Client(new S3Client({ endpoint, region, credentials, forcePathStyle: true }));
  };

  test.for(strategies)('go with every request ($strategy)', async ({ sizes }) => {
    const requests: RequestInfo[] = [];
    const { server } = await setUpStore('s3', {
      objects: [{ ...SOURCE, size: SIZE, tags: { a: '1' }, acl: 'public-read' }],
      faults: [
        (request) => {
          requests.push(request);
          return undefined;
        },
      ],
    });
    await copySource({
      store: storeOn(server),
      expectedBucketOwner: OWNER,
      expectedSourceBucketOwner: OWNER,
      preserve: { acl: true },
      ifExists: 'fail',
      ...sizes,
    });
    expect(requests.every(({ headers }) => headers['x-amz-expected-bucket-owner'] === OWNER)).toBe(true);
    const copies = requests.filter(({ operation }) => operation === 'copyPart' || operation === 'copyObject');
    expect(copies.length).toBeGreaterThan(0);
    expect(copies.every(({ headers }) => headers['x-amz-source-expected-bucket-owner'] === OWNER)).toBe(true);
  });

  test.for(['expectedBucketOwner', 'expectedSourceBucketOwner'] as const)(
    'another %s is refused, and nothing is written',
    async (name) => {
      const { server } = await setUpStore('s3');
      for (const { sizes } of strategies) {
        expect(await failureOf(copySource({ store: storeOn(server), [name]: '999999999999', ...sizes }))).toMatchObject(
          {
            statusCode: 403,
          },
        );
      }
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
    },
  );
});

test('OBS knows no expected owner: asking for one is refused rather than forgotten', async () => {
  const { server, store } = await setUpStore('obs');
  expect(await failureOf(copySource({ store, expectedBucketOwner: '1' }))).toMatchObject({
    message: expect.stringMatching(/OBS has no check of the expected bucket owner/),
  });
  expect(writesOf(server)).toEqual([]);
});

describe('two regions', () => {
  const here = { credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };

  test('OBS can’t copy between them: an error before any request', async () => {
    const store = obsStore({ ...here, region: 'cn-north-4' });
    const sourceStore = obsStore({ ...here, endpoint: 'https://obs.cn-east-3.myhuaweicloud.com' });
    const error = await failureOf(copySource({ store, sourceStore }));
    expect(error).toBeInstanceOf(CopyOptionsError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/is in cn-east-3, the destination's in cn-north-4$/),
    });
  });

  test('a region that is only assumed is no reason to refuse', async () => {
    const { server } = await setUpStore('obs');
    const store = obsStore({ endpoint: server.endpoint, region: 'cn-north-4', credentials: server.credentials });
    const sourceStore = obsStore({ endpoint: server.endpoint, credentials: server.credentials });
    await copySource({ store, sourceStore });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('where only the store knows, the error of its first answer says what it is, and nothing is left', async () => {
    const { server, store } = await setUpStore('obs', {
      personality: 'obs',
      buckets: [{ name: SOURCE.bucket, region: 'cn-east-3' }, DESTINATION.bucket],
    });
    const error = await failureOf(copySource({ store, ...IN_PARTS }));
    expect(error).toMatchObject({ message: expect.stringMatching(/must be in the same region/) });
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
  });

  test('S3 copies between them', async () => {
    const { server } = await setUpStore('s3', {
      buckets: [{ name: SOURCE.bucket, region: 'eu-west-1' }, DESTINATION.bucket],
    });
    const sourceStore = s3Store({ endpoint: server.endpoint, region: 'eu-west-1', credentials: server.credentials });
    await copySource({ store: connect(server), sourceStore, ...IN_PARTS });
    expect(isWholeCopy(server)).toBe(true);
  });
});

test('a source that only sourceStore can see is checked there alone, also when the copy is resumed', async () => {
  const elsewhere = await startTestStore({ objects: [{ ...SOURCE, size: SIZE, metadata: { from: 'elsewhere' } }] });
  onTestFinished(() => elsewhere.close());
  const { server, store } = await setUpStore('s3');
  // Both have the object; only its metadata differ.
  const sourceStore = withOperations(connect(elsewhere), { name: 'elsewhere' });
  const etag = server.object(SOURCE.bucket, SOURCE.key)?.etag;
  expect(elsewhere.object(SOURCE.bucket, SOURCE.key)?.etag).toBe(etag);
  await copySource({ store, sourceStore, ...IN_PARTS });
  expect(server.object(DESTINATION.bucket, DESTINATION.key)?.metadata).toEqual({ from: 'elsewhere' });
});
