import { anObject, methods, optional, readOptions, refuse, type Rule } from '../check-options.ts';
import { CopyError } from '../errors.ts';
import type { CopyJob, JobResult, RunJobOptions } from '../jobs/index.ts';
import { checkJob } from '../jobs/check-job.ts';
import { runJob } from '../jobs/index.ts';
import type { ObjectOutcome } from '../many/copy-objects-options.ts';
import type { CopyObjectsProgress } from '../many/totals.ts';
import { followSignal } from '../request/follow-signal.ts';
import { countJob } from './close-worker.ts';
import { findCheckpoints, findRunRecords } from './beside-queue.ts';
import { JobLease } from './job-lease.ts';
import { endOf, failureOf } from './job-end.ts';
import { bothLimiters, RunRates } from './run-rates.ts';
import type { OnEngine, QueuedJob } from './queue.ts';

/** Options of {@link copyProcessor}. */
export interface CopyProcessorOptions extends Pick<
  RunJobOptions,
  'stores' | 'checkpoint' | 'limiter' | 'concurrency' | 'retry' | 'hedge'
> {
  /**
   * Hands the jobs back to the queue when it fires, for other workers to go on: for SIGTERM. A job that is handed back counts as no attempt.
   */
  readonly signal?: AbortSignal | undefined;
  /** Is told how each object of a job ended, before the job ends. */
  readonly report?: ((outcomes: readonly ObjectOutcome[]) => unknown) | undefined;
}

/** What the processor gives BullMQ to keep with the job. */
export type CopyJobResult = Omit<JobResult, 'failures'>;

type WorkerOfJob = OnEngine & { readonly opts?: { readonly lockDuration?: number } };

const PROGRESS_INTERVAL_MS = 5000;
const DEFAULT_LOCK_MS = 30_000;

const asIs: Rule<unknown> = (value) => value;
const RULES = {
  stores: (value, place) => {
    const stores = anObject(value, place);
    return Object.keys(stores).length > 0 ? stores : refuse(place, 'stores by their names', value);
  },
  signal: optional(methods<AbortSignal>(['addEventListener', 'throwIfAborted'], 'an AbortSignal')),
  report: optional((value, place) => (typeof value === 'function' ? value : refuse(place, 'a function', value))),
  // Checked as those of runJob.
  checkpoint: asIs,
  limiter: asIs,
  concurrency: asIs,
  retry: asIs,
  hedge: asIs,
} satisfies Record<keyof CopyProcessorOptions, Rule<unknown>>;

/**
 * Makes the processor of a BullMQ worker that runs the jobs of `enqueueCopies`, or of `planJobs`. Give the worker `copyWorkerOptions`, too.
 *
 * A job whose lock is lost stops, and sends no request any more. A job that fails is tried again by the queue; after its last attempt
 * its objects are recorded as failed.
 *
 * @throws CopyOptionsError if an option is missing, unknown or out of range
 *
 * @example
 * const processor = copyProcessor({ stores: { eu: s3Store({ region: 'eu-west-1' }) } });
 * new Worker('copies', processor, { connection, ...copyWorkerOptions });
 */
export function copyProcessor(
  options: CopyProcessorOptions,
): (job: QueuedJob, token: string | undefined, signal: AbortSignal | undefined) => Promise<CopyJobResult> {
  readOptions(options, RULES, { path: '', owner: 'copyProcessor' });
  const { signal: handBack, ...each } = options;
  const rates = new RunRates();
  // BullMQ gives its signal only to functions of three parameters.
  return async (job, token, signal) => {
    const controller = new AbortController();
    const unfollow = [handBack, signal].map((other) => other && followSignal(other, controller));
    const worker = (job as unknown as { readonly queue: WorkerOfJob }).queue;
    const lease = new JobLease(job, token ?? '', worker.opts?.lockDuration ?? DEFAULT_LOCK_MS, controller);
    const uncount = countJob(worker);
    try {
      return await processJob(job, worker, lease, rates, { ...each, signal: controller.signal });
    } catch (error) {
      if (handBack?.aborted === true && error === handBack.reason) {
        await job.moveToWait(token);
        throw new HandedBackError();
      }
      throw error;
    } finally {
      uncount();
      lease.end();
      for (const end of unfollow) end?.();
    }
  };
}

