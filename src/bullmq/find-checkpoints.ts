import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { oncePerQueue } from './beside-queue.ts';
import { findEngine } from './find-engine.ts';
import { postgresCheckpointStore } from './postgres-checkpoint-store.ts';
import type { OnEngine } from './queue.ts';
import { redisCheckpointStore } from './redis-checkpoint-store.ts';

/** The checkpoints of a queue's workers, beside the queue: any machine goes on with a large object that another one has begun. */
export const findCheckpoints: (queue: OnEngine) => Promise<CheckpointStore> = oncePerQueue(async (queue) => {
  const engine = await findEngine(queue);
  if ('pool' in engine) return postgresCheckpointStore(engine.pool, { table: `${engine.schema}.copy_checkpoints` });
  const { redis, name } = engine;
  return redisCheckpointStore(redis, { prefix: `copy-large-object:${name}:checkpoint:` });
});
