import { CopyOptionsError } from '../errors.ts';
import type { RateBoard } from '../jobs/shared-rate.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { postgresCheckpointStore } from './postgres-checkpoint-store.ts';
import type { PostgresPool } from './postgres-pool.ts';
import { postgresRateBoard } from './postgres-rate-board.ts';
import { postgresRunRecords } from './postgres-run-records.ts';
import type { CopyQueue, OnEngine } from './queue.ts';
import { redisCheckpointStore } from './redis-checkpoint-store.ts';
import type { QueueRedis } from './redis-client.ts';
import { redisRateBoard } from './redis-rate-board.ts';
import { redisRunRecords } from './redis-run-records.ts';
import type { RunRecords } from './run-records.ts';

/** Where a queue is kept. */
type Engine =
  | { readonly redis: QueueRedis; readonly name: string }
  | { readonly pool: PostgresPool; readonly schema: string; readonly name: string };

interface Backend {
  readonly connection?: { readonly pool?: PostgresPool; readonly schema?: string };
  readonly client?: Promise<QueueRedis>;
  waitUntilReady?(): Promise<unknown>;
}

/**
 * Finds the connection of a queue or a worker: a run is recorded where its jobs are.
 *
 * @throws CopyOptionsError if it is neither
 */
async function findEngine(queue: OnEngine | CopyQueue): Promise<Engine> {
  const backend = (queue.getBackend?.() ?? queue) as Backend;
  const { qualifiedName: name = queue.name } = queue as { readonly qualifiedName?: string };
  const { pool, schema = 'bullmq' } = backend.connection ?? {};
  if (pool !== undefined) {
    await backend.waitUntilReady?.();
    return { pool, schema, name };
  }
  const redis = await backend.client;
  if (typeof redis?.defineCommand === 'function') return { redis, name };
  throw new CopyOptionsError(
    `Cannot find the connection of queue '${queue.name}': it must be a Queue of BullMQ, on Redis or on Postgres`,
  );
}

/** Has something be opened once for each queue or worker. */
function oncePerQueue<T>(open: (queue: OnEngine) => Promise<T>): (queue: OnEngine) => Promise<T> {
  const known = new WeakMap<OnEngine, Promise<T>>();
  return (queue) => {
    let opened = known.get(queue);
    if (opened === undefined) {
      opened = open(queue);
      known.set(queue, opened);
      // Tried again next time.
      opened.catch(() => known.delete(queue));
    }
    return opened;
  };
}

/** The records of the runs of a queue, through the connection of the queue, or of its worker. */
export const findRunRecords: (queue: OnEngine) => Promise<RunRecords> = oncePerQueue(async (queue) => {
  const engine = await findEngine(queue);
  return 'redis' in engine
    ? redisRunRecords(engine.redis, engine.name)
    : postgresRunRecords(engine.pool, engine.schema, engine.name);
});

/** The checkpoints of a queue's workers, beside the queue: any machine goes on with a large object that another one has begun. */
export const findCheckpoints: (queue: OnEngine) => Promise<CheckpointStore> = oncePerQueue(async (queue) => {
  const engine = await findEngine(queue);
  if ('pool' in engine) return postgresCheckpointStore(engine.pool, { table: `${engine.schema}.copy_checkpoints` });
  const { redis, name } = engine;
  return redisCheckpointStore(redis, { prefix: `copy-large-object:${name}:checkpoint:` });
});

/** Where the workers of a queue see each other. */
export async function findRateBoard(queue: OnEngine): Promise<RateBoard> {
  const engine = await findEngine(queue);
  return 'redis' in engine
    ? redisRateBoard(engine.redis, `copy-large-object:${engine.name}:rate:`)
    : postgresRateBoard(engine.pool, `"${engine.schema.replaceAll('"', '""')}".copy_rates`);
}
