import { oncePerQueue } from './beside-queue.ts';
import { findEngine } from './find-engine.ts';
import { postgresRunRecords } from './postgres-run-records.ts';
import type { OnEngine } from './queue.ts';
import { redisRunRecords } from './redis-run-records.ts';
import type { RunRecords } from './run-records.ts';

/** The records of the runs of a queue, through the connection of the queue, or of its worker. */
export const findRunRecords: (queue: OnEngine) => Promise<RunRecords> = oncePerQueue(async (queue) => {
  const engine = await findEngine(queue);
  return 'redis' in engine
    ? redisRunRecords(engine.redis, engine.name)
    : postgresRunRecords(engine.pool, engine.schema, engine.name);
});
