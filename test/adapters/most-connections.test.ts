import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { copyLargeObject, copyObjects, type CopyStore } from '../../src/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { isWholeCopy } from '../faithful/set-up-store.ts';

const MIB = 1024 * 1024;
const SOURCE = { bucket: 'source', key: 'film' };
const DESTINATION = { bucket: 'destination', key: 'copy of film' };

/** A handler of somebody's own. */
function opaqueHandler(): NonNullable<S3ClientConfig['requestHandler']> {
  const { requestHandler } = new S3Client({ region: 'us-east-1' }).config;
  return { handle: (request, options) => requestHandler.handle(request, options) } as typeof requestHandler;
}

function storeOf({ endpoint, credentials }: TestStore, requestHandler: S3ClientConfig['requestHandler']): CopyStore {
  const client = new S3Client({
    endpoint,
    credentials,
    region: 'us-east-1',
    forcePathStyle: true,
    ...(requestHandler !== undefined && { requestHandler }),
  });
  return fromS3Client(client);
}

/** Copies parts by a client whose requests go out in this way; each part takes longer than it takes the others to begin. */
async function copyBy(requestHandler: S3ClientConfig['requestHandler'], concurrency: number | 'auto') {
  const parts = concurrency === 'auto' ? 12 : concurrency + 1;
  const server = await startTestStore({
    buckets: [DESTINATION.bucket],
    objects: [{ ...SOURCE, size: parts * 5 * MIB }],
    latency: ({ operation }) => (operation === 'copyPart' ? 500 : 0),
  });
  onTestFinished(() => server.close());
  const { warnings } = await copyLargeObject({
    store: storeOf(server, requestHandler),
    source: SOURCE,
    destination: DESTINATION,
    multipartThreshold: 5 * MIB,
    partSize: 5 * MIB,
    concurrency,
    hedge: false,
  });
  expect(isWholeCopy(server)).toBe(true);
  const limited = warnings.filter(({ code }) => code === 'CONNECTIONS_LIMITED').map(({ message }) => message);
  return { limited, connections: server.stats().connections };
}

it.each([
  ['as the SDK makes it', undefined, 50],
  ['made for fewer', { httpAgent: { maxSockets: 4 } }, 4],
])('a client %s holds the copy back, which says so once', async (_, requestHandler, most) => {
  const { limited, connections } = await copyBy(requestHandler, most + 5);
  expect(connections).toBeLessThanOrEqual(most);
  expect(limited).toEqual([
    `The client of store 's3' opens at most ${most} connections, so that requests in flight beyond these wait for one: give it more (maxSockets, see docs/clients.md), or set concurrency to ${most}`,
  ]);
});

it('a client with more connections copies more at once, and nothing is said', async () => {
  const { limited, connections } = await copyBy({ httpAgent: { maxSockets: 60 } }, 60);
  expect(limited).toEqual([]);
  expect(connections).toBeGreaterThan(50);
});

it.each([
  ['that is asked for no more than it has', { httpAgent: { maxSockets: 4 } }, 4],
  ['that is asked for a few', undefined, 'auto'],
  ['that says nothing of its connections', opaqueHandler(), 55],
] as const)('nothing is said of a client %s', async (_, requestHandler, concurrency) => {
  const { limited } = await copyBy(requestHandler, concurrency);
  expect(limited).toEqual([]);
});

it.each([
  ['small', 1000],
  ['large', 12 * MIB],
])('a run over many %s objects says it once', async (_, size) => {
  const objects = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ bucket: 'source', key, size }));
  const server = await startTestStore({ buckets: ['destination'], objects, latency: 100 });
  onTestFinished(() => server.close());
  const run = copyObjects({
    store: storeOf(server, { httpAgent: { maxSockets: 1 } }),
    source: { bucket: 'source' },
    destination: { bucket: 'destination' },
    concurrency: 6,
    multipartThreshold: 5 * MIB,
  });
  const codes: string[] = [];
  run.on('warning', ({ code }) => codes.push(code));
  expect(await run).toMatchObject({ copied: 6 });
  expect(codes.filter((code) => code === 'CONNECTIONS_LIMITED')).toHaveLength(1);
});
