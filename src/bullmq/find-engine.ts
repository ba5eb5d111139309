import { CopyOptionsError } from '../errors.ts';
import type { PostgresPool } from './postgres-pool.ts';
import type { CopyQueue, OnEngine } from './queue.ts';
import type { QueueRedis } from './redis-client.ts';

/** Where a queue is kept. */
export type Engine =
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
export async function findEngine(queue: OnEngine | CopyQueue): Promise<Engine> {
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
