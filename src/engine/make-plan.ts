import { CopyOptionsError } from '../errors.ts';
import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import { planPartLayout } from '../plan/part-layout.ts';
import type { PartRange } from '../plan/part-range.ts';
import { planParts } from '../plan/plan-parts.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';
import { NO_PART_COPY } from './missing-calls.ts';
import { isRemembered } from './optional-headers.ts';
import { readPartLayout } from './read-part-layout.ts';

/** Concurrency that parts are planned for while the real one is still to be found out. */
const EXPECTED_CONCURRENCY = 32;

/**
 * Plans the copy of a source that was inspected: by one CopyObject, or in parts. `existing` is the destination if it is to be skipped.
 *
 * @throws CopyOptionsError for what can't be planned
 */
export async function makePlan(
  context: CopyContext,
  source: HeadObjectResult,
  existing: HeadObjectResult | undefined,
): Promise<CopyPlan> {
  const { options } = context;
  const { limits } = options.store;
  const { size } = source;
  const heads = [source !== context.knownSource, looksAtDestination(options)].filter(Boolean).length;
  if (existing !== undefined) return freezePlan('skipped', existing, [], heads);
  const keepsLayout = options.partSize === 'source';
  const layout = keepsLayout ? await readPartLayout(context, source) : undefined;
  const before = heads + (layout?.length ?? 0) + countExtras(context, source);
  const hasPartCopy = !isRemembered(options.store, NO_PART_COPY);
  const threshold = Math.max(options.multipartThreshold, hasPartCopy ? 0 : limits.maxCopyObjectSize);
  const isSingle = keepsLayout ? layout === undefined : size <= threshold;
  if (isSingle || size === 0) {
    if (size > limits.maxCopyObjectSize) {
      throw new CopyOptionsError(
        `Option 'partSize' can't be 'source' as the source has ${size} bytes in one piece, and a single copy takes ${limits.maxCopyObjectSize}`,
      );
    }
    return freezePlan('single', source, [], before + 1);
  }
  const { adaptive, max } = options.concurrency;
  const concurrency = adaptive ? Math.min(max, EXPECTED_CONCURRENCY) : max;
  const partSize = options.partSize === 'source' ? 'auto' : options.partSize;
  const parts =
    layout === undefined
      ? planParts(size, { partSize, concurrency, limits })
      : planPartLayout(layout, { size, limits });
  // Create, the source once more, Complete.
  return freezePlan('multipart', source, parts, before + parts.length + 3);
}

/** Whether `ifExists` asks for a HEAD of the destination before the copy. */
export function looksAtDestination({ ifExists, skipsSame }: NormalizedCopyOptions): boolean {
  return ifExists !== 'overwrite' || skipsSame;
}

/** Requests for tags and the ACL of the source, for a look at the copy and for its tags. */
function countExtras({ options }: CopyContext, source: HeadObjectResult): number {
  const { overrides, preserve, sourceStore, store, verify } = options;
  const { tags } = overrides;
  const readsTags = preserve.tags !== false && tags === undefined && sourceStore.getObjectTagging !== undefined;
  const hasTags = tags === undefined ? readsTags && (source.tagCount ?? 0) > 0 : Object.keys(tags).length > 0;
  const settlesTags = hasTags && store.putObjectTagging !== undefined;
  return [readsTags, settlesTags, preserve.acl === true, verify !== 'none'].filter(Boolean).length;
}

export function freezePlan(
  strategy: CopyPlan['strategy'],
  { size, etag, lastModified, versionId }: HeadObjectResult,
  parts: readonly PartRange[],
  requests: number,
): CopyPlan {
  const partSize = parts.reduce((largest, part) => Math.max(largest, part.size), strategy === 'multipart' ? 0 : size);
  return Object.freeze({
    strategy,
    size,
    etag,
    lastModified,
    versionId,
    partSize,
    parts: Object.freeze(parts),
    requests,
  });
}
