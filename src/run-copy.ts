import { CheckpointSession } from './resume/checkpoint-session.ts';
import type { CopyEvents, CopyResult, CopyWarning } from './events.ts';
import { copyInParts } from './engine/copy-in-parts.ts';
import { DestinationExistsError, messageOf, VerificationError } from './errors.ts';
import { CopyProgressTracker } from './progress.ts';
import type { RunningCopy, StartCopy } from './task.ts';
import { carryProperties } from './engine/carry-properties.ts';
import { checkDestination } from './engine/check-destination.ts';
import { inspectSource } from './engine/inspect-source.ts';
import { makePlan } from './engine/make-plan.ts';
import { readSourceExtras } from './engine/read-source-extras.ts';
import type { NormalizedCopyOptions } from './options/normalize-copy-options.ts';
import type { CopyPlan } from './plan/copy-plan.ts';
import { EarlierRun } from './resume/earlier-run.ts';
import { finishEarlier } from './resume/finish-earlier.ts';
import { takeUp } from './resume/take-up.ts';
import type { TakenUp } from './resume/taken-up.ts';
import type { HeadObjectResult, ObjectProperties } from './store/copy-store.ts';
import { assertEncrypted } from './engine/assert-encrypted.ts';
import type { CopyContext } from './engine/copy-context.ts';
import type { PartsControl } from './engine/parts/copy-parts.ts';
import type { CopyReporter } from './engine/copy-reporter.ts';
import type { FinishedCopy } from './engine/finished-copy.ts';
import type { MultipartInput } from './engine/multipart.ts';
import { OperationRunner } from './request/operation-runner.ts';
import { ServerClock } from './request/server-clock.ts';
import { findSourceChecksum } from './engine/source-checksum.ts';
import { settleLock } from './engine/settle-lock.ts';
import { settleTags } from './engine/settle-tags.ts';
import { copySingle } from './engine/single.ts';

/** Makes the function that starts a copy: the story of one copy, from the first HEAD to the result. */
export function prepareCopy(options: NormalizedCopyOptions): StartCopy {
  return ({ signal, emit, hasListeners }): RunningCopy => {
    const warnings: CopyWarning[] = [];
    const tracker = new CopyProgressTracker(options.concurrency.initial, (progress) => emit('progress', progress));
    const reporter = makeReporter(tracker, warnings, emit, hasListeners);
    const runner = new OperationRunner(options.retry, options.limiter, reporter, signal);
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
          signal,
        );
  let copied: Copied;
  try {
    copied = await inspectAndCopy(context, control, session);
  } finally {
    await session?.close().catch((error: unknown) => warnOfCheckpoint(context, error));
  }
  const { plan, finished, sourceEtag } = copied;
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
    ...(sourceEtag !== undefined && sourceEtag === finished.etag ? { sameEtag: true } : {}),
    ...(options.ifExists === 'overwrite'
      ? {}
      : { ifExistsChecked: finished.conditional ? ('head+condition' as const) : ('head' as const) }),
  });
}

/** What happens to the checkpoint after the copy doesn't change how the copy ended. */
function warnOfCheckpoint({ reporter }: CopyContext, error: unknown): void {
  reporter.warning('CHECKPOINT_LEFT', messageOf(error));
}

interface Copied {
  readonly plan: CopyPlan;
  readonly finished: FinishedCopy;
  /** Without quotes. */
  readonly sourceEtag: string | undefined;
}