async function processJob(
  job: QueuedJob,
  worker: WorkerOfJob,
  lease: JobLease,
  rates: RunRates,
  options: Omit<CopyProcessorOptions, 'signal'> & { readonly signal: AbortSignal },
): Promise<CopyJobResult> {
  const { signal, report } = options;
  signal.throwIfAborted();
  const data = job.data as CopyJob;
  const { run = '' } = (data ?? {}) as Partial<CopyJob>;
  const id = job.id ?? '';
  const records = await findRunRecords(worker);
  const { state, reports } = await records.stateOf(run, id);
  // It was run before, and only BullMQ doesn't know.
  if (state === 'ended') return resultWithout(id, run);
  lease.assertHeld();
  const outcomes: ObjectOutcome[] = [];
  const startedAt = performance.now();
  const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  try {
    const result = await rates.within(worker, records, run, async (rate) =>
      runJob(data, {
        ...options,
        checkpoint: options.checkpoint ?? (await findCheckpoints(worker)),
        limiter: lease.guard(rate === undefined ? options.limiter : bothLimiters(rate.limiter, options.limiter)),
        redelivered: job.attemptsStarted > 1 || job.stalledCounter > 0 || job.attemptsMade > 0,
        report: reports || report !== undefined ? (ended) => outcomes.push(...ended) : undefined,
        onProgress: tellProgress(job),
        onThrottle: rate?.throttled,
      }),
    );
    lease.assertHeld();
    const later = result.failures.find(({ retryable }) => retryable);
    if (later !== undefined && !isLast) {
      throw new CopyError(
        `Job ${id} has to run again as some of its objects failed, and may work later: ${later.message}`,
      );
    }
    await report?.(outcomes);
    if (state === 'pending') await records.endJob(run, id, endOf(result, reports ? outcomes : []));
    const { failures: _, ...rest } = result;
    return rest;
  } catch (error) {
    signal.throwIfAborted();
    if (isLast && state === 'pending' && isReadable(data)) {
      const failures = data.objects.map((object) => failureOf(data, object, error));
      const elapsedMs = Math.round(performance.now() - startedAt);
      const result = { ...resultWithout(id, run), failed: failures.length, failures, elapsedMs };
      await records.endJob(run, id, endOf(result, []));
    }
    throw error;
  }
}

/** Tells BullMQ, and so all who look, how far a job is. */
function tellProgress(job: QueuedJob): (progress: CopyObjectsProgress) => void {
  let nextMs = PROGRESS_INTERVAL_MS;
  return ({ elapsedMs, copied, bytesCopied, listed, bytesListed, bytesPerSecond }) => {
    if (elapsedMs < nextMs) return;
    nextMs = elapsedMs + PROGRESS_INTERVAL_MS;
    const progress = {
      objects: copied,
      objectsTotal: listed,
      bytes: bytesCopied,
      bytesTotal: bytesListed,
      bytesPerSecond,
    };
    job.updateProgress(progress).catch(() => undefined);
  };
}

function resultWithout(id: string, run: string): CopyJobResult {
  return { id, run, copied: 0, skipped: 0, failed: 0, gone: 0, bytes: 0, requests: 0, elapsedMs: 0 };
}

/** Of a job of a later version nobody here can say what failed: its run waits for a worker that can. */
function isReadable(job: CopyJob): boolean {
  try {
    return checkJob(job) !== undefined;
  } catch {
    return false;
  }
}

/** BullMQ leaves a job alone whose processor throws an error of this name: it was moved already. */
class HandedBackError extends CopyError {
  override readonly name = 'WaitingError';
  constructor() {
    super('The job was handed back to the queue');
  }
}
