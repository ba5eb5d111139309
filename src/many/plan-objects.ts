import { integer, number, optional, readOptions, record, type Rule, text } from '../check-options.ts';
import { ADAPTED_CONCURRENCY } from '../plan/estimate-duration.ts';
import type { PartRange } from '../plan/part-range.ts';
import { planParts } from '../plan/plan-parts.ts';
import { checkCopyObjectsOptions } from './check-copy-objects-options.ts';
import type { CopyObjectsOptions } from './copy-objects-options.ts';
import { findExtra } from './delete-extra.ts';
import { estimateRun, type PlanAssumptions, type RunEstimate, type RunWork } from './estimate-run.ts';
import { type ManyContext, makeSilentContext } from './many-context.ts';
import type { ManyObject } from './many-object.ts';
import { ObjectRun, type ObjectTaker } from './object-run.ts';
import type { CopyObjectsWarning } from './run-events.ts';
import { SmallCopies } from './small-copies.ts';

/** What `copyObjects` would do. */
export interface CopyObjectsPlan {
  /** Objects that the source has, without those that the filter leaves out. */
  readonly listed: number;
  /** Objects that would be copied. */
  readonly objects: number;
  readonly bytes: number;
  /** Objects whose size nobody has said, and that count as 0 bytes. */
  readonly ofUnknownSize: number;
  /** Objects that would be left as they are. */
  readonly skipped: number;
  /**
   * Why objects would be skipped or fail, and how many for each reason: `SAME`, `EXISTS`, `REPORTED` (an earlier run has copied it),
   * `COPIED_BEFORE` (a killed run has, as the destination shows), `DELETE_MARKER`, `DESTINATION_COLLISION`, …
   */
  readonly reasons: Readonly<Record<string, number>>;
  /** Objects that can't be copied: their places are taken, or their keys aren't UTF-8. */
  readonly failed: number;
  /** Keys of the destination that would be deleted. */
  readonly deletes: readonly string[];
  /** Requests by operation, if nothing fails; of some objects they are estimated. */
  readonly requests: Readonly<Record<string, number>>;
  /** How long it would take, and what its requests would cost. */
  readonly estimate: RunEstimate;
  /** The largest objects to be copied, the largest first. */
  readonly largest: readonly { readonly bucket: string; readonly key: string; readonly size: number }[];
  readonly warnings: readonly CopyObjectsWarning[];
}

const MOST_LARGEST = 10;

const ASSUMPTION_RULES = {
  concurrency: optional(integer(1)),
  latencyMs: optional(number(0)),
  bytesPerSecondPerPart: optional(number(1)),
  prices: optional(record({ writes: number(0), reads: number(0), currency: text })),
} satisfies Record<keyof PlanAssumptions, Rule<unknown>>;

/**
 * Says what `copyObjects` with these options would do. Lists, and writes nothing.
 *
 * @param assumed - what time and cost are estimated by. @default 100 ms a request, 60 MiB/s a part, and the prices of S3 Standard in
 *   us-east-1. If `concurrency` is not a number, 64 requests at a time
 * @throws CopyOptionsError, StoreError as the run would
 */
export async function planObjects(
  options: CopyObjectsOptions,
  assumed: Partial<PlanAssumptions> = {},
): Promise<CopyObjectsPlan> {
  readOptions(assumed, ASSUMPTION_RULES, { path: '', owner: 'planObjects' });
  const checked = checkCopyObjectsOptions(options);
  const context = makeSilentContext(checked);
  const { totals, outcomes } = context;
  const counter = new ObjectCounter(context);
  const run = new ObjectRun(context, checked.placing, (prefix) => {
    counter.isProvedByListing = prefix !== undefined && checked.verify === 'listing';
    return counter;
  });
  await run.readReport();
  await run.run();
  const { extra } = checked;
  const deletes = extra === undefined ? [] : await findExtra(context, extra);
  const requests = Object.freeze(counter.countRequests(deletes.length));
  const { concurrency, limiter } = options;
  const work: RunWork = {
    bytes: counter.bytes,
    requests,
    longest: counter.longest(),
    maxRequestsPerSecond: limiter?.maxRequestsPerSecond ?? Number.POSITIVE_INFINITY,
  };
  const atATime = typeof concurrency === 'number' ? concurrency : ADAPTED_CONCURRENCY;
  return Object.freeze({
    listed: totals.listed,
    objects: counter.objects,
    bytes: counter.bytes,
    ofUnknownSize: counter.ofUnknownSize,
    skipped: totals.skipped + totals.copied,
    failed: totals.failed,
    deletes: Object.freeze(deletes),
    reasons: Object.freeze(Object.fromEntries(outcomes.reasons)),
    requests,
    estimate: estimateRun(work, { concurrency: atATime, ...assumed }),
    largest: Object.freeze(counter.largest),
    warnings: Object.freeze([...outcomes.warnings]),
  });
}

