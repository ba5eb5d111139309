import {
  CompleteFailedError,
  CopyError,
  CopyOptionsError,
  DestinationExistsError,
  SourceChangedError,
  type RetryOptions,
} from '../../src/index.ts';
import type { FaultKind, FaultRule } from '../../src/testing/index.ts';
import { timedOut, type Circumstances } from './circumstances.ts';
import type { Scene } from './copy-scene.ts';
import type { LoggedRequest } from './fault-log.ts';
import type { ObservedCopy } from './observe-copy.ts';

/** What a store that is asked again answers as before, or what is over when it has happened once. */
const LASTING: ReadonlySet<FaultKind> = new Set([
  'noEtagIn200',
  'wrongEtag',
  'redirect',
  'loseUpload',
  'replaceSource',
  'nothingStored',
]);

/** Whole answers of which nothing can be used. */
const HOLDS_NOTHING: ReadonlySet<FaultKind> = new Set(['emptyIn200', 'garbageIn200', 'hugeBody']);

/** Bodies of a 200, which a HEAD has not: it shows a length, and nothing of an object. */
const IS_BODY: ReadonlySet<FaultKind> = new Set(['errorIn200', 'xmlBomb', 'deepXml']);

/** Why a copy that failed may have; undefined where nothing that it met could stop it. */
export function findExcuse(
  { options: { personality } }: Scene,
  error: unknown,
  observed: ObservedCopy,
  circumstances: Circumstances,
): string | undefined {
  const { options, others, isAlone, requests, throttled, sourceWasReplaced } = circumstances;
  if (throttled) return 'the store had too much to do';
  if (!isAlone) return 'it was not alone';
  const isTaken = others.some((other) => other !== undefined);
  if (isTaken && options.ifExists === 'fail' && error instanceof DestinationExistsError) return 'the key is taken';
  // It answers 400 to the HEAD of an object under another key: that doesn't say that there is one.
  if (isTaken && options.ifExists !== 'overwrite' && personality === 'swift') return 'the key is taken';
  if (options.partSize === 'source' && error instanceof CopyOptionsError) return 'the store does not tell the parts';
  const isRefused = options.resume !== undefined && observed.uploads.length === 0;
  if (isRefused && error instanceof CopyError && error.code === 'ERR_COPY') {
    return 'the upload has other parts than the plan';
  }
  if (sourceWasReplaced && error instanceof SourceChangedError) return 'the source was replaced';
  if (timedOut(observed).size > 0) return 'the store, or the machine, was slow';
  if (options.signal?.aborted === true) return 'it was cancelled';
  const struck = requests.filter((logged): logged is StruckRequest => logged.rule !== undefined);
  const lasting = struck.find(({ rule }) => isLasting(rule));
  if (lasting !== undefined) return `${lasting.rule.kind} at ${lasting.request.operation} lasts`;
  const { maxAttempts = 1, maxElapsedMs = 0 }: RetryOptions = options.retry ?? {};
  for (const [thing, strikes] of groupByThing(struck)) {
    if (strikes.length >= maxAttempts) return `${thing} was struck ${strikes.length} times`;
    // A whole answer that holds nothing is determinate: it is asked for once more, and no oftener.
    if (strikes.filter(holdsNothing).length > 1) return `${thing} was answered for nothing twice`;
    if (observed.elapsedMs + longestWaitMs(strikes, observed) >= maxElapsedMs)
      return `${thing} may have taken too long`;
  }
  const isLostSingle = struck.some(({ request }) => request.operation === 'copyObject');
  // Its answer was lost, and an object of the same bytes may have stood there before.
  if (
    isLostSingle &&
    error instanceof CompleteFailedError &&
    error.outcome === 'unknown' &&
    !provesCopy(observed, options)
  ) {
    return 'its ETag proves nothing';
  }
  // A HEAD has no body to say that a token has expired again: after one renewal, its 400 or 403 may be about anything.
  if (struck.filter(({ rule }) => rule.kind === 'expiredToken').length > 1) return 'tokens expired again and again';
  // Only the store's clock says whether an object at the destination is as old as this copy, and that clock lies.
  const isAtComplete = struck.some(({ request }) => request.operation === 'completeMultipartUpload');
  const isClockSkewed = struck.some(({ rule }) => rule.kind === 'skewedClock');
  return isAtComplete && isClockSkewed ? 'no time tells what became of Complete' : undefined;
}

/** Whether a single copy can be known by its ETag. */
function provesCopy({ plan }: ObservedCopy, { destination }: Circumstances['options']): boolean {
  return destination.sse === undefined && plan?.etag !== undefined && !plan.etag.includes('-');
}

interface StruckRequest extends LoggedRequest {
  readonly rule: FaultRule;
}

function holdsNothing({ rule, request }: StruckRequest): boolean {
  return HOLDS_NOTHING.has(rule.kind) || (request.operation === 'headObject' && IS_BODY.has(rule.kind));
}

function isLasting({ kind, status = 500 }: FaultRule): boolean {
  return LASTING.has(kind) || (kind === 'error' && status >= 400 && status < 500 && status !== 429);
}

/** Strikes by what was tried again; control operations that are sent several times are counted together. */
function groupByThing(struck: readonly StruckRequest[]): ReadonlyMap<string, readonly StruckRequest[]> {
  const things = new Map<string, StruckRequest[]>();
  for (const logged of struck) {
    const { operation, bucket, partNumber = '' } = logged.request;
    const names = [`${operation} ${bucket} ${partNumber}`];
    // Being asked to slow down holds all parts back.
    if (logged.rule.status === 503 || logged.rule.status === 429) names.push(`${operation} ${bucket}, any part,`);
    for (const name of names) things.set(name, [...(things.get(name) ?? []), logged]);
  }
  return things;
}

/** How long it may have had to wait for the next attempt: asked to slow down, a copy waits longer each time. */
function longestWaitMs(strikes: readonly StruckRequest[], { elapsedMs }: ObservedCopy): number {
  const waits = strikes.map(({ rule: { retryAfterSeconds = 0, code } }) =>
    Math.max(retryAfterSeconds * 1000, code === 'SlowDown' ? elapsedMs : 0),
  );
  return Math.max(...waits);
}
