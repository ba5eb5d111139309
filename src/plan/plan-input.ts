import { CopyOptionsError } from '../errors.ts';
import type { StoreLimits } from '../store/store-limits.ts';
import { formatBytes } from './byte-size.ts';

/** No store takes more parts in one upload, whatever its `limits` say: part numbers run from 1 to this. */
const MOST_PARTS = 10_000;

/** Says what a value is, for an error message; objects are named by their kind only, as they might hold secrets. */
function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

/**
 * Returns the value where it is an integer within bounds.
 *
 * @throws CopyOptionsError that names the option, the rule and the value
 */
export function requireInteger(
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const rule =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least} (and at most 2^53 - 1)` : `from ${least} to ${most}`;
  throw new CopyOptionsError(
    `Cannot plan the copy as "${name}" must be an integer ${rule}: current value is ${describeValue(value)}`,
  );
}

/**
 * Returns the limits as finite integers, at most 10,000 parts. A `maxPartSize` of `Infinity` counts as the largest exact integer.
 *
 * @throws CopyOptionsError where they aren't limits or contradict themselves
 */
export function normalizeLimits(limits: StoreLimits): StoreLimits {
  if (typeof limits !== 'object' || limits === null) {
    throw new CopyOptionsError(
      `Cannot plan the copy as "limits" must be a store's limits: current value is ${describeValue(limits)}`,
    );
  }
  const unbounded = (value: number): number => (value === Infinity ? Number.MAX_SAFE_INTEGER : value);
  const minPartSize = requireInteger('limits.minPartSize', limits.minPartSize, 0);
  const maxPartSize = requireInteger('limits.maxPartSize', unbounded(limits.maxPartSize), 1);
  const maxParts = Math.min(requireInteger('limits.maxParts', unbounded(limits.maxParts), 1), MOST_PARTS);
  if (minPartSize > maxPartSize) {
    throw new CopyOptionsError(
      `Cannot plan the copy as limits.minPartSize (${minPartSize}) is larger than limits.maxPartSize (${maxPartSize})`,
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

/**
 * Refuses option names that aren't known, so that `partsize` doesn't silently mean the default.
 *
 * @throws CopyOptionsError that names the unknown option and the known ones
 */
export function requireKnownOptions(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new CopyOptionsError(
      `Cannot plan the copy as its options must be an object: current value is ${describeValue(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new CopyOptionsError(`Cannot plan the copy as "${name}" is not an option: known are ${known.join(', ')}`);
    }
  }
}
