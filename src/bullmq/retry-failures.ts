import { CopyOptionsError } from '../errors.ts';
import type { ObjectEntry } from '../many/copy-objects-options.ts';
import { acrossRestarts } from './across-restarts.ts';
import { addJobs } from './add-jobs.ts';
import { findRunRecords } from './beside-queue.ts';
import { FleetRun, openRun } from './fleet-run.ts';
import type { CopyQueue } from './queue.ts';

/**
 * Enqueues the objects of a run that failed, as a run of its own whose id ends in `-retry`, with the options of the first. They are
 * copied as they are now: it doesn't matter if the source was replaced since.
 *
 * @throws CopyOptionsError if there is no such run, if it hasn't ended, or if its objects have places or properties of their own: enqueue
 * those by `enqueueCopies` and `failures()`
 */
export async function retryFailures(queue: CopyQueue, id: string): Promise<FleetRun> {
  const failed = await openRun(queue, id);
  const records = await findRunRecords(queue);
  const { plan, endedAt, generation: failedIn } = (await acrossRestarts(() => records.read(id))) ?? {};
  if (endedAt === undefined) throw new CopyOptionsError(`Cannot retry run '${id}' as it hasn't ended`);
  if (plan === undefined) {
    throw new CopyOptionsError(
      `Cannot retry run '${id}' as its objects have places of their own: give its failures to enqueueCopies`,
    );
  }
  const run = `${id}-retry`;
  const header = { options: `${id} ${failedIn}`, reports: false, plan };
  // Of an earlier generation of the run others may have failed.
  const isOther = (await acrossRestarts(() => records.read(run)))?.options !== header.options;
  const { generation, options, endedAt: retriedAt } = await acrossRestarts(() => records.begin(run, header, isOther));
  if (options !== header.options) {
    throw new CopyOptionsError(`Cannot retry run '${id}' as '${run}', of an earlier generation of it, still goes on`);
  }
  if (retriedAt === undefined) {
    const { bucket } = plan.source;
    const selection = { pages: () => entriesOf(failed), failures: [], skipped: 0 };
    const objectPlan = { ...plan, source: { bucket }, destination: { bucket: plan.destination.bucket }, run };
    await addJobs(queue, records, { run, plan: objectPlan, selection }, generation);
  }
  return new FleetRun(queue, records, run, undefined, retriedAt !== undefined);
}

async function* entriesOf(run: FleetRun): AsyncGenerator<readonly ObjectEntry[], void, undefined> {
  for await (const { source, destination, size } of run.failures()) {
    const { bucket, key, versionId } = source;
    yield [{ bucket, key, versionId, size, ...(destination !== undefined && { destination }) }];
  }
}
