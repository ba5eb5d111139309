import { abortRevived } from './engine/abort.ts';
import { listAnnotations, settleAnnotations } from './engine/annotations.ts';
import { assertNotOntoItself, checkDestination } from './engine/check-destination.ts';
import { carryProperties } from './engine/carry-properties.ts';
import { type CopyContext, createContext } from './engine/copy-context.ts';
import { copyInParts } from './engine/copy-in-parts.ts';
import { SILENT } from './engine/copy-reporter.ts';
import { makePlan } from './engine/make-plan.ts';
import { NO_PART_COPY, NoPartCopyError } from './engine/missing-calls.ts';
import type { PartsControl } from './engine/parts/copy-parts.ts';
import { remember } from './engine/optional-headers.ts';
import { readSourceExtras } from './engine/read-source-extras.ts';
import { settleCopy } from './engine/settle.ts';
import { copySingle } from './engine/single.ts';
import { findKnownSource } from './engine/known-source.ts';
import { inspectSource } from './engine/source.ts';
import { planUpdate, updateEncryption } from './engine/update-encryption.ts';
import type { FinishedCopy } from './engine/verify.ts';
import { CopyError, DestinationExistsError, VerificationError } from './errors.ts';
import type { CopyOptions } from './options/copy-options.ts';
import { type NormalizedCopyOptions, normalizeCopyOptions } from './options/normalize-copy-options.ts';
import type { CopyPlan } from './plan/copy-plan.ts';
import { identifyCopy } from './resume/checkpoint-match.ts';
import { CheckpointSession } from './resume/checkpoint-session.ts';
import { EarlierRun } from './resume/earlier-run.ts';
import { finishEarlier } from './resume/finish-earlier.ts';
import { resumeUploadId } from './resume/resume-upload-id.ts';
import type { Resumption } from './engine/upload.ts';
import type { HeadObjectResult, ObjectProperties } from './store/copy-store.ts';
import { isStoreError } from './store/store-error.ts';
import { type EndedCopy, startCopy } from './start-copy.ts';
import { CopyTask } from './task.ts';
import { traceCopy } from './trace-copy.ts';

/**
 * Copies an object inside a store, without its bytes passing through here: by one CopyObject up to the threshold, in parts above.
 * The copy starts by itself after the current tick. Await the task, or listen to its events.
 *
 * @throws CopyOptionsError at once, before any request, for options that are missing, unknown or out of range
 *
 * @example
 * const copy = copyLargeObject({
 *   store: s3Store({ region: 'eu-west-1' }),
 *   source: { bucket: 'media', key: 'raw/film.mxf' },
 *   destination: { bucket: 'archive', key: '2026/film.mxf' },
 * });
 * copy.on('progress', (p) => console.log(`${p.bytesCopied}/${p.bytesTotal}`));
 * const result = await copy;
 */
export function copyLargeObject(options: CopyOptions): CopyTask {
  const normalized = checkOptions(options);
  const copy: CopyTask = new CopyTask(
    (task) => startCopy(normalized, task, runCopy, (make) => traceCopy(normalized, () => copy, make)),
    normalized.signal,
  );
  return copy;
}

/**
 * Says what a copy with these options would do. Sends only HEADs.
 *
 * @throws CopyOptionsError for options that are missing, unknown or out of range, and for a source that can't be planned
 * @throws SourceNotFoundError, DestinationExistsError, StoreError as the copy would
 */
export async function planCopy(options: CopyOptions): Promise<CopyPlan> {
  const normalized = checkOptions(options);
  const context = {
    ...createContext(normalized, SILENT, normalized.signal ?? new AbortController().signal),
    knownSource: findKnownSource(normalized),
  };
  const source = await inspectSource(context);
  const existing = await checkDestination(context, source);
  const update = existing === undefined ? planUpdate(context, source) : undefined;
  return update ?? makePlan(context, source, existing);
}

/** Checks the options of one copy. @throws CopyOptionsError */
export function checkOptions(options: CopyOptions): NormalizedCopyOptions {
  const normalized = normalizeCopyOptions(options);
  assertNotOntoItself(normalized);
  return normalized;
}

/** The story of one copy: inspect, plan, copy, verify; with a checkpoint, under its lock. */
export async function runCopy(context: CopyContext, control: PartsControl): Promise<EndedCopy> {
  const { options, signal } = context;
  signal.throwIfAborted();
  if (options.checkpoint === undefined) {
    try {
      return await copyAsKnown(context, control);
    } finally {
      await abortRevived(context);
    }
  }
  const session = await CheckpointSession.open(options.checkpoint, context);
  const leased = { ...context, signal: session.signal, lease: session };
  try {
    return await inspectAndCopy(leased, control, session);
  } catch (error) {
    // The caller who cancels gets his own reason.
    throw signal.aborted ? error : session.explain(error);
  } finally {
    await abortRevived(leased);
    await session.close();
  }
}

/** Copies by what the caller knows of the source, if that will do; what the store refuses then, HEAD may explain or make possible. */
async function copyAsKnown(context: CopyContext, control: PartsControl): Promise<EndedCopy> {
  const knownSource = findKnownSource(context.options);
  try {
    return await inspectAndCopy({ ...context, knownSource }, control, undefined);
  } catch (error) {
    if (knownSource === undefined || !isStoreError(error) || error.retryable) throw error;
    return inspectAndCopy(context, control, undefined);
  }
}

