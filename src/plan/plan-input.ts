import { anObject, integer } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { StoreLimits } from '../store/store-limits.ts';
import { formatBytes } from './byte-size.ts';

/** No store takes more parts in one upload, whatever its `limits` say: part numbers run from 1 to this. */
const MOST_PARTS = 10_000;

/** The largest exact integer stands for "no limit". */
function bounded(value: unknown): unknown {
  return value === Infinity ? Number.MAX_SAFE_INTEGER : value;
}

/**
 * Returns the limits as finite integers, at most 10,000 parts. A `maxPartSize` of `Infinity` counts as the largest exact integer.
 *
 * @throws CopyOptionsError if they aren't limits or contradict themselves
 */
export function normalizeLimits(limits: StoreLimits): StoreLimits {
  anObject(limits, { path: 'limits' });
  const minPartSize = integer(0)(limits.minPartSize, { path: 'limits.minPartSize' });
  const maxPartSize = integer(1)(bounded(limits.maxPartSize), { path: 'limits.maxPartSize' });
  const maxParts = Math.min(integer(1)(bounded(limits.maxParts), { path: 'limits.maxParts' }), MOST_PARTS);
  if (minPartSize > maxPartSize) {
    throw new CopyOptionsError(
      `Option 'limits.minPartSize' must not be larger than limits.maxPartSize: it is ${minPartSize}, and the other ${maxPartSize}`,
    );
  }
  return { minPartSize: Math.max(minPartSize, 1), maxPartSize, maxParts, maxCopyObjectSize: limits.maxCopyObjectSize };
}

/**
 * Refuses an object that no part size can cover.
 *
 * @throws CopyOptionsError that says how large an object the store can assemble
 */
export function requireFits(size: number, limits: StoreLimits): void {
  // The product may pass 2^53; it is then only compared with sizes below, so its rounding can't matter.
  const largest = limits.maxParts * limits.maxPartSize;
  if (size <= largest) return;
  throw new CopyOptionsError(
    `Cannot plan the copy of ${size} bytes (${formatBytes(size)}) as ${limits.maxParts} parts of at most ` +
      `${formatBytes(limits.maxPartSize)} make ${formatBytes(largest)} (${largest} bytes), the largest object that the store can assemble`,
  );
}
