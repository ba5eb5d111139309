import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { postgresRateBoard } from '../../src/bullmq/postgres-rate-board.ts';
import { redisRateBoard } from '../../src/bullmq/redis-rate-board.ts';

const redis = new Redis(inject('redisUrl'));
const pool = new pg.Pool({ connectionString: inject('postgresUrl') });

afterAll(async () => {
  redis.disconnect();
  await pool.end();
});

const LONG = { ttlMs: 600_000, isThrottled: false };

describe.each([
  ['Redis', () => redisRateBoard(redis)],
  ['Postgres', () => postgresRateBoard(pool)],
])('a board in %s', (_, open) => {
  it('counts the workers that live, forgets those that leave or were not seen, and knows other names apart', async () => {
    const board = open();
    expect(await board.beat('run', 'a', LONG)).toEqual({ workers: 1, throttledAt: 0 });
    expect(await board.beat('run', 'b', LONG)).toMatchObject({ workers: 2 });
    expect(await board.beat('other run', 'c', LONG)).toMatchObject({ workers: 1 });
    expect(await board.beat('run', 'a', LONG)).toMatchObject({ workers: 2 });
    await board.leave('run', 'a');
    expect(await board.beat('run', 'b', LONG)).toMatchObject({ workers: 1 });
    await board.beat('run', 'dead', LONG);
    await expect.poll(() => board.beat('run', 'b', { ...LONG, ttlMs: 1 })).toMatchObject({ workers: 1 });
  });

  it('tells all when one of them was throttled last', async () => {
    const board = open();
    await board.beat('throttled run', 'a', LONG);
    const { throttledAt } = await board.beat('throttled run', 'b', { ...LONG, isThrottled: true });
    expect(throttledAt).toBeGreaterThan(0);
    expect(await board.beat('throttled run', 'a', LONG)).toEqual({ workers: 2, throttledAt });
    await expect
      .poll(async () => (await board.beat('throttled run', 'a', { ...LONG, isThrottled: true })).throttledAt)
      .toBeGreaterThan(throttledAt);
  });
});
