import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { copyLargeObject, type CopyOptions } from '../../src/index.ts';
import { s3Store } from '../../src/wire/http-store.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { failureOf, isWholeCopy } from './set-up-store.ts';

const DIRECTORY = 'fast--use1-az4--x-s3';
const SIZE = 11 * 1024 * 1024;
const PART = 5 * 1024 * 1024;

async function setUp() {
  const server = await startTestStore({
    personality: 'aws',
    buckets: ['plain', DIRECTORY],
    objects: [
      { bucket: 'plain', key: 'film', size: SIZE, tags: { kind: 'film' } },
      { bucket: DIRECTORY, key: 'film', size: SIZE },
    ],
  });
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  // known to make ETags as Amazon does, but for such buckets
  const store = fromS3Client(client, { traits: { dialect: 's3', sendsSourceIfMatch: true, etagFormula: 'aws' } });
  const copy = (source: string, destination: string, more: Partial<CopyOptions>) =>
    copyLargeObject({
      store,
      source: { bucket: source, key: 'film' },
      destination: { bucket: destination, key: 'copy' },
      partSize: PART,
      ...more,
    });
  return { server, copy };
}

describe.for([
  { strategy: 'single', multipartThreshold: SIZE },
  { strategy: 'multipart', multipartThreshold: 0 },
] as const)('a directory bucket, $strategy', ({ strategy, multipartThreshold }) => {
  test.for([
    ['plain', DIRECTORY],
    [DIRECTORY, 'plain'],
    [DIRECTORY, DIRECTORY],
  ] as const)('from %s to %s: whole, and not called corrupt', async ([from, to]) => {
    const { server, copy } = await setUp();
    const result = await copy(from, to, {
      multipartThreshold,
      preserve: { tags: from === 'plain' ? false : undefined },
    });
    expect(result).toMatchObject({ strategy, warnings: [] });
    expect(isWholeCopy(server, { bucket: to, key: 'copy' }, { bucket: from, key: 'film' })).toBe(true);
    expect(server.uploads(to)).toEqual([]);
  });

  test('has no tags: a warning, or an error for who demands them', async () => {
    const { server, copy } = await setUp();
    expect(await copy('plain', DIRECTORY, { multipartThreshold })).toMatchObject({
      warnings: [{ code: 'TAGS_NOT_PRESERVED' }],
    });
    const demanded = await failureOf(copy('plain', DIRECTORY, { multipartThreshold, preserve: { tags: true } }));
    expect(demanded).toMatchObject({ message: 'Cannot preserve tags as a directory bucket has no tags' });
    expect(server.uploads(DIRECTORY)).toEqual([]);
  });

  test('s3Store, which opens no sessions, refuses it and names fromS3Client', async () => {
    const { server } = await setUp();
    const { endpoint, region, credentials } = server;
    const store = s3Store({ endpoint, region, credentials });
    const source = { bucket: DIRECTORY, key: 'film' };
    const copy = copyLargeObject({ store, source, destination: { bucket: 'plain', key: 'copy' }, multipartThreshold });
    expect(await failureOf(copy)).toMatchObject({ message: expect.stringContaining('use fromS3Client') });
  });
});
