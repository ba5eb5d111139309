import { CopyOptionsError } from '../errors.ts';
import type { CopyQueue, OnEngine } from './queue.ts';

/** A client of Redis, as BullMQ holds it: ioredis itself, or a wrapper of BullMQ 6 around any client. */
export interface QueueRedis {
  defineCommand(name: string, definition: { readonly numberOfKeys: number; readonly lua: string }): void;
  /** Of BullMQ 6. */
  runCommand?(name: string, parameters: readonly (string | number)[]): Promise<unknown>;
}

/** What is used of a pool of `pg`. */
export interface QueuePool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

/** Where a queue is kept. */
export type Engine =
  | { readonly redis: QueueRedis; readonly name: string }
  | { readonly pool: QueuePool; readonly schema: string; readonly name: string };

interface Backend {
  readonly connection?: { readonly pool?: QueuePool; readonly schema?: string };
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
