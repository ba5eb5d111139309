import { messageOf } from '../errors.ts';
import type { ListedUpload } from '../store/copy-store.ts';
import { abortOrWarn } from './abort-upload.ts';
import type { CopyContext } from './copy-context.ts';
import { listUploadsOfKey } from './listed-uploads.ts';
import { describeObject } from './source-request.ts';
import { saysUploadIsGone } from './upload-gone.ts';
import { isInUse } from './uploads-in-use.ts';

/** Dates of stores have no fractions, and two clocks are never quite equal. */
export const CLOCK_TOLERANCE_MS = 2000;

/** How much later than its repetition a request that seemed lost may still arrive. */
export const LATE_CREATE_MS = 10_000;

/** How far the clocks of a store's servers may be apart: requests that are further off are refused by S3 and its kin. */
const MOST_SKEW_MS = 15 * 60_000;

/** Which uploads a sweep is for. Times are the store's, in milliseconds. */
interface Sweep {
  readonly beganAt: number;
  /** Uploads begun later than this are none of ours. */
  readonly endedAt: number;
  readonly lostAnswers: number;
  /** The upload that this copy goes on with. */
  readonly uploadId: string | undefined;
  /** Uploads that were listed soon after the last Create: where any of these are left, they come before those that came later. */
  readonly noted?: ReadonlySet<string>;
}

/** What a sweep did. */
interface Swept {
  readonly aborted: number;
  /** Uploads that were found and could not be aborted; each was told of. */
  readonly left: number;
  readonly warned: boolean;
}

/**
 * Looks for uploads of exactly this key that were begun in the given time, are not in use by this process and have no part, and
 * aborts them, but never more of them than answers were lost. Where listing isn't permitted, or there are more (someone else is
 * uploading to the same key), nothing is aborted and a warning says so; one tells too of those that only a clock keeps from being ours.
 */
export async function sweepOrphans(context: CopyContext, sweep: Sweep): Promise<Swept> {
  const { lostAnswers } = sweep;
  const { reporter, options } = context;
  const where = describeObject(options.destination);
  let aborted = 0;
  let left = 0;
  try {
    const { ours, doubtful } = await findOrphans(context, sweep);
    const isNoted = ({ uploadId }: ListedUpload): boolean => sweep.noted?.has(uploadId) === true;
    for (const uploads of [ours.filter(isNoted), ours.filter((upload) => !isNoted(upload))]) {
      if (aborted + left === lostAnswers) break;
      if (uploads.length > lostAnswers - aborted - left) {
        const ids = uploads.map((upload) => upload.uploadId).join(', ');
        reporter.warning(
          'ORPHAN_UPLOADS',
          `An answer to Create was lost, and ${uploads.length} uploads for ${where} were begun since (${ids}): ` +
            'as some may be another program’s, none was aborted',
        );
        return { aborted, left, warned: true };
      }
      for (const { uploadId } of uploads) {
        // A copy may have been told of it while we looked.
        if (isInUse(options, uploadId)) continue;
        if (await abortOrWarn(context, uploadId)) aborted++;
        else left++;
      }
    }
    if (aborted + left === lostAnswers || doubtful.length === 0) return { aborted, left, warned: false };
    reporter.warning(
      'ORPHAN_UPLOADS',
      `An answer to Create was lost, and what it began may be ${doubtful.map(describeUpload).join(' or ')} for ${where}: ` +
        'as no clock tells for certain, nothing more was aborted',
    );
    return { aborted, left, warned: true };
  } catch (error) {
    const reason = messageOf(error);
    reporter.warning(
      'ORPHAN_UPLOADS',
      `Create was not answered ${lostAnswers} times, so as many uploads for ${where} may be left behind, and they could not be ` +
        `looked for: ${reason}`,
    );
    return { aborted, left, warned: true };
  }
}

/** Uploads of this key that are nobody's as far as we know, without a part: those of our time, and those of almost our time. */
async function findOrphans(
  context: CopyContext,
  { beganAt, endedAt, uploadId: own }: Sweep,
): Promise<{ readonly ours: readonly ListedUpload[]; readonly doubtful: readonly ListedUpload[] }> {
  const skewMs = context.clock.isKnown ? MOST_SKEW_MS : Number.POSITIVE_INFINITY;
  const ours: ListedUpload[] = [];
  const doubtful: ListedUpload[] = [];
  for await (const upload of listUploadsOfKey(context)) {
    if (upload.uploadId === own || isInUse(context.options, upload.uploadId)) continue;
    const initiatedAt = upload.initiated?.getTime() ?? Number.NaN;
    if (initiatedAt < beganAt - skewMs || initiatedAt > endedAt + skewMs) continue;
    if (!(await isEmpty(context, upload.uploadId))) continue;
    (initiatedAt >= beganAt && initiatedAt <= endedAt ? ours : doubtful).push(upload);
  }
  return { ours, doubtful };
}

function describeUpload({ uploadId, initiated }: ListedUpload): string {
  const time = initiated?.getTime() ?? Number.NaN;
  return `${uploadId} (${Number.isNaN(time) ? 'begun nobody knows when' : `begun at ${new Date(time).toISOString()}`})`;
}

async function isEmpty(context: CopyContext, uploadId: string): Promise<boolean> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  try {
    const page = await runner.run('listParts', () =>
      store.listParts({ ...destination, uploadId, maxParts: 1, requestPayer, expectedBucketOwner }),
    );
    // An empty page that isn't the last proves nothing.
    return page.parts.length === 0 && (page.nextPartNumberMarker ?? 0) === 0;
  } catch (error) {
    if (saysUploadIsGone(error)) return false; // meanwhile
    throw error;
  }
}
