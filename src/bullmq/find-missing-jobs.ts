import { acrossRestarts } from './across-restarts.ts';
import type { CopyQueue } from './queue.ts';
import type { RunRecords } from './run-records.ts';

/** A job that its run waits for, and that the queue will never run. */
export interface MissingJob {
  readonly id: string;
  readonly state: 'removed' | 'failed' | 'completed';
}

const ASKED_AT_A_TIME = 25;

/** The jobs of a run that haven't ended, by its records. */
export async function* pendingJobs(records: RunRecords, run: string): AsyncGenerator<string, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await acrossRestarts(() => records.pending(run, cursor));
    yield* page.ids;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** Looks for the jobs of a run that somebody removed from the queue, or that ended without telling the run. */
export async function findMissingJobs(
  queue: CopyQueue,
  records: RunRecords,
  run: string,
): Promise<readonly MissingJob[]> {
  const missing: MissingJob[] = [];
  const waiting = pendingJobs(records, run);
  const look = async (): Promise<void> => {
    for await (const id of { [Symbol.asyncIterator]: () => ({ next: () => waiting.next() }) }) {
      const job = await findMissing(queue, records, run, id);
      if (job !== undefined) missing.push(job);
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_A_TIME }, look));
  return missing;
}

async function findMissing(
  queue: CopyQueue,
  records: RunRecords,
  run: string,
  id: string,
): Promise<MissingJob | undefined> {
  const state = await acrossRestarts(() => queue.getJobState(id));
  if (state !== 'unknown' && state !== 'failed' && state !== 'completed') return undefined;
  // It may have ended meanwhile: a worker records that first.
  if ((await acrossRestarts(() => records.stateOf(run, id))).state !== 'pending') return undefined;
  return { id, state: state === 'unknown' ? 'removed' : state };
}
