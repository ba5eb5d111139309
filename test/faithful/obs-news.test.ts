import { describe, expect, onTestFinished, test } from 'vitest';
import { copyLargeObject, CopyOptionsError, s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import { DESTINATION, SOURCE } from './set-up-store.ts';

const SIZE = 250_000;
const strategies = [
  { strategy: 'single', multipartThreshold: SIZE },
  { strategy: 'multipart', multipartThreshold: 0 },
] as const;
const ways = ['obsStore', 'fromVendorObsClient', 'fromOwnObsClient'] as const;

describe.for(ways.flatMap((way) => strategies.map((each) => ({ way, ...each }))))(
  'OBS by $way, $strategy',
  ({ way, strategy, multipartThreshold }) => {
    const setUp = async () => {
      const server = await startTestStore({
        personality: 'obs',
        buckets: ['destination'],
        objects: [{ ...SOURCE, size: SIZE }],
      });
      onTestFinished(() => server.close());
      const sizes = { multipartThreshold, partSize: 102_400 };
      return { server, store: waysToStore[way](server, 'obs'), sizes };
    };

    test('names the project that the key of the KMS is in', async () => {
      const { server, store, sizes } = await setUp();
      const sse = { type: 'SSE-KMS', keyId: 'key-1', projectId: 'project-7' } as const;
      await copyLargeObject({ store, source: SOURCE, destination: { ...DESTINATION, sse }, ...sizes });
      expect(server.object(DESTINATION.bucket, DESTINATION.key)?.encryption).toEqual({
        type: 'SSE-KMS',
        kmsKeyId: 'key-1',
        kmsProjectId: 'project-7',
      });
    });

    test.for(['DEEP_ARCHIVE', 'INTELLIGENT_TIERING', 'HIGH_PERFORMANCE'])(
      'writes the class %s',
      async (storageClass) => {
        const { server, store, sizes } = await setUp();
        await copyLargeObject({ store, source: SOURCE, destination: { ...DESTINATION, storageClass }, ...sizes });
        expect(server.object(DESTINATION.bucket, DESTINATION.key)?.storageClass).toBe(storageClass);
      },
    );

    test('copies an object onto itself', async () => {
      const { server, store, sizes } = await setUp();
      const destination = { ...SOURCE, contentType: 'video/mxf' };
      expect(await copyLargeObject({ store, source: SOURCE, destination, ...sizes })).toMatchObject({ strategy });
      expect(server.object(SOURCE.bucket, SOURCE.key)?.headers['content-type']).toBe('video/mxf');
    });
  },
);

test('only OBS keeps keys in projects', () => {
  const store = s3Store({ region: 'eu-west-1', credentials: false });
  const sse = { type: 'SSE-KMS', projectId: 'project-7' } as const;
  const copy = () => copyLargeObject({ store, source: SOURCE, destination: { ...DESTINATION, sse } });
  expect(copy).toThrow(CopyOptionsError);
  expect(copy).toThrow("'destination.sse.projectId' must be left out");
});
