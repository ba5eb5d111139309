import { type CopyContext, createContext } from './engine/copy-context.ts';
import type { CopyReporter } from './engine/copy-reporter.ts';
import { looksAtDestination } from './engine/make-plan.ts';
import { ConcurrencyController } from './engine/pace/concurrency-controller.ts';
import type { FinishedMultipart } from './engine/multipart.ts';
import type { PartsControl } from './engine/parts/copy-parts.ts';
import type { FinishedCopy } from './engine/verify.ts';
import type { CopyProgress, CopyResult, CopyWarning } from './events.ts';
import type { NormalizedCopyOptions } from './options/normalize-copy-options.ts';
import type { CopyPlan } from './plan/copy-plan.ts';
import { CopyProgressTracker } from './progress.ts';
import { has } from './store/server-memory.ts';
import type { HeadObjectResult } from './store/copy-store.ts';
import type { Running, StartingTask } from './task.ts';

/** How a copy ended. */
export interface EndedCopy {
  readonly plan: CopyPlan;
  readonly source: HeadObjectResult;
  readonly finished: FinishedCopy & Partial<FinishedMultipart>;
}

/** Makes a copy ready to be run; listeners hear of everything that happens to it. */
export function startCopy(
  options: NormalizedCopyOptions,
  task: StartingTask,
  run: (context: CopyContext, control: PartsControl) => Promise<EndedCopy>,
  trace: (make: () => Promise<CopyResult>) => Promise<CopyResult>,
): Running<CopyResult, CopyProgress> {
  const warnings: CopyWarning[] = [];
  const tracker = new CopyProgressTracker(options.concurrency.initial, (progress) => task.emit('progress', progress));
  const context = createContext(options, makeReporter(tracker, warnings, task), task.signal);
  const controller = new ConcurrencyController(options.concurrency);
  const control: PartsControl = { controller, executor: undefined, paused: false };
  const make = (): Promise<CopyResult> =>
    run(context, control).then(
      (ended) => {
        tracker.finished();
        return makeResult(context, ended, tracker, warnings);
      },
      (error: unknown) => {
        tracker.ended(task.signal.aborted && error === task.signal.reason ? 'cancelled' : 'failed');
        throw error;
      },
    );
  return {
    run: make,
    within: trace,
    snapshot: () => tracker.snapshot(),
    pause: () => {
      control.paused = true;
      control.executor?.pause();
    },
    resume: () => {
      control.paused = false;
      control.executor?.resume();
    },
    setConcurrency: (concurrency) => {
      controller.fix(concurrency);
      if (control.executor === undefined) tracker.inFlight(0, concurrency);
      else control.executor.applyLimit();
    },
  };
}

function makeResult(
  { options }: CopyContext,
  { plan, finished, source }: EndedCopy,
  tracker: CopyProgressTracker,
  warnings: readonly CopyWarning[],
): CopyResult {
  const { etag, versionId, uploadId } = finished;
  const elapsedMs = Math.round(tracker.elapsedMs);
  const isCopied = plan.strategy === 'single' || plan.strategy === 'multipart';
  const copiedBytes = isCopied ? plan.size - tracker.bytesKept : 0;
  return Object.freeze({
    ...options.destination,
    ...(versionId === undefined ? {} : { versionId }),
    etag,
    size: plan.size,
    strategy: plan.strategy,
    ...(uploadId === undefined ? {} : { uploadId }),
    parts: plan.parts.length,
    partSize: plan.partSize,
    verified: finished.verified,
    resumed: finished.resumed ?? false,
    retries: tracker.snapshot().retries,
    hedges: finished.hedges ?? 0,
    warnings: Object.freeze([...warnings]),
    elapsedMs,
    bytesPerSecond: elapsedMs === 0 ? 0 : Math.round((copiedBytes / elapsedMs) * 1000),
    ...(source.etag !== undefined && source.etag === etag ? { sameEtag: true } : {}),
    ...(looksAtDestination(options) && {
      ifExistsChecked:
        finished.conditional && has(options.store, 'conditions') ? ('head+condition' as const) : ('head' as const),
    }),
  });
}

function makeReporter(
  tracker: CopyProgressTracker,
  warnings: CopyWarning[],
  { emit, hasListeners }: StartingTask,
): CopyReporter {
  return {
    phase: (phase) => tracker.phase(phase),
    plan: (plan) => {
      emit('plan', plan);
      tracker.planned(plan.size, plan.strategy === 'multipart' ? plan.parts.length : 0);
    },
    upload: (event) => emit('upload', event),
    alreadyCopied: (parts, bytes) => tracker.alreadyCopied(parts, bytes),
    part: (size, _attempts, describe) => {
      if (hasListeners('part')) emit('part', describe());
      tracker.part(size);
    },
    inFlight: (parts, concurrency) => tracker.inFlight(parts, concurrency),
    retry: (event) => {
      tracker.retried();
      emit('retry', event);
    },
    hedge: (event) => emit('hedge', event),
    throttle: (event) => emit('throttle', event),
    warning: (code, message, uploadId) => {
      const warning = Object.freeze({ code, message, ...(uploadId !== undefined && { uploadId }) });
      warnings.push(warning);
      emit('warning', warning);
    },
  };
}
