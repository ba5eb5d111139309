import { restoreParts } from './checkpoint.ts';
import { makePlan } from '../engine/make-plan.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import { concludeUpload } from '../engine/conclude-upload.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import type { FinishedCopy } from '../engine/finished-copy.ts';
import { findSourceChecksum } from '../engine/source-checksum.ts';
import { identifyCopy } from './copy-identity.ts';
import type { EarlierRun } from './earlier-run.ts';
import { findEarlierCompletion } from './find-earlier-completion.ts';
import { withParts } from './taken-up.ts';

/** A copy that needed no more than its verification. */
export interface FinishedEarlier {
  readonly plan: CopyPlan;
  readonly finished: FinishedCopy;
  readonly properties: ObjectProperties;
}

/**
 * Finishes a copy that an earlier run had completed when it ended, though it didn't get to say so. Nothing is copied again, and an object
 * of this copy's own isn't taken for one that `ifExists` is about. Undefined where it isn't such a copy.
 */
export async function finishEarlier(
  context: CopyContext,
  earlier: EarlierRun | undefined,
  source: HeadObjectResult,
  readProperties: () => Promise<ObjectProperties>,
): Promise<FinishedEarlier | undefined> {
  const checkpoint = earlier?.checkpoint;
  if (earlier === undefined || checkpoint?.completing === undefined) return undefined;
  const properties = await readProperties();
  if (earlier.findMismatch(identifyCopy(context, source, properties)) !== undefined) return undefined;
  const found = await findEarlierCompletion(context, checkpoint, properties, earlier.begunAt);
  if (found === undefined) return undefined;
  const { reporter, options } = context;
  const parts = restoreParts(checkpoint);
  const plan: CopyPlan = Object.freeze({
    ...withParts(await makePlan(context, source, undefined), parts),
    strategy: 'multipart',
  });
  reporter.plan(plan);
  reporter.upload({ uploadId: found.uploadId, resumed: true, partsAlreadyCopied: parts.length });
  reporter.alreadyCopied(parts.length, plan.size);
  const finished = await concludeUpload(context, {
    ...found,
    source,
    plan,
    properties,
    begunAt: earlier.begunAt,
    checksum: findSourceChecksum(source, options.partSize === 'source'),
    resumed: true,
    hedges: 0,
  });
  await earlier.sweep();
  return { plan, finished, properties };
}
