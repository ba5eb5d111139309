import type { CopyJob, PlanJobsOptions } from '../jobs/index.ts';
import { planPages } from '../jobs/plan-jobs.ts';
import type { ObjectSelection } from '../many/select-objects.ts';
import { acrossRestarts } from './across-restarts.ts';
import { pendingJobs } from './find-missing-jobs.ts';
import { endOf } from './job-end.ts';
import type { CopyQueue, NewJob } from './queue.ts';
import type { RunRecords } from './run-records.ts';

/** Jobs that are added together: about 1 MB. */
const JOBS_AT_A_TIME = 50;

const IDS_AT_A_TIME = 10_000;

/** Delays double from a second on: the last attempt is about half an hour after the first. */
const ATTEMPTS = 12;
const KEPT_IN_QUEUE = { removeOnComplete: { count: 1000 }, removeOnFail: { count: 10_000 } };

/** What is to be added. */
export interface JobSource {
  readonly run: string;
  readonly plan: PlanJobsOptions;
  readonly signal?: AbortSignal | undefined;
  /** What is copied, and, once that is read, what the listing has settled. */
  readonly selection: Pick<ObjectSelection, 'pages' | 'failures' | 'skipped'> & Partial<Pick<ObjectSelection, 'now'>>;
}

/** Adds the jobs of a run, each noted before it is added, and none whose run knows that it has ended. */
export async function addJobs(
  queue: CopyQueue,
  records: RunRecords,
  { run, plan, selection, signal }: JobSource,
  generation: number,
): Promise<void> {
  let chunk: CopyJob[] = [];
  const add = async (): Promise<void> => {
    const jobs = chunk.map((job) => newJob(job, generation));
    const objectsOf = new Map(jobs.map(({ opts, data }) => [opts.jobId, data]));
    chunk = [];
    const noted = [...objectsOf].map(([id, { objects, bytes }]) => ({ id, objects: objects.length, bytes }));
    await acrossRestarts(async () => {
      const open = new Set(await records.note(run, generation, noted));
      const added = jobs.filter(({ opts }) => open.has(opts.jobId));
      if (added.length > 0) await queue.addBulk(added);
    }, signal);
  };
  for await (const job of planPages(selection.pages(), plan, selection.now)) {
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
  const end = endOf({ ...settled, failures: failed }, failures);
  await acrossRestarts(() => records.endListing(run, generation, end), signal);
}

/** BullMQ doesn't add a job again whose id it has, also if that has ended: it ended without a record if its run still waits for it. */
async function retryEndedJobs(queue: CopyQueue, records: RunRecords, run: string): Promise<void> {
  const ended = new Map<string, 'completed' | 'failed'>();
  for (const state of ['completed', 'failed'] as const) {
    for (const id of await idsOf(queue, state)) ended.set(id, state);
  }
  if (ended.size === 0) return;
  for await (const id of pendingJobs(records, run)) {
    const state = ended.get(id);
    if (state !== undefined) await retryJob(queue, id, state);
  }
}

async function idsOf(queue: CopyQueue, state: 'completed' | 'failed'): Promise<readonly string[]> {
  const ids: string[] = [];
  // The newest come first, so that none is missed if more end meanwhile.
  for (let from = 0; ; from += IDS_AT_A_TIME) {
    const page = await acrossRestarts(() => queue.getRanges([state], from, from + IDS_AT_A_TIME - 1));
    if (page.length === 0) return ids;
    ids.push(...page);
  }
}

/** Another process may have done the same meanwhile. */
async function retryJob(queue: CopyQueue, id: string, state: 'completed' | 'failed'): Promise<void> {
  try {
    await (await queue.getJob(id))?.retry(state);
  } catch (error) {
    if ((await queue.getJobState(id)) === state) throw error;
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
