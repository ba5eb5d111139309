import {
  type Checkpoint,
  type CheckpointDestination,
  type CheckpointSource,
  restoreParts,
} from './checkpoint/checkpoint.ts';
import { findCheckpointMismatch, fingerprintDestination } from './checkpoint/checkpoint-match.ts';
import type { CheckpointSession } from './checkpoint/checkpoint-session.ts';
import { CheckpointError, CopyError } from './errors.ts';
import type { CopyPlan } from './plan/copy-plan.ts';
import type { PartRange } from './plan/part-range.ts';
import { planParts } from './plan/plan-parts.ts';
import type { HeadObjectResult, ObjectProperties } from './store/copy-store.ts';
import { abortUpload, warnOfLeftUpload } from './transfer/abort-upload.ts';
import type { CopyContext } from './transfer/copy-context.ts';
import { CLOCK_TOLERANCE_MS, LATE_CREATE_MS, sweepOrphans } from './transfer/orphan-uploads.ts';
import { listAllParts } from './transfer/listed-parts.ts';
import { guessPartSize, type ResumedUpload, resumeUpload, showsLayout } from './transfer/resume-upload.ts';

/** What a copy goes on with: the plan, and the upload of an earlier run where there is one. */
export interface TakenUp {
  readonly plan: CopyPlan;
  readonly resumed: ResumedUpload | undefined;
  /** Records that an upload is about to be begun. */
  readonly onCreate: () => Promise<void>;
  /** Records the upload before its first part is copied. */
  readonly onUpload: (uploadId: string) => Promise<void>;
}

const nothingToRecord = {
  onCreate: (): Promise<void> => Promise.resolve(),
  onUpload: (): Promise<void> => Promise.resolve(),
};

/**
 * Takes up what an earlier run left: by checkpoint, or by an upload id that the caller names. A checkpoint that doesn't fit is
 * dropped with a warning, its upload is aborted, and the copy starts afresh; an upload id that the caller named himself and that
 * can't be gone on with is an error.
 */
export async function takeUp(
  context: CopyContext,
  session: CheckpointSession | undefined,
  plan: CopyPlan,
  source: HeadObjectResult,
  properties: ObjectProperties,
): Promise<TakenUp> {
  if (context.options.resume !== undefined) return takeUpByUploadId(context, context.options.resume, plan, source);
  if (session === undefined) return { plan, resumed: undefined, ...nothingToRecord };
  const identity = identify(context, source, properties);
  const taken = await takeUpByCheckpoint(context, session, identity, plan, source);
  if (taken !== undefined) return { ...taken, ...nothingToRecord };
  const { clock } = context;
  let createdAt = '';
  return {
    plan,
    resumed: undefined,
    onCreate: () => {
      createdAt = new Date(clock.now()).toISOString();
      return session.save(identity, plan.parts, createdAt, undefined);
    },
    onUpload: (uploadId) => session.save(identity, plan.parts, createdAt, uploadId),
  };
}

interface Identity {
  readonly source: CheckpointSource;
  readonly destination: CheckpointDestination;
}

function identify({ options }: CopyContext, head: HeadObjectResult, properties: ObjectProperties): Identity {
  return {
    source: { ...options.source, size: head.size, etag: head.etag, lastModified: head.lastModified?.toISOString() },
    destination: { ...options.destination, fingerprint: fingerprintDestination(properties, options.sse) },
  };
}

