import { createClient } from '@redis/client';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { postgresCheckpointStore, redisCheckpointStore } from '../../src/bullmq/index.ts';
import { type CheckpointStore, CopyOptionsError } from '../../src/index.ts';
import { checkCheckpointStore } from '../../src/jobs/index.ts';

const ioredis = new Redis(inject('redisUrl'));
const nodeRedis = createClient({ url: inject('redisUrl') });
const pool = new pg.Pool({ connectionString: inject('postgresUrl') });

beforeAll(async () => {
  await nodeRedis.connect();
});

afterAll(async () => {
  ioredis.disconnect();
  nodeRedis.destroy();
  await pool.end();
});

/** A kind of store, and what is done to it behind its back. */
interface Kind {
  readonly open: (leaseMs?: number) => CheckpointStore;
  /** As if the lock of an id had not been renewed. */
  readonly expire: (id: string) => Promise<unknown>;
  /** When the lock of an id ends, in milliseconds. */
  readonly endOf: (id: string) => Promise<number>;
  readonly isEmpty: () => Promise<boolean>;
}

const inRedis = (client: Parameters<typeof redisCheckpointStore>[0], prefix: string): Kind => ({
  open: (leaseMs) => redisCheckpointStore(client, { prefix, leaseMs }),
  expire: (id) => ioredis.hset(prefix + id, 'endsAt', 0),
  endOf: async (id) => Number(await ioredis.hget(prefix + id, 'endsAt')),
  isEmpty: async () => (await ioredis.keys(`${prefix}*`)).length === 0,
});

const KINDS: Record<string, Kind> = {
  'Redis by ioredis': inRedis(ioredis, 'a:'),
  'Redis by node-redis': inRedis(nodeRedis, 'b:'),
  Postgres: {
    open: (leaseMs) => postgresCheckpointStore(pool, { table: 'public.some_checkpoints', leaseMs }),
    expire: (id) => pool.query(`UPDATE some_checkpoints SET ends_at = '-infinity' WHERE id = $1`, [id]),
    endOf: async (id) => {
      const { rows } = await pool.query('SELECT ends_at FROM some_checkpoints WHERE id = $1', [id]);
      return Number((rows as { ends_at: Date }[])[0]?.ends_at);
    },
    isEmpty: async () => (await pool.query('SELECT FROM some_checkpoints')).rows.length === 0,
  },
};

describe.each(Object.entries(KINDS))('checkpoints in %s', (_, { open, expire, endOf, isEmpty }) => {
  it('keep the contract, and nothing is left behind', async () => {
    await checkCheckpointStore(() => open(), { expire });
    expect(await isEmpty()).toBe(true);
  });

  it('are renewed while their lock is held, and lost to a process that took it when it was not', async () => {
    let losses = 0;
    const store = open(3000);
    const release = await store.lock?.('renewed', () => losses++);
    await store.save('renewed', 'text');
    const end = await endOf('renewed');
    await expect.poll(() => endOf('renewed')).toBeGreaterThan(end);
    expect(losses).toBe(0);
    await expire('renewed');
    const takeOver = await open().lock?.('renewed');
    await expect.poll(() => losses).toBe(1);
    await expect(store.save('renewed', 'late')).rejects.toThrow(
      'taken over: another process has had its lock since, so nothing was saved',
    );
    await release?.();
    expect(await open().load('renewed')).toBe('text');
    await open().delete('renewed');
    await takeOver?.();
    expect(await isEmpty()).toBe(true);
  });

  it('say who has to wait how long', async () => {
    const release = await open().lock?.('in use');
    await expect(open(60_000).lock?.('in use')).rejects.toThrow(
      'The checkpoint is in use: another process holds its lock, which ends 60 s after it was renewed last',
    );
    await release?.();
  });
});

describe('options', () => {
  it.each<[() => unknown, RegExp]>([
    [
      () => redisCheckpointStore({} as never),
      /'client' of redisCheckpointStore must be a client of Redis .*: it has no method 'eval'/,
    ],
    [
      () => redisCheckpointStore(ioredis, { leaseMs: 999 }),
      /'leaseMs' of redisCheckpointStore must be a whole number from 1000 to 3600000/,
    ],
    [
      () => redisCheckpointStore(ioredis, { prefix: '' }),
      /'prefix' of redisCheckpointStore must be a string that is not empty/,
    ],
    [() => postgresCheckpointStore(undefined as never), /'pool' of postgresCheckpointStore must be a pool of Postgres/],
    [
      () => postgresCheckpointStore(pool, { table: 'a; DROP' }),
      /'table' of postgresCheckpointStore must be a table or schema\.table/,
    ],
    [
      () => postgresCheckpointStore(pool, { tables: 'a' } as never),
      /Unknown option 'tables' of postgresCheckpointStore: did you mean 'table'/,
    ],
  ])('that are wrong are refused: %s', (open, says) => {
    expect(open).toThrow(CopyOptionsError);
    expect(open).toThrow(says);
  });
});
