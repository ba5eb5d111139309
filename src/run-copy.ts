import { CheckpointSession } from './checkpoint/checkpoint-session.ts';
import type { CopyEvents, CopyResult, CopyWarning } from './copy-events.ts';
import { CopyError, DestinationExistsError, messageOf, PartFailedError } from './errors.ts';
import { CopyProgressTracker } from './copy-progress.ts';
import type { RunningCopy, StartCopy } from './copy-task.ts';
import { carryProperties } from './inspect/carry-properties.ts';
import { checkDestination } from './inspect/check-destination.ts';
import { inspectSource } from './inspect/inspect-source.ts';
import { makePlan } from './inspect/make-plan.ts';
import { readSourceExtras } from './inspect/read-source-extras.ts';
import type { NormalizedCopyOptions } from './options/normalize-copy-options.ts';
import type { CopyPlan } from './plan/copy-plan.ts';
import { type TakenUp, takeUp } from './take-up.ts';
import { abortUpload, warnOfLeftUpload } from './transfer/abort-upload.ts';
import { assertEncrypted } from './transfer/assert-encrypted.ts';
import type { CopyContext } from './transfer/copy-context.ts';
import type { PartsControl } from './transfer/copy-parts.ts';
import type { CopyReporter } from './transfer/copy-reporter.ts';
import type { FinishedCopy } from './transfer/finished-copy.ts';
import { copyMultipart, type MultipartInput } from './transfer/multipart-copy.ts';
import { OperationRunner } from './transfer/operation-runner.ts';
import { ServerClock } from './transfer/server-clock.ts';
import { isStoreError } from './store/store-error.ts';
import { findSourceChecksum } from './transfer/source-checksum.ts';
import { settleLock } from './transfer/settle-lock.ts';
import { settleTags } from './transfer/settle-tags.ts';
import { copySingle } from './transfer/single-copy.ts';

/** Makes the function that starts a copy: the story of one copy, from the first HEAD to the result. */
export function prepareCopy(options: NormalizedCopyOptions): StartCopy {
  return ({ signal, emit, hasListeners }): RunningCopy => {
    const warnings: CopyWarning[] = [];
    const tracker = new CopyProgressTracker(options.concurrency.initial, (progress) => emit('progress', progress));
    const reporter = makeReporter(tracker, warnings, emit, hasListeners);
    const runner = new OperationRunner(options.retry, options.limiter, reporter);
    const context: CopyContext = { options, runner, reporter, signal, clock: new ServerClock() };
    const control: PartsControl = {
      executor: undefined,
      paused: false,
      concurrency: undefined,
      setConcurrency: undefined,
    };
    const result = afterThisTick()
      .then(() => runCopy(context, control, tracker, warnings))
      .then(
        (finished) => {
          emit('complete', finished);
          return finished;
        },
        (error: unknown) => {
          emit('failed', error);
          throw error;
        },
      );
    return {
      result,
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
        control.concurrency = concurrency;
        if (control.setConcurrency === undefined) tracker.inFlight(0, concurrency);
        else control.setConcurrency(concurrency);
      },
    };
  };
}

async function runCopy(
  context: CopyContext,
  control: PartsControl,
  tracker: CopyProgressTracker,
  warnings: readonly CopyWarning[],
): Promise<CopyResult> {
  const { options, runner, signal } = context;
  signal.throwIfAborted();
  const session =
    options.checkpoint === undefined
      ? undefined
      : await CheckpointSession.open(
          options.checkpoint,
          options.source,
          options.destination,
          options.store.traits?.endpoint,
        );
  let copied: Awaited<ReturnType<typeof inspectAndCopy>>;
  try {
    copied = await inspectAndCopy(context, control, session);
  } finally {
    await session?.close().catch((error: unknown) => warnOfCheckpoint(context, error));
  }
  const { plan, finished } = copied;
  tracker.finished();
  const elapsedMs = Math.round(tracker.elapsedMs);
  const copiedBytes = plan.strategy === 'skipped' ? 0 : plan.size - tracker.bytesKept;
  return Object.freeze({
    ...options.destination,
    ...(finished.versionId === undefined ? {} : { versionId: finished.versionId }),
    etag: finished.etag,
    size: plan.size,
    strategy: plan.strategy,
    ...(finished.uploadId === undefined ? {} : { uploadId: finished.uploadId }),
    parts: plan.parts.length,
    partSize: plan.partSize,
    verified: finished.verified,
    resumed: finished.resumed,
    retries: runner.retries,
    hedges: finished.hedges,
    warnings: Object.freeze([...warnings]),
    elapsedMs,
    bytesPerSecond: elapsedMs === 0 ? 0 : Math.round((copiedBytes / elapsedMs) * 1000),
    ...(plan.etag !== undefined && plan.etag === finished.etag ? { sameEtag: true } : {}),
    ...(options.ifExists === 'overwrite'
      ? {}
      : { ifExistsChecked: finished.conditional ? ('head+condition' as const) : ('head' as const) }),
  });
}

/** What happens to the checkpoint after the copy doesn't change how the copy ended. */
function warnOfCheckpoint({ reporter }: CopyContext, error: unknown): void {
  reporter.warning('CHECKPOINT_LEFT', messageOf(error));
}

