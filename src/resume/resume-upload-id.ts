import type { CopyContext } from '../engine/copy-context.ts';
import { UNRECORDED } from '../engine/upload-record.ts';
import { CopyError } from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import { momentBefore } from '../request/moment.ts';
import type { HeadObjectResult, ListedPart } from '../store/copy-store.ts';
import { findKeepable, findPartBeyond, listUpload, type Resumption, showsLayout, withoutHoles } from './resumption.ts';

/** Dates of stores have no fractions. */
const DATE_RESOLUTION_MS = 1000;

/** A part that was stored so long after the source was last written has certainly read that source: no part takes longer. */
const LONGEST_PART_MS = 3_600_000;

/**
 * Resumes an upload that the caller names, of which nothing else is known. Its parts must be those of the plan: if their sizes don't
 * fit it, the caller is asked for the `partSize` that the upload was begun with. Parts are kept if the upload was begun after the source
 * was last written; else they are copied again, and a warning says why.
 *
 * @throws CopyError if the upload can't be resumed
 */
export async function resumeUploadId(
  context: CopyContext,
  uploadId: string,
  plan: CopyPlan,
  source: HeadObjectResult,
): Promise<Resumption> {
  const { destination, reporter, clock } = context;
  if (plan.strategy !== 'multipart') throw cannotResume('this copy is not made in parts');
  const listed = await listUpload(context, uploadId);
  if (listed === 'gone') throw cannotResume(`upload ${uploadId} does not exist (any more)`);
  const found = await destination.findUpload(uploadId);
  const initiated = typeof found === 'object' ? found.initiated : undefined;
  const known = listed === 'hidden' ? [] : listed;
  const stranger = known.find(({ partNumber, size }) => plan.parts[partNumber - 1]?.size !== size);
  if (stranger !== undefined) {
    const beyond = findPartBeyond(known, plan.parts);
    throw cannotResume(
      (beyond === undefined
        ? `upload ${uploadId} has a part ${stranger.partNumber} of ${stranger.size} bytes, and the plan has parts of ${plan.partSize}`
        : `upload ${uploadId} has a part ${beyond.partNumber}, and the plan has ${plan.parts.length} parts`) +
        ': name the partSize that the upload was begun with',
    );
  }
  const { kept, problem } = listed === 'hidden' ? HIDDEN : chooseKept(context, listed, plan, initiated, source);
  if (problem !== undefined) {
    reporter.warning('PARTS_NOT_KEPT', `Parts of upload ${uploadId} are copied again: ${problem}`);
  }
  return {
    plan,
    resumed: {
      uploadId,
      parts: kept,
      encryption: undefined,
      isEncryptionKnown: false,
      checksumType: undefined,
      isReplaceable: false,
      mayBeCompleting: true,
      begunAt: initiated === undefined ? undefined : momentBefore(clock.now() - initiated.getTime()),
    },
    lostBefore: undefined,
    record: UNRECORDED,
  };
}

interface Kept {
  readonly kept: readonly ListedPart[];
  /** Why others are copied again. */
  readonly problem?: string;
}

const HIDDEN: Kept = { kept: [], problem: 'the store does not let them be listed' };

/** Parts that certainly hold the bytes that belong there. */
function chooseKept(
  { options }: CopyContext,
  listed: readonly ListedPart[],
  { parts }: CopyPlan,
  initiated: Date | undefined,
  { lastModified }: HeadObjectResult,
): Kept {
  if (listed.length === 0) return { kept: [] };
  if (!isNewer(listed, initiated, lastModified)) {
    return { kept: [], problem: 'they may be of an older source, as it was written after the upload was begun' };
  }
  if (!showsLayout(listed, parts)) return { kept: [], problem: 'they don’t show where in the object they belong' };
  const keepable = findKeepable(listed, parts, lastModified);
  // Beyond a hole, the layout is the upload's only if the caller says so.
  const kept = options.partSize === 'auto' ? withoutHoles(keepable) : keepable;
  if (kept.length === keepable.length) return { kept };
  const problem =
    `parts before ${keepable.length - kept.length} of them are missing, so it isn't certain where in the object those belong ` +
    '(name the upload’s partSize to keep them)';
  return { kept, problem };
}

function cannotResume(reason: string): CopyError {
  return new CopyError(`Cannot resume: ${reason}`, { resumable: false });
}

/** Whether the parts were certainly copied after the source was last written. */
function isNewer(parts: readonly ListedPart[], initiated: Date | undefined, sourceModified: Date | undefined): boolean {
  if (sourceModified === undefined || parts.length === 0) return true;
  if (initiated !== undefined) return initiated.getTime() > sourceModified.getTime() + DATE_RESOLUTION_MS;
  return parts.every(
    ({ lastModified }) =>
      lastModified === undefined || lastModified.getTime() > sourceModified.getTime() + LONGEST_PART_MS,
  );
}
