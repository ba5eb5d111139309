import type { PartRange } from '../../plan/part-range.ts';
import type { HeadObjectResult, SourceConditions } from '../../store/copy-store.ts';
import { watchConnections } from '../../store/most-connections.ts';
import { listensToCancellations } from '../../store/request-cancellation.ts';
import { isStoreError, type StoreError } from '../../store/store-error.ts';
import type { Pace } from '../pace/concurrency-controller.ts';
import { type CopyContext, withRunner } from '../copy-context.ts';
import type { MultipartInput } from '../multipart.ts';
import { LostParts } from './lost-parts.ts';
import { USUAL_FEWEST_PARTS } from './part-failure.ts';
import { PartExecutor } from './part-executor.ts';
import type { Mover } from './part-race.ts';
import { resolvePartSource } from './resolve-part-source.ts';
import { assertStoreSeesSource, pinSource, watchSource } from '../source.ts';
import { believeChecksums } from '../source-checksum.ts';
import type { Upload } from '../upload.ts';
import { StragglerDetector } from '../pace/straggler-detector.ts';

/** The pace of a copy, and what its caller may change while parts run. What a controller has learnt, several copies can share. */
export interface PartsControl {
  readonly controller: Pace;
  /** The executor, while parts run. */
  executor: PartExecutor | undefined;
  paused: boolean;
}

/** Requests that went beyond one for each part. */
export interface CopiedParts {
  readonly hedges: number;
  /** Parts that may have been stored more than once. */
  readonly resent: number;
  /** How long the slowest part took, in milliseconds. */
  readonly slowestMs: number;
}

/** Without duplicates, who straggles still says which requests are lost. */
const UNHEDGED = { factor: 3, minDelayMs: 50, maxRatio: 0 };

/** Copies all parts that are not yet in their slots. */
export async function copyParts(context: CopyContext, input: MultipartInput, upload: Upload): Promise<CopiedParts> {
  const { options, reporter, runner, signal } = context;
  const { control, plan } = input;
  const { slots } = upload;
  const parts = slots.filled === 0 ? plan.parts : plan.parts.filter((part) => !slots.has(part.partNumber));
  const [first] = parts;
  if (first === undefined) return { hedges: 0, resent: 0, slowestMs: 0 };

  const last = plan.size - 1;
  const probe = { partNumber: first.partNumber, start: last, end: last, size: 1 };
  const copier = await partCopier(context, input, upload, probe);
  const { hedge } = options;
  let slowestMs = 0;
  const warnIfHeld = watchConnections(options.store, (code, message) => reporter.warning(code, message));
  const executor = new PartExecutor({
    parts: inOrderOfStart(parts),
    copyPart: copier.copyPart,
    reconsider: copier.reconsider,
    controller: control.controller,
    stragglers: new StragglerDetector({ ...(hedge ?? UNHEDGED), partsTotal: plan.parts.length }),
    unanswered: upload.unanswered,
    lost: new LostParts(context, upload, input.resumed !== undefined),
    // A duplicate that would change the stored part's ETag isn't sent.
    hedge: hedge !== undefined && !upload.etagsMayChange,
    policy: runner.policy,
    limiter: options.limiter,
    signal,
    reporter,
    onCopied: (part, result, attempts, elapsedMs) => {
      slots.fill(part.partNumber, result.etag, result.checksums);
      if (elapsedMs > slowestMs) slowestMs = elapsedMs;
      reporter.part(part.size, attempts, () => ({
        ...part,
        etag: result.etag,
        requestId: result.requestId,
        attempts,
        startedAt: Date.now() - elapsedMs,
        elapsedMs,
      }));
    },
    onInFlight: (inFlight, concurrency) => {
      warnIfHeld(inFlight);
      reporter.inFlight(inFlight, concurrency);
    },
  });
  control.executor = executor;
  if (control.paused) executor.pause();
  try {
    await executor.run();
    copier.rememberRefusal();
  } finally {
    control.executor = undefined;
  }
  return { hedges: executor.hedges, resent: executor.resent, slowestMs };
}

