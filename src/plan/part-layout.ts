import { integer } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { StoreLimits } from '../store/store-limits.ts';
import { formatBytes } from './byte-size.ts';
import type { PartRange } from './part-range.ts';
import { normalizeLimits } from './plan-input.ts';
import { layParts } from './plan-parts.ts';

const partBytes = integer(1);

/**
 * Plans parts of given sizes, such as the source's own: same parts, same ETag. Array and parts are frozen.
 *
 * @param partSizes bytes of each part, in order
 * @throws CopyOptionsError if they don't add up to `size`, are too many, or one is outside the store's limits
 */
export function planPartLayout(
  partSizes: readonly number[],
  { size, limits }: { readonly size: number; readonly limits: StoreLimits },
): readonly PartRange[] {
  integer(0)(size, { path: 'size' });
  const { minPartSize, maxPartSize, maxParts } = normalizeLimits(limits);
  if (partSizes.length > maxParts) {
    throw new CopyOptionsError(
      `Cannot keep the layout of ${partSizes.length} parts as the store takes at most ${maxParts}`,
    );
  }
  let total = 0;
  for (const [index, given] of partSizes.entries()) {
    const partNumber = index + 1;
    const bytes = partBytes(given, { path: `size of part ${partNumber}` });
    if (bytes > maxPartSize || (bytes < minPartSize && partNumber < partSizes.length)) {
      throw new CopyOptionsError(
        `Cannot keep the layout as part ${partNumber} of ${partSizes.length} has ${bytes} bytes: ` +
          `the store takes parts of ${formatBytes(minPartSize)} to ${formatBytes(maxPartSize)}`,
      );
    }
    total += bytes;
  }
  // At most 10,000 safe integers: a sum that is rounded is no size.
  if (total !== size) {
    throw new CopyOptionsError(
      `Cannot keep the layout as its ${partSizes.length} parts make ${total} bytes: the object has ${size}`,
    );
  }
  return layParts(partSizes);
}
