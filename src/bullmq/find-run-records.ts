import { findEngine } from './find-engine.ts';
import { postgresRunRecords } from './postgres-run-records.ts';
import type { OnEngine } from './queue.ts';
import { redisRunRecords } from './redis-run-records.ts';
import type { RunRecords } from './run-records.ts';

const known = new WeakMap<OnEngine, Promise<RunRecords>>();

/** The records of the runs of a queue, through the connection of the queue, or of its worker. */
export function findRunRecords(queue: OnEngine): Promise<RunRecords> {
  let records = known.get(queue);
  if (records === undefined) {
    records = openRecords(queue);
    known.set(queue, records);
    // Tried again next time.
    records.catch(() => known.delete(queue));
  }
  return records;
}

async function openRecords(queue: OnEngine): Promise<RunRecords> {
  const engine = await findEngine(queue);
  return 'redis' in engine
    ? redisRunRecords(engine.redis, engine.name)
    : postgresRunRecords(engine.pool, engine.schema, engine.name);
}