/** In a long plan the highest number comes first: a store that takes fewer parts refuses it before the others are copied. */
function inOrderOfStart(parts: readonly PartRange[]): readonly PartRange[] {
  const last = parts.at(-1);
  return last !== undefined && last.partNumber > USUAL_FEWEST_PARTS ? [last, ...parts.slice(0, -1)] : parts;
}

async function partCopier(
  context: CopyContext,
  input: MultipartInput,
  upload: Upload,
  probe: PartRange,
): Promise<Mover & { readonly rememberRefusal: () => void }> {
  const { options, destination, optional, signal } = context;
  const { source } = input;
  const { uploadId, unanswered } = upload;
  const { store, sourceSse, sse } = options;
  let pin = pinSource(context, source);
  const common = {
    ...destination.address,
    uploadId,
    sourceSse,
    sse: sse?.type === 'SSE-C' ? sse : undefined,
    expectedSourceBucketOwner: options.expectedSourceBucketOwner,
  };
  const lost = new LostParts(context, upload, input.resumed !== undefined);
  const probing = { ...common, ...pin, signal };
  const { location, keepsPin } = await resolvePartSource(context, probing, probe, lost, unanswered);
  if (!keepsPin && optional.isRefused('source-condition')) pin = {};
  const listens = listensToCancellations(store);
  // One literal with every field, as 10,000 of them are made: spreading costs several times as much.
  const send: Mover['copyPart'] = (part, request) =>
    store.copyPart({
      bucket: common.bucket,
      key: common.key,
      uploadId,
      partNumber: part.partNumber,
      source: location,
      start: part.start,
      end: part.end,
      sourceIfMatch: pin.sourceIfMatch,
      sourceIfUnmodifiedSince: pin.sourceIfUnmodifiedSince,
      sourceSse,
      sse: common.sse,
      requestPayer: common.requestPayer,
      expectedBucketOwner: common.expectedBucketOwner,
      expectedSourceBucketOwner: common.expectedSourceBucketOwner,
      attempt: request.race.number,
      hedge: request.isHedge,
      signal: listens ? undefined : request.signal,
      cancellation: listens ? request : undefined,
    });

  const sendAndJudge: Mover['copyPart'] = async (part, request) => {
    const result = await send(part, request);
    const { etag, qosDelayMs, requestId } = result;
    return { etag, qosDelayMs, requestId, checksums: believeChecksums(input, part, result.checksums) };
  };
  const copyPart = input.checksum === undefined ? send : sendAndJudge;

  // A part that looks at its source does so within its own turn of the shared limit.
  const inTurn = withRunner(context, context.runner.withinTurn());
  const assertUnchanged = watchSource(inTurn, source);

  let refusal: StoreError | undefined;
  let pinChangedAt = Number.NEGATIVE_INFINITY;
  const reconsider: Mover['reconsider'] = async (error, sentAt) => {
    if (!isStoreError(error)) return false;
    if (error.statusCode === 404 && error.vendorCode === 'NoSuchKey') await assertUnchanged(error);
    const isPinned = pin.sourceIfMatch !== undefined || pin.sourceIfUnmodifiedSince !== undefined;
    const isAboutPin = optional.suspect(error, ['source-condition']) !== undefined;
    if (!isAboutPin) return false;
    if (!isPinned && pinChangedAt < sentAt) return false;
    await assertUnchanged(error);
    if (keepsPin) return false;
    await assertStoreSeesSource(inTurn, source);
    // The source is what it was, so this store's condition doesn't work for it: Swift answers 412 for every multipart source.
    if (pinChangedAt < sentAt) {
      pin = error.statusCode === 412 ? nextPin(pin, source) : {};
      refusal = error;
      pinChangedAt = performance.now();
    }
    return true;
  };
  // Only parts that were copied without the condition prove that it was the reason.
  const rememberRefusal = (): void => {
    if (refusal !== undefined) optional.refused('source-condition', refusal);
  };
  return { copyPart, reconsider, rememberRefusal };
}

/** From ETag to date to nothing: the source is read again before Complete in any case. */
function nextPin(pinned: SourceConditions, source: HeadObjectResult): SourceConditions {
  if (pinned.sourceIfMatch === undefined || source.lastModified === undefined) return {};
  return { sourceIfUnmodifiedSince: source.lastModified };
}
