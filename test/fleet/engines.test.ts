import { createPostgresBackend, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

const ignore = (): void => undefined;

interface AnyQueue {
  on(event: 'error', listener: () => void): unknown;
  add(name: string, data: unknown, options: { jobId: string }): Promise<unknown>;
  getJob(id: string): Promise<{ readonly data: unknown } | undefined>;
  close(): Promise<void>;
}

async function expectJobKept(queue: AnyQueue, restart: () => Promise<void>): Promise<void> {
  queue.on('error', ignore);
  try {
    await queue.add('copy', { number: 1 }, { jobId: 'a-job' });
    await restart();
    expect((await queue.getJob('a-job'))?.data).toEqual({ number: 1 });
  } finally {
    await queue.close();
  }
}

test('a Redis that is killed and started again has its jobs', async () => {
  const engine = await startRedis();
  const connection = new Redis(engine.url, { maxRetriesPerRequest: null });
  connection.on('error', ignore);
  try {
    await expectJobKept(new Queue('copies', { connection }), () => engine.restart());
  } finally {
    connection.disconnect();
    await engine.stop();
  }
});

test('a Postgres that is killed and started again has its jobs', async () => {
  const engine = await startPostgres();
  const pool = new pg.Pool({ connectionString: engine.url });
  pool.on('error', ignore);
  try {
    const connection = { connectionString: engine.url, migrate: true };
    await expectJobKept(new Queue('copies', { connection }, createPostgresBackend), async () => {
      await engine.restart();
      expect((await pool.query('SELECT 1 AS number')).rows).toEqual([{ number: 1 }]);
    });
  } finally {
    await pool.end();
    await engine.stop();
  }
});
