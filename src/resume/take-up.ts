import type { CopyPlan } from '../plan/copy-plan.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import { UNRECORDED } from '../engine/upload-record.ts';
import { identifyCopy } from './copy-identity.ts';
import type { EarlierRun } from './earlier-run.ts';
import { takeUpUploadId } from './take-up-upload-id.ts';
import type { TakenUp } from './taken-up.ts';

/**
 * Takes up what an earlier run left: by its checkpoint, or by an upload id that the caller names. A checkpoint that doesn't fit is
 * dropped with a warning, its upload is aborted, and the copy starts afresh; an upload id that can't be gone on with is an error.
 */
export async function takeUp(
  context: CopyContext,
  earlier: EarlierRun | undefined,
  plan: CopyPlan,
  source: HeadObjectResult,
  properties: ObjectProperties,
): Promise<TakenUp> {
  const { resume } = context.options;
  if (resume !== undefined) return takeUpUploadId(context, resume, plan, source);
  if (earlier === undefined) return { plan, resumed: undefined, lostBefore: undefined, record: UNRECORDED };
  return earlier.takeUp(identifyCopy(context, source, properties), plan, source);
}
