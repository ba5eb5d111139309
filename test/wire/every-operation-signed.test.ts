import { expect, onTestFinished, test } from 'vitest';
import { isStoreError } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { OPERATIONS } from '../../src/wire/operations.ts';
import { waysToStore } from '../contract/embedded-store.ts';

const WAYS = [
  ['obsStore', 'obs'],
  ['obsStore', 'v2'],
  ['s3Store', 'v4'],
  ['fromS3Client', 'v4'],
  ['fromVendorObsClient', 'obs'],
] as const;

/** Something for every field that any operation asks for. */
const REQUEST = {
  bucket: 'plain',
  key: 'a b',
  versionId: 'null',
  source: { bucket: 'plain', key: 'c d' },
  uploadId: 'U',
  partNumber: 1,
  parts: [{ partNumber: 1, etag: 'e' }],
  tags: { a: 'b' },
  keys: ['e'],
  name: 'n',
  text: 't',
  mode: 'COMPLIANCE',
  retainUntil: new Date('2030-01-01T00:00:00Z'),
  keyId: 'arn:aws:kms:us-east-1:123456789012:key/1',
  on: true,
  body: 'ü',
};

test.for(WAYS)('the store accepts the signature of every operation: %s, %s', async ([way, signature]) => {
  const server = await startTestStore({
    personality: way.includes('S3') || way === 's3Store' ? 'aws' : 'obs',
    buckets: ['plain'],
  });
  onTestFinished(() => server.close());
  const store = waysToStore[way](server, signature);
  const refused: string[] = [];
  for (const operation of Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]) {
    const call = store[operation]?.bind(store) as ((request: object) => Promise<unknown>) | undefined;
    const error: unknown = await call?.(REQUEST).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (isStoreError(error) && error.vendorCode?.startsWith('Signature') === true) refused.push(operation);
  }
  expect(refused).toEqual([]);
});
