import { createContext } from '../engine/copy-context.ts';
import { type CopyReporter, SILENT } from '../engine/copy-reporter.ts';
import { checkOptions, runCopy } from '../copy.ts';
import { SourceNotFoundError } from '../errors.ts';
import { isMd5Etag } from '../engine/etag.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import type { Share } from './budget.ts';
import type { ManyContext } from './many-context.ts';
import type { ManyObject } from './many-object.ts';
import { isCopySince, isSame } from '../engine/same-object.ts';
import { headAt } from './side.ts';
import { isWholeOnceThere } from './small-copies.ts';

/**
 * Copies one object by the engine, as a single copy of its own would be: large ones in parts, and small ones of which one request
 * isn't enough. One that was copied and not yet proved, or may have been by a run that was killed, is looked at first, and copied again only if it isn't there.
 */
export async function copyWithCare(context: ManyContext, object: ManyObject): Promise<void> {
  const { budget, outcomes, signal, totals } = context;
  const share = budget.share();
  let bytesTold = 0;
  if (object.startedAt === 0) object.startedAt = performance.now();
  totals.underWay.add(object);
  try {
    const seen = await lookFirst(context, object);
    if (seen === 'done') {
      outcomes.doneBefore(object);
      return;
    }
    if (seen !== undefined) {
      const { outcome, etag, source } = seen;
      totals.bytesCopied += outcome === 'copied' ? source.size : 0;
      const code = { copied: object.mayBeCopiedSince && 'COPIED_BEFORE', skipped: 'SAME' }[outcome];
      outcomes.end(object, outcome, { etag, size: source.size, source, code });
      return;
    }
    object.attempts++;
    const options = checkOptions({
      ...context.optionsOf(placeOf(object)),
      ...ifExistsOf(context, object),
      ...checkpointOf(context, object),
    });
    const reporter = reporterOf(context, share, (bytes) => {
      bytesTold += bytes;
      totals.bytesCopied += bytes;
    });
    const copy = createContext(options, reporter, signal);
    try {
      const { plan, finished } = await runCopy(copy, share.control);
      const isSkipped = plan.strategy === 'skipped';
      totals.bytesCopied += (isSkipped ? 0 : plan.size) - bytesTold;
      outcomes.end(object, isSkipped ? 'skipped' : 'copied', {
        etag: finished.etag,
        size: plan.size,
        source: plan,
        ...(isSkipped && { code: 'EXISTS' }),
      });
    } finally {
      totals.requests += copy.runner.requests;
    }
  } catch (error) {
    totals.bytesCopied -= bytesTold;
    if (signal.aborted) return;
    if (error instanceof SourceNotFoundError) outcomes.end(object, 'gone', { message: error.message });
    else outcomes.fail(object, error);
  } finally {
    totals.underWay.delete(object);
    share.leave();
  }
}

/** How an object ends that needs no copy; `done`: as the report has it. */
type Seen =
  | 'done'
  | { readonly outcome: 'copied' | 'skipped'; readonly etag: string | undefined; readonly source: SourceFacts };
type SourceFacts = Pick<HeadObjectResult, 'size' | 'etag' | 'lastModified'>;

/** What HEADs show, if that settles the object: it is done, it is proved, or it is to be left as it is. */
async function lookFirst(context: ManyContext, object: ManyObject): Promise<Seen | undefined> {
  const { isToBeProved, mustCompare, mayBeCopiedSince: since, size, etag, lastModified } = object;
  const { from, to } = context;
  const destination = { bucket: object.toBucket, key: object.toKey };
  object.isToBeProved = false;
  let source: SourceFacts | undefined = size === undefined ? undefined : { size, etag, lastModified };
  if (isToBeProved && source !== undefined) {
    const head = await headAt(to, destination);
    const isThere = head?.size === size && head?.etag === etag;
    return isThere ? { outcome: 'copied', etag, source } : undefined;
  }
  // Without them nothing tells whether the report means this state of the source.
  if (!context.reported.isEmpty && (size === undefined || etag === undefined)) {
    source = await headSource(context, object);
    if (context.reported.isDone(object, source)) return 'done';
  }
  if (!mustCompare && since === undefined) return undefined;
  const head = await headAt(to, destination);
  if (head === undefined) return undefined;
  const hasTime = from.clock === to.clock || from.clock.isKnown;
  const isComparable = isMd5Etag(etag ?? '') || (lastModified !== undefined && hasTime);
  if (source === undefined || (mustCompare && !isComparable)) source = await headSource(context, object);
  if (since !== undefined && isCopySince(source, head, since, to.clock.aheadMs)) {
    if (isWholeOnceThere(context, object)) return { outcome: 'copied', etag: head.etag, source };
    object.isOwn = true;
    return undefined;
  }
  return mustCompare && isSame(source, head, to.clock.aheadOf(from.clock))
    ? { outcome: 'skipped', etag: head.etag, source }
    : undefined;
}

async function headSource({ from }: ManyContext, { bucket, key, versionId }: ManyObject): Promise<HeadObjectResult> {
  const head = await headAt(from, { bucket, key, versionId });
  if (head !== undefined) return head;
  throw new SourceNotFoundError(`Cannot copy ${bucket}/${key} as it does not exist`);
}

function placeOf({ bucket, key, versionId, toBucket, toKey, properties }: ManyObject) {
  return {
    source: { bucket, key, ...(versionId !== undefined && { versionId }) },
    destination: { ...properties, bucket: toBucket, key: toKey },
  };
}

/** Objects that are the same were looked for before. */
function ifExistsOf({ options: { ifExists = 'overwrite' } }: ManyContext, { isOwn }: ManyObject) {
  return { ifExists: ifExists === 'skip-same' || isOwn ? ('overwrite' as const) : ifExists };
}

/** Only copies in parts have something to go on with. */
function checkpointOf({ options, multipartThreshold }: ManyContext, { size }: ManyObject) {
  return size !== undefined && size <= multipartThreshold ? {} : { checkpoint: options.checkpoint };
}

function reporterOf(context: ManyContext, share: Share, onBytes: (bytes: number) => void): CopyReporter {
  const { budget, outcomes, totals, warnIfHeld } = context;
  return {
    ...SILENT,
    alreadyCopied: (_parts, bytes) => onBytes(bytes),
    part: (size, attempts) => {
      totals.requests += attempts;
      onBytes(size);
      outcomes.progressIfDue();
    },
    inFlight: (parts) => {
      const isFewer = parts < share.inFlight;
      share.inFlight = parts;
      warnIfHeld(budget.inFlight);
      if (isFewer) budget.changed();
    },
    retry: () => {
      totals.retries++;
    },
    throttle: (event) => outcomes.throttled(event),
    warning: (code, message) =>
      code === 'CONNECTIONS_LIMITED' ? outcomes.warnOnce(code, message) : outcomes.warn(code, message),
  };
}
