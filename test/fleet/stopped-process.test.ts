import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { postgresCheckpointStore, redisCheckpointStore } from '../../src/bullmq/index.ts';
import type { CheckpointStore } from '../../src/index.ts';
import { playStoppedProcess, type Successor } from '../chaos/play-stopped-process.ts';

/** Waits until the lock of the only checkpoint can be had, as it isn't renewed, and takes it. */
async function takeWhenOver(checkpoint: CheckpointStore, findId: () => Promise<string>): Promise<Successor> {
  const id = await findId();
  let release: (() => Promise<void>) | undefined;
  const take = async (): Promise<boolean> => {
    release = await checkpoint.lock?.(id).catch(() => undefined);
    return release !== undefined;
  };
  await expect.poll(take).toBe(true);
  return { checkpoint, release };
}

describe.each([
  ['go on', /^CheckpointError: .*(?:lock of the checkpoint was lost|was taken over)/],
  // It may see that its lock is lost before it is told to cancel.
  ['cancel', /^(?:Error: cancelled|CheckpointError: The lock of the checkpoint was lost)/],
] as const)(
  'a process that is stopped for longer than its lock lasts neither completes nor aborts: %s',
  (command, end) => {
    test('on Redis', async () => {
      const redis = new Redis(inject('redisUrl'));
      onTestFinished(() => redis.disconnect());
      const prefix = 'copy-checkpoint:';
      const findId = async () => ((await redis.keys(`${prefix}*`))[0] ?? '').slice(prefix.length);
      const takeOver = () => takeWhenOver(redisCheckpointStore(redis), findId);
      await playStoppedProcess(inject('redisUrl'), takeOver, command, end);
      expect(await redis.keys(`${prefix}*`)).toEqual([]);
    });

    test('on Postgres', async () => {
      const pool = new pg.Pool({ connectionString: inject('postgresUrl') });
      onTestFinished(() => pool.end());
      const ids = async () =>
        (await pool.query<{ id: string }>('SELECT id FROM copy_checkpoints')).rows.map(({ id }) => id);
      const takeOver = () => takeWhenOver(postgresCheckpointStore(pool), async () => (await ids())[0] ?? '');
      await playStoppedProcess(inject('postgresUrl'), takeOver, command, end);
      expect(await ids()).toEqual([]);
    });
  },
);
