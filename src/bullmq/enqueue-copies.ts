import { CopyOptionsError } from '../errors.ts';
import { acrossRestarts } from './across-restarts.ts';
import { addJobs } from './add-jobs.ts';
import { checkEnqueueOptions, type EnqueueCopiesOptions } from './check-enqueue-options.ts';
import { findRunRecords } from './beside-queue.ts';
import { findMissingJobs } from './find-missing-jobs.ts';
import { FleetRun } from './fleet-run.ts';
import type { CopyQueue } from './queue.ts';

/**
 * Lists what `copyObjects` would copy, and adds it to a queue of BullMQ as jobs, for workers with `copyProcessor`. Resolves when all
 * jobs are added. What the run has done is recorded beside the queue, through the connection of the queue.
 *
 * The same call made again goes on: after its process died, it adds what is missing, and nothing twice. If the run has ended, it adds
 * nothing, and the run that it gives is finished, unless `again` is set.
 *
 * @throws CopyOptionsError at once, if an option is missing, unknown or out of range, or the run is there with other options
 * @throws StoreError if the source can't be listed
 *
 * @example
 * const queue = new Queue('copies', { connection });
 * const run = await enqueueCopies(queue, {
 *   stores: { eu: s3Store({ region: 'eu-west-1' }) },
 *   from: 'eu',
 *   source: { bucket: 'media', prefix: 'tenant-17/' },
 *   destination: { bucket: 'archive', prefix: '2026/tenant-17/' },
 * });
 * const { copied, failed, failures } = await run.result();
 */
export async function enqueueCopies(queue: CopyQueue, options: EnqueueCopiesOptions): Promise<FleetRun> {
  const asked = checkEnqueueOptions(options);
  const records = await findRunRecords(queue);
  const { run, header, again } = asked;
  const state = await acrossRestarts(() => records.begin(run, header, again), asked.signal);
  if (state.options !== header.options) {
    throw new CopyOptionsError(
      `Run '${run}' is in the queue with other options: give 'runId' another value, or the options it was started with`,
    );
  }
  if (header.reports && !state.reports) {
    throw new CopyOptionsError(
      `Run '${run}' was started without a report, so that it keeps no lines: leave out 'report'`,
    );
  }
  const isWhole = state.isListed && (await findMissingJobs(queue, records, run)).length === 0;
  if (state.endedAt === undefined && !isWhole) {
    await addJobs(queue, records, { ...asked, selection: asked.select() }, state.generation);
  }
  return new FleetRun(queue, records, run, asked.report, state.endedAt !== undefined);
}
