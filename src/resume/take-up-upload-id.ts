import { CopyError } from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { PartRange } from '../plan/part-range.ts';
import { planParts } from '../plan/plan-parts.ts';
import type { HeadObjectResult, ListedPart } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import { type Moment, momentBefore } from '../request/moment.ts';
import { listUploadsOfKey } from '../engine/listed-uploads.ts';
import { UNRECORDED } from '../engine/upload-record.ts';
import { findKeepable, findPartBeyond, guessPartSize, showsLayout, withoutHoles } from './keepable-parts.ts';
import { lookAtUpload } from './look-at-upload.ts';
import { type TakenUp, withParts } from './taken-up.ts';

/** Dates of stores have no fractions. */
const DATE_RESOLUTION_MS = 1000;

/** A part that was stored so long after the source was last written has certainly read that source: no part takes longer. */
const LONGEST_PART_MS = 3_600_000;

/**
 * Takes up an upload that the caller names, of which nothing else is known. Parts count where it is certain that they have the bytes
 * that belong there: the upload was begun after the source was last written, and its parts show their layout. All others are
 * copied again, and a warning says why.
 *
 * @throws CopyError where the upload can't be gone on with
 */
export async function takeUpUploadId(
  context: CopyContext,
  uploadId: string,
  plan: CopyPlan,
  source: HeadObjectResult,
): Promise<TakenUp> {
  if (plan.strategy !== 'multipart') throw cannotResume('this copy is not made in parts');
  const listed = await lookAtUpload(context, uploadId);
  if (listed === 'gone') throw cannotResume(`upload ${uploadId} does not exist (any more)`);
  const initiated = await findInitiated(context, uploadId);
  const isGuess = context.options.partSize === 'auto';
  const known = listed === 'hidden' ? [] : listed;
  const guess = isGuess ? guessPartSize(known) : undefined;
  const { limits } = context.options.store;
  const parts = guess === undefined ? plan.parts : planParts(plan.size, { partSize: guess, limits });
  const beyond = findPartBeyond(known, parts);
  if (beyond !== undefined) {
    throw cannotResume(`upload ${uploadId} has a part ${beyond.partNumber}, and the plan has ${parts.length} parts`);
  }
  const { kept, reason } =
    listed === 'hidden'
      ? { kept: [], reason: 'the store does not let them be listed' }
      : chooseKept(known, { parts, isGuess: guess !== undefined, initiated, sourceModified: source.lastModified });
  if (reason !== undefined) {
    context.reporter.warning('PARTS_NOT_KEPT', `Parts of upload ${uploadId} are copied again: ${reason}`);
  }
  return {
    plan: withParts(plan, parts),
    resumed: {
      uploadId,
      parts: kept,
      encryption: undefined,
      isEncryptionKnown: false,
      checksumType: undefined,
      isReplaceable: false,
      mayBeCompleting: true,
      begunAt: beganAt(context, initiated),
    },
    lostBefore: undefined,
    record: UNRECORDED,
  };
}

interface KnownOfUpload {
  readonly parts: readonly PartRange[];
  /** The layout was guessed from the sizes of what is listed. */
  readonly isGuess: boolean;
  readonly initiated: Date | undefined;
  readonly sourceModified: Date | undefined;
}

/** Parts that are certainly in their place, and why others are not kept. */
function chooseKept(
  listed: readonly ListedPart[],
  { parts, isGuess, initiated, sourceModified }: KnownOfUpload,
): { readonly kept: readonly ListedPart[]; readonly reason?: string } {
  if (!isOfThisSource(listed, initiated, sourceModified)) {
    return { kept: [], reason: 'they may be of an older source, as it was written after the upload was begun' };
  }
  const keepable = findKeepable(listed, parts, sourceModified);
  if (keepable.length === 0) {
    return listed.length === 0
      ? { kept: [] }
      : { kept: [], reason: 'they have other sizes than the parts of this copy' };
  }
  if (!showsLayout(listed, parts)) return { kept: [], reason: 'they don’t show where in the object they belong' };
  const kept = isGuess ? withoutHoles(keepable) : keepable;
  if (kept.length === keepable.length) return { kept };
  const dropped = keepable.length - kept.length;
  return {
    kept,
    reason: `parts before ${dropped} of them are missing, so it isn't certain where in the object those belong (name the upload’s partSize to keep them)`,
  };
}

function cannotResume(reason: string): CopyError {
  return new CopyError(`Cannot resume: ${reason}`, { resumable: false });
}

/** When the upload was begun, by the store's clock, where the store lists that. */
async function findInitiated(context: CopyContext, uploadId: string): Promise<Date | undefined> {
  try {
    for await (const upload of listUploadsOfKey(context)) if (upload.uploadId === uploadId) return upload.initiated;
    return undefined;
  } catch (error) {
    if (isStoreError(error) && !error.retryable) return undefined;
    throw error;
  }
}

function isOfThisSource(
  parts: readonly ListedPart[],
  initiated: Date | undefined,
  sourceModified: Date | undefined,
): boolean {
  if (sourceModified === undefined || parts.length === 0) return true;
  if (initiated !== undefined) return initiated.getTime() > sourceModified.getTime() + DATE_RESOLUTION_MS;
  return parts.every(
    ({ lastModified }) =>
      lastModified === undefined || lastModified.getTime() > sourceModified.getTime() + LONGEST_PART_MS,
  );
}

function beganAt({ clock }: CopyContext, initiated: Date | undefined): Moment | undefined {
  return initiated === undefined ? undefined : momentBefore(clock.now() - initiated.getTime());
}
