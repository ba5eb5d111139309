import type { StoreLimits } from '../store/store-limits.ts';
import { requireInteger, requireKnownOptions } from './plan-input.ts';
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
 * @throws CopyOptionsError where `size` isn't an exact number of bytes, `partSize` is outside the limits, the object is larger than
 * they allow, or an option is unknown
 *
 * @example
 * planParts(300 * 1024 ** 2, { partSize: 128 * 1024 ** 2, limits: S3_LIMITS }).length // 3
 */
export function planParts(size: number, options: PlanPartsOptions): readonly PartRange[] {
  requireInteger('size', size, 0);
  requireKnownOptions(options, ['partSize', 'concurrency', 'limits']);
  const { partSize = 'auto', concurrency, limits } = options;
  if (concurrency !== undefined) requireInteger('concurrency', concurrency, 1);
  const request = { size, concurrency, limits };
  return tileParts(size, partSize === 'auto' ? choosePartSize(request) : growPartSize(partSize, request));
}

function tileParts(size: number, partSize: number): readonly PartRange[] {
  const parts: PartRange[] = [];
  for (let start = 0; start < size; start += partSize) {
    // Never `start + partSize`: next to 2^53 it could pass the last exact integer.
    const bytes = Math.min(partSize, size - start);
    parts.push(Object.freeze({ partNumber: parts.length + 1, start, end: start + bytes - 1, size: bytes }));
  }
  return Object.freeze(parts);
}
