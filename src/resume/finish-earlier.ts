import { answerFromHead } from '../engine/complete.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import { expectJoinedEtag } from '../engine/etag.ts';
import { findOutcome } from '../engine/find-completed.ts';
import { makePlan } from '../engine/make-plan.ts';
import { expectEtag } from '../engine/complete-parts.ts';
import type { FinishedMultipart } from '../engine/multipart.ts';
import { findSourceChecksum } from '../engine/source-checksum.ts';
import { Target } from '../engine/target.ts';
import { verifyCopy } from '../engine/verify.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import { restoreParts } from './checkpoint-layout.ts';
import { findCheckpointMismatch, identifyCopy } from './checkpoint-match.ts';
import type { EarlierRun } from './earlier-run.ts';
import { type Checkpoint, NOT_ENCRYPTED } from './parse-checkpoint.ts';
import { withParts } from './resumption.ts';

/** A Complete that was on its way when its process was killed has come through by then. */
const LONGEST_COMPLETE_MS = 600_000;

/** A copy that needed no more than its verification. */
export interface FinishedEarlier {
  readonly plan: CopyPlan;
  readonly finished: FinishedMultipart;
  readonly properties: ObjectProperties;
}

/**
 * Finishes a copy that an earlier run had completed when it ended, though it didn't get to say so. Nothing is copied again, and an object
 * of this copy's own doesn't count as one that `ifExists` is about. Undefined if it isn't such a copy.
 */
export async function finishEarlier(
  context: CopyContext,
  earlier: EarlierRun | undefined,
  source: HeadObjectResult,
  readProperties: () => Promise<ObjectProperties>,
): Promise<FinishedEarlier | undefined> {
  const checkpoint = earlier?.checkpoint;
  const uploadId = checkpoint?.uploadId;
  if (earlier === undefined || checkpoint?.completing === undefined || uploadId === undefined) return undefined;
  const properties = await readProperties();
  if (findCheckpointMismatch(checkpoint, identifyCopy(context, source, properties)) !== undefined) return undefined;
  const parts = restoreParts(checkpoint);
  const target = new Target(context, source, properties);
  target.begunAt = earlier.begunAt;
  restoreTarget(target, checkpoint, uploadId, parts.length);
  const outcome = await findOutcome(context, target, uploadId);
  if (outcome.state !== 'completed') return undefined;
  target.answer = answerFromHead(outcome.head, false);
  expectEtag(context, target, source, target.etag);
  const { reporter } = context;
  const plan: CopyPlan = Object.freeze({
    ...withParts(await makePlan(context, source, undefined), parts),
    strategy: 'multipart',
  });
  reporter.plan(plan);
  reporter.upload({ uploadId, resumed: true, partsAlreadyCopied: parts.length });
  reporter.alreadyCopied(parts.length, plan.size);
  const verified = await verifyCopy(context, target, findSourceChecksum(context, source));
  await earlier.sweep();
  return { plan, finished: { ...verified, plan, uploadId, resumed: true, hedges: 0 }, properties };
}

/** What the finished object will be known by, as it was recorded right before Complete. */
function restoreTarget(
  target: Target,
  { encryption, versionId, completing }: Checkpoint,
  uploadId: string,
  parts: number,
): void {
  target.noteUpload({ uploadId, versionId, encryption: encryption === NOT_ENCRYPTED ? undefined : encryption }, parts);
  const { etag, alternativeEtag = etag, etagBefore, at = '' } = completing ?? {};
  const predicted =
    etag === undefined || alternativeEtag === undefined ? undefined : { etag, alternative: alternativeEtag };
  target.etag = expectJoinedEtag(predicted);
  target.etagBefore = etagBefore;
  target.mayBeFinished = true;
  target.finishedBy = new Date(Date.parse(at) + LONGEST_COMPLETE_MS);
}
