import { inspect } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { copyLargeObject, type CopyStore, type CopyTask } from '../../src/index.ts';
import { startTestStore, type FaultRule, type OperationName, type TestStore } from '../../src/testing/index.ts';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;
const SOURCE = { bucket: 'media', key: 'film' };
const DESTINATION = { bucket: 'archive', key: 'copy' };
const OPERATIONS: readonly OperationName[] = [
  'headObject',
  'createMultipartUpload',
  'copyPart',
  'completeMultipartUpload',
];

let server: TestStore;
afterEach(() => server.close());

async function start(...faults: FaultRule[]): Promise<void> {
  server = await startTestStore({ buckets: [DESTINATION.bucket], faults });
  server.putObject({ ...SOURCE, size: 170 * MIB });
}

type Keys = TestStore['credentials'] & { readonly sessionToken?: string };

function makeStore(credentials: Keys | (() => Promise<Keys>)): CopyStore {
  const { endpoint, region } = server;
  return fromS3Client(new S3Client({ endpoint, region, forcePathStyle: true, credentials }));
}

/** Copies, with no retries that could get over anything. */
function copy(store: CopyStore): CopyTask {
  return copyLargeObject({
    store,
    source: SOURCE,
    destination: DESTINATION,
    partSize: 10 * MIB,
    multipartThreshold: MIB,
    retry: { maxAttempts: 1 },
  });
}

function expectTheCopy(): void {
  expect(server.provenance(DESTINATION.bucket, DESTINATION.key)).toMatchObject([
    { ...SOURCE, start: 0, end: 170 * MIB - 1, offset: 0 },
  ]);
  expect(server.uploads(DESTINATION.bucket)).toEqual([]);
}

describe('credentials of an S3Client that run out', () => {
  it.each(OPERATIONS)('at %s are fetched anew, once, and nothing fails by it', async (operation) => {
    await start({ operation, kind: 'expiredToken', times: 1 });
    let fetched = 0;
    await copy(
      makeStore(() => {
        fetched++;
        return Promise.resolve(fetched === 1 ? server.credentials : server.rotateCredentials());
      }),
    );
    expectTheCopy();
    // Of all that were refused together, one fetched.
    expect(fetched).toBe(2);
  });

  it('are an error where there are no others', async () => {
    await start({ operation: 'copyPart', kind: 'expiredToken', times: 1 });
    await expect(copy(makeStore(server.credentials))).rejects.toMatchObject({
      name: 'PartFailedError',
      cause: { kind: 'permanent', vendorCode: 'ExpiredToken' },
    });
  });

  it('may come right later where others came, and had run out, too', async () => {
    await start({ operation: 'listParts', kind: 'error', status: 400, code: 'ExpiredToken' });
    let fetched = 0;
    const store = makeStore(() => {
      fetched++;
      return Promise.resolve({ ...server.credentials, sessionToken: `token ${fetched}` });
    });
    await expect(store.listParts({ ...DESTINATION, uploadId: 'u' })).rejects.toMatchObject({
      kind: 'transient',
      vendorCode: 'ExpiredToken',
    });
    expect(fetched).toBe(2);
    expect(server.stats().operations.listParts).toBe(2);
  });

  it('that can’t be fetched anew say so, and no secret', async () => {
    await start({ operation: 'listParts', kind: 'expiredToken', times: 1 });
    let fetched = 0;
    const store = makeStore(() =>
      fetched++ === 0 ? Promise.resolve(server.credentials) : Promise.reject(new Error('the token service is away')),
    );
    const failing = store.listParts({ ...DESTINATION, uploadId: 'u' });
    await expect(failing).rejects.toMatchObject({ kind: 'transient', vendorCode: 'CredentialsError' });
    await expect(failing).rejects.toThrow('the token service is away');
    const error: unknown = await failing.catch((reason: unknown) => reason);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(server.credentials.secretAccessKey);
  });
});

describe('a clock that is wrong', () => {
  it.each(OPERATIONS)('since %s costs one more request, and nothing fails by it', async (operation) => {
    await start({ operation, kind: 'skewedClock', skewMs: 5 * HOUR_MS, times: 1 });
    await copy(makeStore(server.credentials));
    expectTheCopy();
  });
});