/** Counts objects instead of copying them. */
class ObjectCounter implements ObjectTaker {
  readonly #context: ManyContext;
  readonly #small: SmallCopies;
  readonly #counts = new Map<string, number>();
  readonly largest: { bucket: string; key: string; size: number }[] = [];
  isProvedByListing = false;
  objects = 0;
  bytes = 0;
  ofUnknownSize = 0;
  #inOneRequest = 0;

  constructor(context: ManyContext) {
    const never = (): void => undefined;
    this.#context = context;
    this.#small = new SmallCopies(context, {
      copied: never,
      again: never,
      withCare: never,
      dropped: never,
      failed: never,
    });
  }

  add(object: ManyObject): void {
    const { size } = object;
    this.objects++;
    this.bytes += size ?? 0;
    if (size === undefined) this.ofUnknownSize++;
    this.#noteLargest(object);
    if (this.#small.takes(object)) {
      this.#inOneRequest++;
      this.#count('copyObject', 1);
      return;
    }
    const { verify, multipartThreshold, from, options } = this.#context;
    const compares = options.ifExists !== undefined && options.ifExists !== 'overwrite';
    this.#count('headObject', 1 + Number(verify !== 'none') + Number(compares));
    const readsTags = options.preserve?.tags !== false && from.store.getObjectTagging !== undefined;
    this.#count('getObjectTagging', Number(readsTags));
    if (size === undefined || size <= multipartThreshold) return this.#count('copyObject', 1);
    this.#count('headObject', 1);
    this.#count('createMultipartUpload', 1);
    this.#count('copyPart', this.#partsOf(size).length);
    this.#count('completeMultipartUpload', 1);
  }

  /** Those of the listing, of the proofs, and of deletions. */
  countRequests(deletes: number): Record<string, number> {
    const { runner, verify } = this.#context;
    for (const [operation, count] of runner.requestsBy) this.#count(operation, count);
    const proofs = verify === 'none' ? 0 : this.#inOneRequest;
    if (this.isProvedByListing) this.#count('listObjects', Math.ceil(proofs / 1000));
    else this.#count('headObject', proofs);
    this.#count('deleteObjects', Math.ceil(deletes / 1000));
    return Object.fromEntries(this.#counts);
  }

  /** The largest object alone: no run ends before it. */
  longest(): RunWork['longest'] {
    const size = this.largest[0]?.size;
    if (size === undefined) return { size: 0, parts: [], requests: 0 };
    const parts = size > this.#context.multipartThreshold ? this.#partsOf(size) : [];
    return { size, parts, requests: parts.length === 0 ? 1 : parts.length + 5 };
  }

  #partsOf(size: number): readonly PartRange[] {
    const { to, options } = this.#context;
    const partSize = typeof options.partSize === 'number' ? options.partSize : undefined;
    return planParts(size, { limits: to.store.limits, ...(partSize !== undefined && { partSize }) });
  }

  #count(operation: string, by: number): void {
    if (by > 0) this.#counts.set(operation, (this.#counts.get(operation) ?? 0) + by);
  }

  #noteLargest({ bucket, key, size = 0 }: ManyObject): void {
    const least = this.largest.at(-1);
    if (least !== undefined && this.largest.length === MOST_LARGEST && least.size >= size) return;
    const at = this.largest.findIndex((other) => other.size < size);
    this.largest.splice(at === -1 ? this.largest.length : at, 0, { bucket, key, size });
    if (this.largest.length > MOST_LARGEST) this.largest.pop();
  }
}
