import { CopyOptionsError } from '../errors.ts';
import { type CopyJob, planJobs } from '../jobs/index.ts';
import { acrossRestarts } from './across-restarts.ts';
import { type CheckedEnqueue, checkEnqueueOptions, type EnqueueCopiesOptions } from './check-enqueue-options.ts';
import { findRunRecords } from './find-run-records.ts';
import { findMissingJobs } from './find-missing-jobs.ts';
import { FleetRun } from './fleet-run.ts';
import { endOf } from './job-end.ts';
import type { CopyQueue, NewJob } from './queue.ts';
import type { RunRecords } from './run-records.ts';

/** Jobs that are added together: about 1 MB. */
const JOBS_AT_A_TIME = 50;

/** Delays double from a second on: the last attempt is about half an hour after the first. */
const ATTEMPTS = 12;
const KEPT_IN_QUEUE = { removeOnComplete: { count: 1000 }, removeOnFail: { count: 10_000 } };

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
  if (state.options !== header.options || state.reports !== header.reports) {
    throw new CopyOptionsError(
      `Run '${run}' is in the queue with other options: give 'runId' another value, or the options it was started with`,
    );
  }
  const isWhole = state.isListed && (await findMissingJobs(queue, records, run)).length === 0;
  if (state.endedAt === undefined && !isWhole) await addJobs(queue, records, asked, state.generation);
  return new FleetRun(queue, records, run, asked.report, state.endedAt !== undefined);
}

async function addJobs(
  queue: CopyQueue,
  records: RunRecords,
  { run, plan, select, signal }: CheckedEnqueue,
  generation: number,
): Promise<void> {
  const selection = select();
  let chunk: CopyJob[] = [];
  const add = async (): Promise<void> => {
    const jobs = chunk.map((job) => newJob(job, generation));
    const objectsOf = new Map(jobs.map(({ opts, data }) => [opts.jobId, data]));
    chunk = [];
    const noted = [...objectsOf].map(([id, { objects, bytes }]) => ({ id, objects: objects.length, bytes }));
    await acrossRestarts(async () => {
      const open = new Set(await records.note(run, noted));
      const added = jobs.filter(({ opts }) => open.has(opts.jobId));
      if (added.length > 0) await queue.addBulk(added);
    }, signal);
  };
  for await (const job of planJobs(selection.objects(), plan)) {
    chunk.push(job);
    if (chunk.length >= JOBS_AT_A_TIME) await add();
  }
  if (chunk.length > 0) await add();
  await retryEndedJobs(queue, records, run);
  const { failures, skipped } = selection;
  const settled = { copied: 0, skipped, failed: failures.length, gone: 0, bytes: 0, requests: 0 };
  const failed = failures.map(({ source, destination, size, code = '', message = '' }) => {
    return { source, destination, size, code, message, retryable: false };
  });
  await acrossRestarts(() => records.endListing(run, endOf({ ...settled, failures: failed }, failures)), signal);
}

/** BullMQ doesn't add a job again whose id it has, also if that has ended. */
async function retryEndedJobs(queue: CopyQueue, records: RunRecords, run: string): Promise<void> {
  for (const { id, state } of await findMissingJobs(queue, records, run)) {
    if (state !== 'removed') await (await queue.getJob(id))?.retry(state);
  }
}

function newJob(job: CopyJob, generation: number): NewJob & { readonly data: CopyJob } {
  const { bucket, prefix } = job.source;
  return {
    // what a user of Bull Board sees
    name: `${job.objects.length === 1 ? '1 object' : `${job.objects.length} objects`} of ${bucket}/${prefix}`,
    data: job,
    opts: {
      jobId: generation === 1 ? job.id : `${job.id}-${generation}`,
      priority: job.priority,
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: 1000 },
      ...KEPT_IN_QUEUE,
    },
  };
}