async function takeUpByCheckpoint(
  context: CopyContext,
  session: CheckpointSession,
  identity: Identity,
  plan: CopyPlan,
  head: HeadObjectResult,
): Promise<{ readonly plan: CopyPlan; readonly resumed: ResumedUpload } | undefined> {
  const { reporter } = context;
  const loaded = await session.load();
  if (loaded === undefined) return undefined;
  const startAfresh = (reason: string): undefined => {
    reporter.warning('CHECKPOINT_DISCARDED', `The checkpoint was not used, the copy starts afresh: ${reason}`);
    return undefined;
  };
  // Only the upload is dropped: no object is touched.
  const dropAndStartAfresh = async (uploadId: string, reason: string): Promise<undefined> => {
    const failure = await abortUpload(context, uploadId);
    if (failure !== undefined) warnOfLeftUpload(context, uploadId, failure);
    return startAfresh(reason);
  };
  if ('reason' in loaded) {
    // Starting afresh would overwrite what a later version of this library may be able to use.
    if (loaded.kind === 'newer') throw new CheckpointError(`Cannot use the checkpoint as ${loaded.reason}`);
    return startAfresh(loaded.reason);
  }
  const mismatch =
    findCheckpointMismatch(loaded, identity) ??
    (plan.strategy === 'multipart' ? undefined : 'this copy is not made in parts') ??
    (context.options.partSize === 'source' && !haveSameSizes(restoreParts(loaded), plan.parts)
      ? 'its parts are not those of the source'
      : undefined);
  if (loaded.uploadId === undefined) {
    await sweepAfterCrash(context, loaded);
    return mismatch === undefined ? undefined : startAfresh(mismatch);
  }
  if (mismatch !== undefined) {
    const { bucket, key } = identity.destination;
    const isOurs = loaded.destination.bucket === bucket && loaded.destination.key === key;
    return isOurs ? dropAndStartAfresh(loaded.uploadId, mismatch) : startAfresh(mismatch);
  }
  const parts = restoreParts(loaded);
  const resumed = await resumeUpload(context, loaded.uploadId, parts, head.lastModified);
  if ('reason' in resumed) return dropAndStartAfresh(loaded.uploadId, resumed.reason);
  return { plan: withParts(plan, parts), resumed };
}

async function takeUpByUploadId(
  context: CopyContext,
  uploadId: string,
  plan: CopyPlan,
  head: HeadObjectResult,
): Promise<TakenUp> {
  const refuse = (reason: string): never => {
    throw new CopyError(`Cannot resume: ${reason}`);
  };
  if (plan.strategy !== 'multipart') refuse('this copy is not made in parts');
  const listed = await listAllParts(context, uploadId, context.signal);
  if (listed === undefined) refuse(`upload ${uploadId} does not exist (any more)`);
  const { limits } = context.options.store;
  const guess = context.options.partSize === 'auto' ? guessPartSize(listed ?? []) : undefined;
  const parts = guess === undefined ? plan.parts : planParts(plan.size, { partSize: guess, limits });
  const resumed = await resumeUpload(context, uploadId, parts, head.lastModified);
  if ('reason' in resumed) return refuse(resumed.reason);
  if (!showsLayout(listed ?? [], parts) && resumed.parts.length > 0) {
    context.reporter.warning(
      'PARTS_NOT_KEPT',
      `The parts of upload ${uploadId} don't show where in the object they belong, so they are copied again`,
    );
    return { plan: withParts(plan, parts), resumed: { ...resumed, parts: [] }, ...nothingToRecord };
  }
  return { plan: withParts(plan, parts), resumed, ...nothingToRecord };
}

/** The process ended between Create and its answer being recorded, so that there may be an upload whose id nobody knows. */
async function sweepAfterCrash(context: CopyContext, { destination, createdAt }: Checkpoint): Promise<void> {
  const { bucket, key } = context.options.destination;
  if (destination.bucket !== bucket || destination.key !== key) return;
  const beganAt = Date.parse(createdAt);
  await sweepOrphans(context, {
    beganAt: beganAt - CLOCK_TOLERANCE_MS,
    endedAt: beganAt + LATE_CREATE_MS,
    lostAnswers: 1,
    uploadId: undefined,
  });
}

function haveSameSizes(a: readonly PartRange[], b: readonly PartRange[]): boolean {
  return a.length === b.length && a.every(({ size }, index) => size === b[index]?.size);
}

function withParts(plan: CopyPlan, parts: readonly PartRange[]): CopyPlan {
  const partSize = parts.reduce((largest, part) => Math.max(largest, part.size), 0);
  return Object.freeze({ ...plan, parts, partSize, requests: plan.requests - plan.parts.length + parts.length });
}
