import type { CopyContext } from '../engine/copy-context.ts';
import { CopyError } from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { PartRange } from '../plan/part-range.ts';
import { momentBefore } from '../request/moment.ts';
import type { HeadObjectResult, ListedPart } from '../store/copy-store.ts';
import { findKeepable, listUpload } from './resumption.ts';
import type { Resumption } from '../engine/upload.ts';

/** Dates of stores have no fractions. */
const DATE_RESOLUTION_MS = 1000;

/**
 * Resumes an upload that the caller names, of which nothing else is known. Its parts must be those of the plan, and
 * without a `partSize` the first ones of it: else the error asks for the `partSize` that the upload was begun with. Parts are kept if the
 * upload was begun after the source was last written. If it wasn't, or nobody knows, they are copied again, and a warning says why.
 *
 * @throws CopyError if the upload can't be resumed
 */
export async function resumeUploadId(
  context: CopyContext,
  uploadId: string,
  plan: CopyPlan,
  source: HeadObjectResult,
): Promise<Resumption> {
  const { destination, reporter, clock, options } = context;
  if (plan.strategy !== 'multipart') throw cannotResume('this copy is not made in parts');
  const listed = await listUpload(context, uploadId);
  if (listed === 'gone') throw cannotResume(`upload ${uploadId} does not exist (any more)`);
  const found = await destination.findUpload(uploadId);
  const initiated = typeof found === 'object' ? found.initiated : undefined;
  const known = new Map(listed === 'hidden' ? [] : listed.map((part) => [part.partNumber, part]));
  // Beyond a hole, the layout is the upload's only if the caller says so.
  const hasHole = options.partSize === 'auto' && [...known.keys()].some((partNumber) => partNumber > known.size);
  const stranger = [...known.values()].find(({ partNumber, size }) => plan.parts[partNumber - 1]?.size !== size);
  if (hasHole || stranger !== undefined) {
    const what = stranger === undefined ? 'a hole' : `a part ${stranger.partNumber} of ${stranger.size} bytes`;
    throw cannotResume(
      `upload ${uploadId} has ${what}, and the plan has ${plan.parts.length} parts of ${plan.partSize}: ` +
        'name the partSize that the upload was begun with',
    );
  }
  const problem = listed === 'hidden' ? HIDDEN : findDoubt(listed, plan.parts, initiated, source.lastModified);
  if (problem !== undefined) {
    reporter.warning('PARTS_NOT_KEPT', `Parts of upload ${uploadId} are copied again: ${problem}`);
  }
  const kept =
    problem === undefined && listed !== 'hidden' ? findKeepable(listed, plan.parts, source.lastModified) : [];
  return {
    plan,
    resumed: {
      uploadId,
      parts: kept,
      encryption: undefined,
      versionId: typeof found === 'object' ? found.versionId : undefined,
      isEncryptionKnown: false,
      checksumType: undefined,
      isReplaceable: false,
      mayBeCompleting: true,
      begunAt: initiated === undefined ? undefined : momentBefore(clock.now() - initiated.getTime()),
    },
    lostBefore: undefined,
    record: { isLeft: false },
  };
}

const HIDDEN = 'the store does not let them be listed';

/** Why the parts may hold other bytes than those that belong there; undefined if they certainly don't. */
function findDoubt(
  listed: readonly ListedPart[],
  planned: readonly PartRange[],
  initiated: Date | undefined,
  sourceModified: Date | undefined,
): string | undefined {
  if (listed.length === 0) return undefined;
  const isNewer =
    sourceModified === undefined || (initiated?.getTime() ?? 0) > sourceModified.getTime() + DATE_RESOLUTION_MS;
  if (!isNewer) return 'they may be of an older source, as it may have been written after the upload was begun';
  // A size that happens to fit proves nothing: in another layout, a part of the same number begins elsewhere.
  const numbers = new Set(listed.map(({ partNumber }) => partNumber).filter((number) => number < planned.length));
  return numbers.has(1) || numbers.size > 1 ? undefined : 'they don’t show where in the object they belong';
}

function cannotResume(reason: string): CopyError {
  return new CopyError(`Cannot resume: ${reason}`, { resumable: false });
}
