import { integer, optional, readOptions, type Rule } from '../check-options.ts';
import type { StoreLimits } from '../store/store-limits.ts';
import type { PartRange } from './part-range.ts';
import { choosePartSize, growPartSize } from './part-size.ts';

/** How parts are planned. */
export interface PlanPartsOptions {
  /**
   * Bytes of every part but the last. One that would need more parts than the store takes is grown; otherwise it is kept as it is,
   * and the last part is what remains. @default 'auto' (see `choosePartSize`)
   */
  readonly partSize?: number | 'auto' | undefined;
  /** Parts that are expected to be in flight together; only `'auto'` looks at it. @default 32 */
  readonly concurrency?: number | undefined;
  /** What the store allows: the `limits` of a `CopyStore`. */
  readonly limits: StoreLimits;
}

/**
 * Plans the parts of a copy of `size` bytes: in order, numbered from 1, tiling `[0, size)` exactly, at most 10,000, each within the
 * limits (the last one may be smaller than the minimum). Pure; array and parts are frozen. No bytes need no parts.
 *
 * @throws CopyOptionsError if `size` isn't an exact number of bytes, `partSize` is outside the limits, the object is larger than
 * they allow, or an option is unknown
 *
 * @example
 * planParts(300 * 1024 ** 2, { partSize: 128 * 1024 ** 2, limits: S3_LIMITS }).length // 3
 */
export function planParts(size: number, options: PlanPartsOptions): readonly PartRange[] {
  integer(0)(size, { path: 'size' });
  const { partSize, concurrency, limits: given } = readOptions(options, RULES, { path: '', owner: 'planParts' });
  const request = { size, concurrency, limits: given };
  return tileParts(size, partSize === 'auto' ? choosePartSize(request) : growPartSize(partSize, request));
}

// The planner itself looks at them.
const limits: Rule<StoreLimits> = (value) => value as StoreLimits;

const RULES = {
  partSize: optional((value, place) => (value === 'auto' ? value : integer(1)(value, place)), 'auto'),
  concurrency: optional(integer(1)),
  limits,
} satisfies Record<keyof PlanPartsOptions, Rule<unknown>>;

/** Equal parts, and a last one of what remains. */
export function tileParts(size: number, partSize: number): readonly PartRange[] {
  const sizes: number[] = [];
  // Never `start + partSize`: next to 2^53 it could pass the last exact integer.
  for (let left = size; left > 0; left -= partSize) sizes.push(Math.min(partSize, left));
  return layParts(sizes);
}

/** Parts of these sizes, one after the other. Array and parts are frozen. */
export function layParts(sizes: readonly number[]): readonly PartRange[] {
  let start = 0;
  const parts = sizes.map((size, index) => {
    const part = Object.freeze({ partNumber: index + 1, start, end: start + size - 1, size });
    start += size;
    return part;
  });
  return Object.freeze(parts);
}
