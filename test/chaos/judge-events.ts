import { StoreError, type CopyOptions, type PartEvent } from '../../src/index.ts';
import { hasMet, headHasLied, type Circumstances } from './circumstances.ts';
import type { Scene } from './copy-scene.ts';
import type { Violation } from './judge-copy.ts';
import type { ObservedCopy } from './observe-copy.ts';

/** What a busy machine may be late by. */
const SLACK_MS = 100;

/** Holds what a copy reported of its parts and attempts to its options, and to what the store was sent. */
export function* judgeEvents(scene: Scene, observed: ObservedCopy, circumstances: Circumstances): Generator<Violation> {
  for (const what of findOddParts(observed, circumstances)) yield { kind: 'odd event', what };
  for (const what of findOddRequests(scene, observed, circumstances)) yield { kind: 'odd result', what };
  for (const what of findOverBudget(observed, circumstances)) yield { kind: 'over budget', what };
}

function* findOddParts(
  { parts, plan, uploads, result, retries }: ObservedCopy,
  circumstances: Circumstances,
): Generator<string> {
  const upload = uploads.at(-1);
  const byNumber = new Map<number, PartEvent>();
  for (const part of parts) {
    if (byNumber.has(part.partNumber)) yield `it reported part ${part.partNumber} twice`;
    byNumber.set(part.partNumber, part);
    const { start, end, size } = plan?.parts[part.partNumber - 1] ?? {};
    if (part.start !== start || part.end !== end || part.size !== size) {
      yield `part ${part.partNumber} was bytes ${part.start}-${part.end}, but ${start}-${end} were planned`;
    }
    const tries = retries.filter((retry) => retry.operation === 'copyPart' && retry.partNumber === part.partNumber);
    if (uploads.length === 1 && part.attempts !== tries.length + 1) {
      yield `part ${part.partNumber} took ${part.attempts} attempts, but ${tries.length} retries were reported`;
    }
  }
  const kept = upload?.partsAlreadyCopied ?? 0;
  if (result?.strategy === 'multipart' && parts.length !== result.parts - kept) {
    yield `it reported ${parts.length} parts, of ${result.parts} with ${kept} kept`;
  }
  if (upload?.resumed !== true) return;
  const before = circumstances.uploadsBefore.find(({ uploadId }) => uploadId === upload.uploadId);
  const isSeen = !hasMet(circumstances, ({ request }) => request.operation === 'listParts');
  const isNamed = circumstances.options.resume !== undefined;
  // By a clock that lies, the parts may be older than the source.
  const isDated = !hasMet({ requests: circumstances.requestsBefore }, ({ rule }) => rule?.kind === 'skewedClock');
  const isComplete = circumstances.isAlone && isSeen && isDated && !isNamed && !circumstances.sourceWasReplaced;
  if (before !== undefined && isComplete && kept < before.parts) {
    yield `it kept ${kept} parts of an upload that had ${before.parts}`;
  }
}

/** The store must have been sent what was reported, and no more. */
function* findOddRequests(
  { options: { personality } }: Scene,
  { parts, retries, result, uploads, oddities }: ObservedCopy,
  circumstances: Circumstances,
): Generator<string> {
  if (result === undefined || oddities.length > 0 || uploads.length !== 1) return;
  const { options, requests, isAlone, isSecond } = circumstances;
  if (options.hedge === false && result.hedges > 0) yield `it says ${result.hedges} hedges, which were not allowed`;
  // A client sends a request again by itself when its signature was refused.
  const isResent = hasMet(circumstances, ({ rule }) => rule?.kind === 'skewedClock' || rule?.kind === 'expiredToken');
  // That the store refuses a condition (as Swift does for a source made of parts) is no failure.
  const isRefused = hasMet(circumstances, ({ rule }) => rule?.status === 412) || headHasLied(circumstances);
  const mayBeRefused = personality === 'swift' || isRefused;
  if (!isAlone || isSecond || isResent || mayBeRefused) return;
  const sent = requests.filter(
    ({ request }) => request.operation === 'copyPart' && request.uploadId === result.uploadId,
  ).length;
  const told = parts.length + retries.filter(({ operation }) => operation === 'copyPart').length + result.hedges;
  if (sent > told)
    yield `the store was sent ${sent} parts, but ${told} were reported, ${result.hedges} hedges among them`;
}

/** Attempts that were refused as there were too many requests count by time alone, and no wait counts but that for the store. */
function* findOverBudget({ retries }: ObservedCopy, { options, requests }: Circumstances): Generator<string> {
  const { maxAttempts = 10, maxElapsedMs = 900_000 } = options.retry ?? {};
  const runs = new Map<string, { readonly refusals: number; readonly spentMs: number }>();
  for (const { operation, partNumber, attempt, delayMs, error, toldAt } of retries) {
    const name = `${operation} ${partNumber ?? ''}`;
    // Any number of the same control operation may run one after the other.
    const previous = attempt === 1 ? undefined : runs.get(name);
    const sent = requests.findLast(
      ({ request, at }) => at <= toldAt && request.operation === operation && request.partNumber === partNumber,
    );
    const isRefusal = error instanceof StoreError && error.kind === 'throttled';
    const refusals = (previous?.refusals ?? 0) + (isRefusal ? 1 : 0);
    const spentMs = (previous?.spentMs ?? 0) + toldAt - (sent?.at ?? toldAt);
    runs.set(name, { refusals, spentMs });
    if (attempt - refusals >= maxAttempts) yield `attempt ${attempt} at ${name} was to be followed by another`;
    // HEADs run at the same time, so that nobody knows which of them this was.
    if (operation !== 'headObject' && attempt > 1 && spentMs > maxElapsedMs + SLACK_MS) {
      yield `attempt ${attempt + 1} at ${name} was to follow after ${Math.round(spentMs)} ms`;
    }
    const { retryAfterMs = 0 } = error instanceof StoreError ? error : {};
    if (delayMs < retryAfterMs) yield `${name} was to be tried after ${delayMs} ms, but ${retryAfterMs} were asked for`;
  }
  yield* findNoBackoff(retries, options);
}

/** Delays are random, but not all of them nothing. */
function* findNoBackoff(retries: ObservedCopy['retries'], { retry }: CopyOptions): Generator<string> {
  const late = retries.filter(({ attempt }) => attempt >= 3);
  const ceiling = Math.min(retry?.maxDelayMs ?? 0, 4 * (retry?.minDelayMs ?? 0));
  if (ceiling >= 4 && late.length >= 8 && late.every(({ delayMs }) => delayMs === 0)) {
    yield `${late.length} attempts followed without any delay`;
  }
}
