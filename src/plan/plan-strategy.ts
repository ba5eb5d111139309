import { CopyOptionsError } from '../errors.ts';
import type { StoreLimits } from '../store/store-limits.ts';
import type { CopyPlan } from './copy-plan.ts';
import { planPartLayout } from './part-layout.ts';
import type { PartRange } from './part-range.ts';
import { planParts } from './plan-parts.ts';

/** What is known of the source. */
export interface PlannedSource {
  readonly size: number;
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly versionId: string | undefined;
}

/** What the plan depends on. */
export interface CopyPlanInput {
  readonly source: PlannedSource;
  readonly limits: StoreLimits;
  readonly multipartThreshold: number;
  readonly partSize: number | 'auto';
  /** Sizes of the source's own parts, where the copy is to have the same. */
  readonly layout?: readonly number[] | undefined;
  /** Whether the source's own layout was asked for. */
  readonly keepsLayout: boolean;
  readonly concurrency: number;
  readonly countRequests: (strategy: 'single' | 'multipart', parts: number) => number;
}

/**
 * Chooses between a single CopyObject and parts, and plans the parts. Pure.
 *
 * @throws CopyOptionsError for what can't be planned
 */
export function planStrategy(input: CopyPlanInput): CopyPlan {
  const { source, limits, layout } = input;
  const single = input.keepsLayout ? layout === undefined : source.size <= input.multipartThreshold;
  if (single || source.size === 0) {
    if (source.size > limits.maxCopyObjectSize) {
      throw new CopyOptionsError(
        `Option 'partSize' can't be 'source' as the source has ${source.size} bytes in one piece, and a single copy takes ${limits.maxCopyObjectSize}`,
      );
    }
    return finish(input, 'single', []);
  }
  const parts =
    layout === undefined
      ? planParts(source.size, { partSize: input.partSize, concurrency: input.concurrency, limits })
      : planPartLayout(layout, { size: source.size, limits });
  return finish(input, 'multipart', parts);
}

function finish(input: CopyPlanInput, strategy: 'single' | 'multipart', parts: readonly PartRange[]): CopyPlan {
  const { size, etag, lastModified, versionId } = input.source;
  const partSize = parts.reduce((largest, part) => Math.max(largest, part.size), strategy === 'single' ? size : 0);
  return Object.freeze({
    strategy,
    size,
    etag,
    lastModified,
    versionId,
    partSize,
    parts: Object.freeze(parts),
    requests: input.countRequests(strategy, parts.length),
  });
}