async function inspectAndCopy(
  context: CopyContext,
  control: PartsControl,
  session: CheckpointSession | undefined,
): Promise<{ readonly plan: CopyPlan; readonly finished: FinishedCopy }> {
  const { options, reporter } = context;
  const source = await inspectSource(context);
  const existing = await checkDestination(context, source);
  const planned = await makePlan(context, source, existing);
  if (planned.strategy === 'skipped') {
    reporter.plan(planned);
    return { plan: planned, finished: skipped(existing?.etag, existing?.versionId) };
  }
  const extras = await readSourceExtras(context);
  const properties = carryProperties(source.properties, extras, options.overrides, options.preserve);
  const taken: TakenUp = await takeUp(context, session, planned, source, properties);
  const { plan } = taken;
  reporter.plan(plan);
  let finished: FinishedCopy;
  let isLeft = false;
  const onUploadLeft = (): void => {
    isLeft = true;
  };
  try {
    finished =
      plan.strategy === 'single'
        ? await copySingle(context, source, properties)
        : await copyWithChecksumIfPossible(context, { ...taken, source, properties, control, onUploadLeft });
  } catch (error) {
    if (options.ifExists === 'skip' && error instanceof DestinationExistsError) {
      // It came into being during the copy: then this one isn't needed any more.
      const now = await checkDestination(context, source);
      if (now !== undefined) {
        await session?.delete().catch((problem: unknown) => warnOfCheckpoint(context, problem));
        return {
          plan: await makePlan(context, source, now),
          finished: { ...skipped(now.etag, now.versionId), conditional: true },
        };
      }
    }
    const isKept =
      isLeft || options.onFailure === 'keep' || (error instanceof CopyError && error.uploadId !== undefined);
    if (!isKept) await session?.delete().catch((problem: unknown) => warnOfCheckpoint(context, problem));
    throw error;
  }
  await session?.delete().catch((problem: unknown) => warnOfCheckpoint(context, problem));
  await assertEncrypted(context, finished);
  await settleTags(context, properties, finished);
  await settleLock(context, properties, finished);
  return { plan, finished };
}

/**
 * Has the store compute the source's checksum for the copy too, where the source has one. MinIO takes such a Create and then refuses
 * to copy parts into it: that is noticed at the first part, and the copy is made without.
 */
async function copyWithChecksumIfPossible(
  context: CopyContext,
  input: Omit<MultipartInput, 'checksum'>,
): Promise<FinishedCopy> {
  const keepsLayout = context.options.partSize === 'source';
  const checksum = input.resumed === undefined ? findSourceChecksum(input.source, keepsLayout) : undefined;
  if (checksum === undefined) return copyMultipart(context, { ...input, checksum });
  const { reporter } = context;
  let partsCopied = 0;
  const part: CopyReporter['part'] = (event) => {
    partsCopied++;
    reporter.part(event);
  };
  try {
    return await copyMultipart({ ...context, reporter: { ...reporter, part } }, { ...input, checksum });
  } catch (error) {
    if (partsCopied > 0 || !isRefusal(error)) throw error;
    if (error.uploadId !== undefined) {
      const abortError = await abortUpload(context, error.uploadId);
      if (abortError !== undefined) warnOfLeftUpload(context, error.uploadId, abortError);
    }
    reporter.warning(
      'CHECKSUM_NOT_PRESERVED',
      `Copied without ${checksum.algorithm}, as the store refused it: ${error.message}`,
    );
    return copyMultipart(context, { ...input, checksum: undefined });
  }
}

/** A part, or the Create itself, that the store refuses for good. */
function isRefusal(error: unknown): error is CopyError {
  const cause = error instanceof PartFailedError ? error.cause : error;
  if (!isStoreError(cause)) return false;
  const isEarly = cause.operation === 'createMultipartUpload' || cause.operation === 'copyPart';
  return isEarly && (cause.statusCode === 400 || cause.statusCode === 501);
}

function skipped(etag: string | undefined, versionId: string | undefined): FinishedCopy {
  return {
    etag: etag ?? '',
    versionId,
    verified: 'none',
    resumed: false,
    hedges: 0,
    uploadId: undefined,
    conditional: false,
  };
}

function makeReporter(
  tracker: CopyProgressTracker,
  warnings: CopyWarning[],
  emit: <E extends keyof CopyEvents>(event: E, ...args: CopyEvents[E]) => void,
  hasListeners: (event: keyof CopyEvents) => boolean,
): CopyReporter {
  return {
    phase: (phase) => tracker.phase(phase),
    plan: (plan) => {
      emit('plan', plan);
      tracker.planned(plan.size, plan.strategy === 'multipart' ? plan.parts.length : 0);
    },
    upload: (event) => emit('upload', event),
    alreadyCopied: (parts, bytes) => tracker.alreadyCopied(parts, bytes),
    part: (event) => {
      if (hasListeners('part')) emit('part', event);
      tracker.part(event.size);
    },
    inFlight: (parts, concurrency) => tracker.inFlight(parts, concurrency),
    retry: (event) => {
      tracker.retried();
      emit('retry', event);
    },
    throttle: (event) => emit('throttle', event),
    warning: (code, message) => {
      const warning = Object.freeze({ code, message });
      warnings.push(warning);
      emit('warning', warning);
    },
  };
}

/** Listeners that are attached in the tick that made the task hear everything. */
function afterThisTick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
