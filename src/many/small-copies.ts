import { isMd5Etag } from '../engine/etag.ts';
import { mayFold } from '../engine/key-twins.ts';
import { isRemembered } from '../engine/optional-headers.ts';
import { isRetryable, isThrottled } from '../request/retry.ts';
import type { CopyObjectResult } from '../store/copy-store.ts';
import type { ManyContext } from './many-context.ts';
import type { ManyObject } from './many-object.ts';

/** So many copies in a row with another ETag than their source show that this destination makes ETags by another rule. */
const MOST_OTHER_ETAGS = 3;

const LONGEST_KEY_BYTES = 1024;

/** What becomes of an object after its one request. */
export interface SmallCopyHandler {
  /** The store says that it is copied, with the source's ETag. */
  copied(object: ManyObject): void;
  /** The store asked for fewer requests: the same once more, later. */
  again(object: ManyObject): void;
  /** Anything else: the engine copies it, with all that it does about failures. */
  withCare(object: ManyObject): void;
  /** The run is cancelled. */
  dropped(object: ManyObject): void;
  failed(object: ManyObject, error: unknown): void;
}

/** Whether the store itself carries over what is to be preserved: it does metadata and tags, and OBS no tags. */
function carriesAll({ to, options }: ManyContext): boolean {
  const { tags, metadata, storageClass, acl, objectLock, checksum } = options.preserve ?? {};
  const carriesTags = to.store.traits?.dialect === 'obs' ? tags === false : tags === undefined;
  return (
    carriesTags &&
    metadata === undefined &&
    storageClass !== true &&
    acl !== true &&
    objectLock !== true &&
    checksum !== true
  );
}

/** Whether a copy by an earlier run has everything once its bytes are there: nothing was to be set afterwards, or failed. */
export function isWholeOnceThere(context: ManyContext, object: ManyObject): boolean {
  const { size = 0, properties } = object;
  const isPlain = properties === undefined && size <= context.multipartThreshold && carriesAll(context);
  return isPlain && !context.reported.hasFailed(object);
}

/**
 * Copies small objects by one request each: what the listing says of the source is its condition and its proof. Only plain MD5s are
 * that; everything else, and everything that goes wrong, is left to the engine.
 */
export class SmallCopies {
  readonly #context: ManyContext;
  readonly #handler: SmallCopyHandler;
  readonly #isPossible: boolean;
  #otherEtags = 0;

  constructor(context: ManyContext, handler: SmallCopyHandler) {
    const { to, options } = context;
    this.#context = context;
    this.#handler = handler;
    this.#isPossible =
      carriesAll(context) &&
      // A listing that doesn't show an object may have missed it: the engine looks again.
      options.ifExists !== 'skip' &&
      options.ifExists !== 'fail' &&
      to.store.traits?.sendsSourceIfMatch !== false;
  }

  /** Whether one request does for an object, with nothing lost. */
  takes({ size, etag, properties, mustCompare, mayBeCopiedSince, toKey }: ManyObject): boolean {
    return (
      this.#isPossible &&
      this.#otherEtags < MOST_OTHER_ETAGS &&
      size !== undefined &&
      size <= this.#context.multipartThreshold &&
      etag !== undefined &&
      isMd5Etag(etag) &&
      properties === undefined &&
      !mustCompare &&
      mayBeCopiedSince === undefined &&
      toKey !== '' &&
      // The engine looks first at whose object it would replace.
      !mayFold(this.#context.to.store, toKey) &&
      (toKey.length * 3 <= LONGEST_KEY_BYTES || Buffer.byteLength(toKey) <= LONGEST_KEY_BYTES) &&
      !isRemembered(this.#context.to.store, 'source-condition')
    );
  }

  /** Sends the request. Not async: it is what the whole run does for most objects. */
  start(object: ManyObject): void {
    const { budget, options, signal, totals, warnIfHeld } = this.#context;
    budget.enter();
    warnIfHeld(budget.inFlight);
    const turn = options.limiter?.acquire(signal);
    if (turn instanceof Promise) {
      turn.then(
        (release) => this.#send(object, release),
        (error: unknown) => {
          budget.leave();
          if (signal.aborted) this.#handler.dropped(object);
          else this.#handler.failed(object, error);
        },
      );
    } else {
      this.#send(object, turn);
    }
    totals.requests++;
  }

  #send(object: ManyObject, release: (() => void) | undefined): void {
    const { to, options, signal, budget, totals } = this.#context;
    const sentAt = performance.now();
    if (object.startedAt === 0) object.startedAt = sentAt;
    totals.underWay.add(object);
    object.attempts++;
    const { bucket, key, versionId } = object;
    const copying = to.store.copyObject({
      bucket: object.toBucket,
      key: object.toKey,
      source: versionId === undefined ? { bucket, key } : { bucket, key, versionId },
      sourceIfMatch: object.etag,
      sourceSize: object.size,
      requestPayer: to.requestPayer,
      expectedBucketOwner: to.expectedBucketOwner,
      expectedSourceBucketOwner: options.expectedSourceBucketOwner,
      signal,
    });
    copying.then(
      (result) => {
        totals.underWay.delete(object);
        budget.leave();
        release?.();
        this.#succeeded(object, result, sentAt);
      },
      (error: unknown) => {
        totals.underWay.delete(object);
        budget.leave();
        release?.();
        this.#failed(object, error, sentAt);
      },
    );
  }

  #succeeded(object: ManyObject, { etag }: CopyObjectResult, startedAt: number): void {
    const { budget } = this.#context;
    const bytes = object.size ?? 0;
    budget.controller.onSuccess({ now: performance.now(), startedAt, bytes, inFlight: budget.inFlight });
    if (etag === object.etag) {
      this.#otherEtags = 0;
      object.isToBeProved = true;
      this.#handler.copied(object);
      return;
    }
    this.#otherEtags++;
    this.#handler.withCare(object);
  }

  #failed(object: ManyObject, error: unknown, startedAt: number): void {
    const { budget, maxElapsedMs, outcomes, retries, signal, totals } = this.#context;
    if (signal.aborted) return this.#handler.dropped(object);
    if (!isRetryable(error)) return this.#handler.withCare(object);
    const now = performance.now();
    const inFlight = budget.inFlight;
    if (isThrottled(error)) {
      const { retryAfterMs } = error;
      const isCut = budget.controller.onThrottle({
        now,
        startedAt,
        inFlight,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
      if (isCut) {
        const delayMs = Math.max(0, Math.round(budget.controller.holdUntil - now));
        outcomes.throttled({ concurrency: budget.controller.limit, delayMs });
      }
    } else {
      budget.controller.onFailure({ now, startedAt, inFlight });
    }
    if (!retries || now - object.startedAt > maxElapsedMs) return this.#handler.failed(object, error);
    totals.retries++;
    if (isThrottled(error)) this.#handler.again(object);
    else this.#handler.withCare(object);
  }
}
