import type { CopyPlan } from '../plan/copy-plan.ts';
import { countRequests } from '../plan/count-requests.ts';
import { planStrategy } from '../plan/plan-strategy.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';
import { readPartLayout } from './read-part-layout.ts';

/** Concurrency that parts are planned for while the real one is still to be found out. */
const EXPECTED_CONCURRENCY = 32;

/** Plans the copy of a source that was inspected; `existing` is the destination where it is to be skipped. */
export async function makePlan(
  context: CopyContext,
  source: HeadObjectResult,
  existing: HeadObjectResult | undefined,
): Promise<CopyPlan> {
  const { options } = context;
  const { size, etag, lastModified, versionId } = source;
  const { tags } = options.overrides;
  const readsTags =
    options.preserve.tags !== false && tags === undefined && options.sourceStore.getObjectTagging !== undefined;
  const hasTags = tags === undefined ? readsTags && (source.tagCount ?? 0) > 0 : Object.keys(tags).length > 0;
  const layout =
    existing === undefined && options.partSize === 'source' ? await readPartLayout(context, source) : undefined;
  const count = (strategy: CopyPlan['strategy'], parts: number): number =>
    countRequests({
      strategy,
      parts,
      readsTags,
      readsAcl: options.preserve.acl === true,
      layoutHeads: layout?.length ?? 0,
      settlesTags: hasTags && options.store.putObjectTagging !== undefined,
      checksDestination: options.ifExists !== 'overwrite',
      verifies: options.verify !== 'none',
    });
  if (existing !== undefined) {
    return Object.freeze({
      strategy: 'skipped',
      size: existing.size,
      etag: existing.etag,
      lastModified: existing.lastModified,
      versionId: existing.versionId,
      partSize: existing.size,
      parts: Object.freeze([]),
      requests: count('skipped', 0),
    });
  }
  const { adaptive, max } = options.concurrency;
  return planStrategy({
    source: { size, etag, lastModified, versionId },
    limits: options.store.limits,
    multipartThreshold: options.multipartThreshold,
    partSize: options.partSize === 'source' ? 'auto' : options.partSize,
    keepsLayout: options.partSize === 'source',
    layout,
    concurrency: adaptive ? Math.min(max, EXPECTED_CONCURRENCY) : max,
    countRequests: count,
  });
}