async function inspectAndCopy(
  context: CopyContext,
  control: PartsControl,
  session: CheckpointSession | undefined,
): Promise<Copied> {
  const { reporter } = context;
  const earlier = session === undefined ? undefined : await EarlierRun.read(context, session);
  const tellOfEarlier = async (error: unknown): Promise<never> => {
    await earlier?.answerFailure(error);
    throw error;
  };
  const source = await inspectSource(context).catch(tellOfEarlier);
  const done = await finishEarlier(context, earlier, source, () => readProperties(context, source)).catch(
    async (error: unknown) => {
      // An object that isn't what it should be must be copied again.
      if (error instanceof VerificationError) await deleteCheckpoint(context, session);
      throw error;
    },
  );
  if (done !== undefined) return settle(context, session, { ...done, sourceEtag: source.etag });
  const existing = await checkDestination(context, source).catch(tellOfEarlier);
  const planned = await makePlan(context, source, existing);
  if (planned.strategy === 'skipped') {
    reporter.plan(planned);
    await earlier?.drop();
    return { plan: planned, finished: skipped(existing), sourceEtag: source.etag };
  }
  const properties = await readProperties(context, source);
  const taken = await takeUp(context, earlier, planned, source, properties);
  const { plan, record } = taken;
  reporter.plan(plan);
  let finished: FinishedCopy;
  try {
    finished =
      plan.strategy === 'single'
        ? await copySingle(context, source, properties)
        : await copyTakenUp(context, taken, { source, properties, control });
  } catch (error) {
    if (!record.isLeft) await deleteCheckpoint(context, session);
    const now = await findSkipped(context, source, error);
    if (now === undefined) throw error;
    return {
      plan: await makePlan(context, source, now),
      finished: { ...skipped(now), conditional: true },
      sourceEtag: source.etag,
    };
  }
  return settle(context, session, { plan, finished, properties, sourceEtag: source.etag });
}

/** Copies in parts, with the source's checksum where the store can compute it for the copy too. */
function copyTakenUp(
  context: CopyContext,
  { plan, resumed, lostBefore, record }: TakenUp,
  input: Pick<MultipartInput, 'source' | 'properties' | 'control'>,
): Promise<FinishedCopy> {
  const checksum = findSourceChecksum(input.source, context.options.partSize === 'source');
  // A resumed upload was created with what it was created with.
  const asksForChecksum = checksum !== undefined && (resumed === undefined || resumed.checksumType === checksum.type);
  return copyInParts(context, { ...input, plan, resumed, lostBefore, record, checksum, asksForChecksum });
}

async function readProperties(context: CopyContext, source: HeadObjectResult): Promise<ObjectProperties> {
  const { overrides, preserve } = context.options;
  return carryProperties(source.properties, await readSourceExtras(context), overrides, preserve);
}

async function deleteCheckpoint(context: CopyContext, session: CheckpointSession | undefined): Promise<void> {
  await session?.delete().catch((error: unknown) => warnOfCheckpoint(context, error));
}

/** What came into being at the destination during the copy, where the copy isn't needed then. */
async function findSkipped(
  context: CopyContext,
  source: HeadObjectResult,
  error: unknown,
): Promise<HeadObjectResult | undefined> {
  if (context.options.ifExists !== 'skip' || !(error instanceof DestinationExistsError)) return undefined;
  return checkDestination(context, source);
}

/**
 * Sees to what a request could not carry, or a store may have ignored. The checkpoint stays until that is done, so that a later run
 * has only this left to do; but an object that isn't encrypted as asked must be copied again. Nothing is done to an object of
 * someone else's that has taken the copy's place.
 */
async function settle(
  context: CopyContext,
  session: CheckpointSession | undefined,
  copied: Copied & { readonly properties: ObjectProperties },
): Promise<Copied> {
  const { finished, properties } = copied;
  try {
    if (finished.isReplaced !== true) await assertEncrypted(context, finished);
  } catch (error) {
    await deleteCheckpoint(context, session);
    throw error;
  }
  if (finished.isReplaced !== true) {
    await settleTags(context, properties, finished);
    await settleLock(context, properties, finished);
  }
  await deleteCheckpoint(context, session);
  return copied;
}

function skipped(existing: HeadObjectResult | undefined): FinishedCopy {
  return {
    etag: existing?.etag ?? '',
    versionId: existing?.versionId,
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
    warning: (code, message, uploadId) => {
      const warning = Object.freeze({ code, message, ...(uploadId !== undefined && { uploadId }) });
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