async function inspectAndCopy(
  context: CopyContext,
  control: PartsControl,
  session: CheckpointSession | undefined,
): Promise<EndedCopy> {
  const earlier = session === undefined ? undefined : await EarlierRun.read(context, session);
  const nameLeftUpload = async (error: unknown): Promise<never> => {
    await earlier?.answerFailure(error);
    throw error;
  };
  const source = await inspectSource(context).catch(nameLeftUpload);
  const done = await finishEarlier(context, earlier, source, () => readProperties(context, source)).catch(
    async (error: unknown) => {
      // An object that isn't what it should be must be copied again.
      if (isBadObject(error)) await session?.delete();
      throw error;
    },
  );
  if (done !== undefined) {
    return settle(context, session, { ...done, source, annotations: await listAnnotations(context, false) });
  }
  const existing = await checkDestination(context, source).catch(nameLeftUpload);
  const updated = existing === undefined ? await updateInPlace(context, source) : undefined;
  if (updated !== undefined) {
    await earlier?.drop();
    return updated;
  }
  const planned = await makePlan(context, source, existing);
  if (existing !== undefined) {
    context.reporter.plan(planned);
    await earlier?.drop();
    return { plan: planned, finished: skip(context, source, existing, false), source };
  }
  const properties = await readProperties(context, source);
  const annotations = await listAnnotations(context, planned.strategy === 'single');
  const resumption = await resume(context, earlier, planned, source, properties);
  const { plan, record } = resumption;
  context.reporter.plan(plan);
  let finished: EndedCopy['finished'];
  try {
    finished =
      plan.strategy === 'single'
        ? await copySingle(context, source, properties)
        : await copyInParts(context, { ...resumption, source, properties, control }).catch((error: unknown) =>
            copyInOnePiece(context, source, properties, error),
          );
  } catch (error) {
    if (!record.isLeft) await session?.delete();
    const existsNow =
      error instanceof DestinationExistsError && context.options.ifExists === 'skip'
        ? await checkDestination(context, source)
        : undefined;
    if (existsNow === undefined) throw error;
    return {
      plan: await makePlan(context, source, existsNow),
      finished: skip(context, source, existsNow, true),
      source,
    };
  }
  return settle(context, session, { plan: finished.plan ?? plan, finished, properties, annotations, source });
}

/** Changes what can be changed without copying a byte; undefined if nothing but a copy will do. */
async function updateInPlace(context: CopyContext, source: HeadObjectResult): Promise<EndedCopy | undefined> {
  const plan = planUpdate(context, source);
  if (plan === undefined) return undefined;
  context.reporter.plan(plan);
  const finished = await updateEncryption(context, source);
  return finished && { plan, finished, source };
}

/** Resumes what an earlier run left: by its checkpoint, or by an upload id that the caller names. */
async function resume(
  context: CopyContext,
  earlier: EarlierRun | undefined,
  plan: CopyPlan,
  source: HeadObjectResult,
  properties: ObjectProperties,
): Promise<Resumption> {
  const { resume: uploadId } = context.options;
  if (uploadId !== undefined) return resumeUploadId(context, uploadId, plan, source);
  if (earlier === undefined) return { plan, resumed: undefined, lostBefore: undefined, record: { isLeft: false } };
  return earlier.takeOver(identifyCopy(context, source, properties), plan, source);
}

/** Copies the whole object by one request, in a store that has no part copy. @throws the error that it is given, if that says anything else */
async function copyInOnePiece(
  context: CopyContext,
  source: HeadObjectResult,
  properties: ObjectProperties,
  error: unknown,
): Promise<EndedCopy['finished']> {
  const { options } = context;
  const largest = options.store.limits.maxCopyObjectSize;
  const mayCopyWhole = error instanceof NoPartCopyError && error.mayCopyWhole;
  if (!mayCopyWhole || source.size > largest || options.partSize === 'source') throw error;
  const plan = await makePlan({ ...context, options: { ...options, multipartThreshold: largest } }, source, undefined);
  context.reporter.plan(plan);
  const copied = await copySingle(context, source, properties, error);
  if (error.isForAll) remember(options.store, NO_PART_COPY);
  return { ...copied, plan };
}

async function readProperties(context: CopyContext, source: HeadObjectResult): Promise<ObjectProperties> {
  const { overrides, preserve } = context.options;
  return carryProperties(
    source.properties,
    await readSourceExtras(context, source),
    overrides,
    preserve,
    source.serverTime ?? new Date(),
  );
}

/** The checkpoint stays until tags and lock are set, so that a later run has only these left to do. */
async function settle(
  context: CopyContext,
  session: CheckpointSession | undefined,
  {
    properties,
    annotations,
    ...ended
  }: EndedCopy & { readonly properties: ObjectProperties; readonly annotations: readonly string[] },
): Promise<EndedCopy> {
  await settleCopy(context, properties, ended.finished, ended.source.size);
  await settleAnnotations(context, annotations, ended.finished, ended.plan.strategy === 'single');
  await session?.delete();
  return ended;
}

/** The object stands there, and isn't what was asked for. */
function isBadObject(error: unknown): boolean {
  return error instanceof VerificationError || (error instanceof CopyError && error.destinationWritten === true);
}

/** What stands there is left alone, whatever it is; if it can't be this source's copy, the caller hears of it. */
function skip(
  { destination, reporter }: CopyContext,
  source: HeadObjectResult,
  existing: HeadObjectResult,
  conditional: boolean,
): FinishedCopy {
  if (existing.size !== source.size) {
    reporter.warning(
      'DESTINATION_DIFFERS',
      `${destination.name} was left as it is, but has ${existing.size} bytes, and the source ${source.size}: it is no copy of it`,
    );
  }
  const { etag = '', versionId } = existing;
  return { etag, versionId, verified: 'none', conditional, isReplaced: false, seen: existing };
}
