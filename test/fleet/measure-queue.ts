/**
 * Says how much a queue takes for the jobs of a run that wait: `npx tsx test/fleet/measure-queue.ts [OBJECTS]`. The objects are small, and
 * their keys have some 30 characters.
 */
import { createPostgresBackend, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type CopyQueue, enqueueCopies } from '../../src/bullmq/index.ts';
import { s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

const objects = Number(process.argv[2] ?? 30_000);
const server = await startTestStore({
  buckets: ['dst'],
  series: [{ bucket: 'src', prefix: 'tenant-17/films/2026/', count: objects, size: 100_000 }],
});
const { endpoint, credentials } = server;

type MeasuredQueue = CopyQueue & {
  waitUntilReady(): Promise<unknown>;
  getJobCounts(): Promise<Record<string, number>>;
  close(): Promise<void>;
};

async function measure(engine: string, queue: MeasuredQueue, readBytes: () => Promise<number>): Promise<void> {
  await queue.waitUntilReady();
  const before = await readBytes();
  const startedAt = performance.now();
  await enqueueCopies(queue, {
    stores: { eu: s3Store({ endpoint, credentials, region: 'us-east-1' }) },
    from: 'eu',
    source: { bucket: 'src', prefix: 'tenant-17/' },
    destination: { bucket: 'dst', prefix: 'copies/' },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const bytes = (await readBytes()) - before;
  const jobs = Object.values(await queue.getJobCounts()).reduce((sum, count) => sum + count, 0);
  console.log(
    `${engine}: ${objects} objects, ${jobs} jobs, ${Math.round(bytes / objects)} bytes an object, ${seconds.toFixed(1)} s`,
  );
  await queue.close();
}

const redis = await startRedis();
const client = new Redis(redis.url);
await measure('Redis', new Queue('copies', { connection: { url: redis.url } }), async () =>
  Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
);
client.disconnect();
await redis.stop();

const postgres = await startPostgres();
const pool = new pg.Pool({ connectionString: postgres.url });
const connection = { connectionString: postgres.url, migrate: true };
await measure('Postgres', new Queue('copies', { connection }, createPostgresBackend), async () => {
  const { rows } = await pool.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
  return Number(rows[0]?.bytes);
});
await pool.end();
await postgres.stop();
await server.close();
