/**
 * Says how much a queue takes for the jobs of a run that wait: `npx tsx test/fleet/measure-queue.ts [OBJECTS]`. And what BullMQ itself
 * costs a process that adds the same jobs, and runs them by a processor that does nothing. The objects are small, and their keys have
 * some 30 characters.
 */
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type CopyQueue, copyWorkerOptions, enqueueCopies } from '../../src/bullmq/index.ts';
import type { NewJob } from '../../src/bullmq/queue.ts';
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
  getJobs(): Promise<{ readonly name: string; readonly data: unknown; readonly opts: object }[]>;
  getJobCounts(): Promise<Record<string, number>>;
  close(): Promise<void>;
};

interface MeasuredWorker {
  waitUntilReady(): Promise<unknown>;
  run(): Promise<void>;
  on(event: 'completed', listener: () => void): unknown;
  close(): Promise<void>;
}

async function measureFloor(worker: MeasuredWorker, queue: MeasuredQueue, jobs: readonly NewJob[]): Promise<number> {
  await queue.waitUntilReady();
  await worker.waitUntilReady();
  let left = jobs.length;
  const ended = new Promise<void>((resolve) => {
    worker.on('completed', () => {
      left--;
      if (left === 0) resolve();
    });
  });
  const before = process.cpuUsage();
  void worker.run();
  for (let from = 0; from < jobs.length; from += 50) await queue.addBulk(jobs.slice(from, from + 50));
  await ended;
  const { user, system } = process.cpuUsage(before);
  await worker.close();
  await queue.close();
  return (user + system) / jobs.length;
}

async function measure(
  engine: string,
  queue: MeasuredQueue,
  readBytes: () => Promise<number>,
  openFloor: (name: string) => readonly [MeasuredWorker, MeasuredQueue],
): Promise<void> {
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
  const [worker, other] = openFloor('floor');
  const floor = await measureFloor(worker, other, (await queue.getJobs()) as NewJob[]);
  console.log(
    `${engine}: a job that does nothing takes ${Math.round(floor)} µs of CPU, ${(floor / (objects / jobs)).toFixed(1)} µs an object`,
  );
  await queue.close();
}

const nothing = async (): Promise<object> => ({ copied: 0 });
const options = { ...copyWorkerOptions, autorun: false };

const redis = await startRedis();
const client = new Redis(redis.url);
const { url } = redis;
await measure(
  'Redis',
  new Queue('copies', { connection: { url } }),
  async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
  (name) => [
    new Worker(name, nothing, { ...options, connection: { url, maxRetriesPerRequest: null } }),
    new Queue(name, { connection: { url } }),
  ],
);
client.disconnect();
await redis.stop();

const postgres = await startPostgres();
const pool = new pg.Pool({ connectionString: postgres.url });
const connection = { connectionString: postgres.url, migrate: true };
await measure(
  'Postgres',
  new Queue('copies', { connection }, createPostgresBackend),
  async () => {
    const { rows } = await pool.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
    return Number(rows[0]?.bytes);
  },
  (name) => [
    new Worker(name, nothing, { ...options, connection }, createPostgresBackend),
    new Queue(name, { connection }, createPostgresBackend),
  ],
);
await pool.end();
await postgres.stop();
await server.close();
