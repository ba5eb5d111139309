import { integer } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { StoreLimits } from '../store/store-limits.ts';
import { formatBytes, MIB } from './byte-size.ts';
import { normalizeLimits, requireFits } from './plan-input.ts';

/**
 * What a part aims to be. A published benchmark of a 10 GiB copy took 5.8 s with parts of 64 MiB, 4.8 s with 128 MiB, 11.5 s with
 * 512 MiB and 17.2 s with 1 GiB; and every part is a billed request.
 */
const TARGET_PART_SIZE = 128 * MIB;

/** Parts aren't made smaller than this for the sake of concurrency alone: below it, the request costs more than the bytes. */
const SMALL_PART_SIZE = 16 * MIB;

/** Concurrency to plan for if none is given. */
const ASSUMED_CONCURRENCY = 32;

/** What a part size is chosen from. Sizes are bytes. */
export interface PartSizeRequest {
  readonly size: number;
  /** Parts that are expected to be in flight together. @default 32 */
  readonly concurrency?: number | undefined;
  readonly limits: StoreLimits;
}

/**
 * Chooses a part size, in bytes:
 *
 * 1. Parts aim at 128 MiB.
 * 2. An object too small to give every slot of `concurrency` such a part gets smaller ones, down to 16 MiB.
 * 3. The number of parts is a multiple of `concurrency` if at least one full wave fits, so that the last wave is as full as the
 *    first; that moves the size to between 85 and 192 MiB.
 * 4. An object that would need more parts than the store takes gets larger ones.
 * 5. The size is rounded up to 1 MiB if the count stays the same and the last part is at least half as large as the others,
 *    else to the next smaller power of two that does it.
 *
 * The store's limits win over each of these.
 *
 * @throws CopyOptionsError if the object is larger than the store's limits allow, or a value isn't a size
 */
export function choosePartSize({ size, concurrency, limits }: PartSizeRequest): number {
  const bounds = normalizeLimits(limits);
  requireFits(size, bounds);
  const count = countParts(size, concurrency ?? ASSUMED_CONCURRENCY, bounds);
  return clampPartSize(spreadParts(size, count, bounds.maxPartSize), bounds);
}

/**
 * The part size to use if the caller named one: that one, or, if it would need more parts than the store takes, the
 * next multiple of 1 MiB that is large enough and leaves no sliver of a last part.
 *
 * @throws CopyOptionsError if `partSize` is outside the store's limits, or the object is larger than they allow
 */
export function growPartSize(partSize: number, { size, limits }: PartSizeRequest): number {
  const bounds = requirePartSize(partSize, limits);
  requireFits(size, bounds);
  if (ceilDivide(size, partSize) <= bounds.maxParts) return partSize;
  return clampPartSize(roundUpPartSize(size, bounds.maxParts, bounds.maxPartSize), bounds);
}

/**
 * Refuses a part size that the store doesn't take, and returns the store's limits.
 *
 * @throws CopyOptionsError if `partSize` is outside the store's limits, or these aren't limits
 */
export function requirePartSize(partSize: number, limits: StoreLimits): StoreLimits {
  integer(1)(partSize, { path: 'partSize' });
  const bounds = normalizeLimits(limits);
  if (partSize < bounds.minPartSize || partSize > bounds.maxPartSize) {
    throw new CopyOptionsError(
      `Cannot copy with a partSize of ${partSize} bytes (${formatBytes(partSize)}) as the store takes parts of ` +
        `${bounds.minPartSize} bytes (${formatBytes(bounds.minPartSize)}) to ${bounds.maxPartSize} bytes (${formatBytes(bounds.maxPartSize)})`,
    );
  }
  return bounds;
}

/** Rules 1 to 4: how many parts. */
function countParts(size: number, concurrency: number, limits: StoreLimits): number {
  const target = clampPartSize(TARGET_PART_SIZE, limits);
  const smallest = clampPartSize(SMALL_PART_SIZE, limits);
  const fewest = Math.max(1, ceilDivide(size, limits.maxPartSize));
  const most = Math.max(1, Math.min(Math.floor(size / smallest), limits.maxParts));
  const wanted = size / target;
  // Nearest number of full waves; one wave at least, so that a smaller object still occupies every slot.
  const inWaves = Math.max(1, Math.round(wanted / concurrency)) * concurrency;
  const fullWaves = inWaves <= most ? inWaves : Math.floor(most / concurrency) * concurrency;
  return Math.max(fullWaves >= 1 ? fullWaves : most, fewest);
}

/** Rule 5: the roundest part size that covers `size` in exactly `count` parts and leaves no sliver. */
function spreadParts(size: number, count: number, maxPartSize: number): number {
  const even = Math.max(1, ceilDivide(size, count));
  for (let step = MIB; step > 1; step /= 2) {
    const partSize = ceilDivide(even, step) * step;
    const fits = partSize <= maxPartSize && ceilDivide(size, partSize) === count;
    if (fits && !leavesSliver(size, partSize)) return partSize;
  }
  return even;
}

/** The next multiple of 1 MiB that covers `size` in at most `count` parts and leaves no sliver; next to the maximum, an even share. */
function roundUpPartSize(size: number, count: number, maxPartSize: number): number {
  const least = ceilDivide(ceilDivide(size, count), MIB) * MIB;
  for (let partSize = least; partSize <= Math.min(maxPartSize, least + 16 * MIB); partSize += MIB) {
    if (!leavesSliver(size, partSize)) return partSize;
  }
  return spreadParts(size, count, maxPartSize);
}

/** Whether the last part would be less than half as large as the others: a request for hardly any bytes. */
function leavesSliver(size: number, partSize: number): boolean {
  const last = size % partSize;
  return size > partSize && last !== 0 && last * 2 < partSize;
}

/** `ceil(a / b)`, exact for every safe integer: `Math.ceil(a / b)` rounds the quotient first. */
function ceilDivide(dividend: number, divisor: number): number {
  const remainder = dividend % divisor;
  return (dividend - remainder) / divisor + (remainder === 0 ? 0 : 1);
}

function clampPartSize(partSize: number, limits: StoreLimits): number {
  return Math.min(Math.max(partSize, limits.minPartSize), limits.maxPartSize);
}
