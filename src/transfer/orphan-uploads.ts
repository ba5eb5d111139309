import { messageOf } from '../errors.ts';
import type { ListedUpload } from '../store/copy-store.ts';
import { abortUpload } from './abort-upload.ts';
import type { CopyContext } from './copy-context.ts';
import { listUploadsOfKey } from './listed-uploads.ts';
import { saysUploadIsGone } from './upload-gone.ts';

/** Dates of stores have no fractions, and two clocks are never quite equal. */
export const CLOCK_TOLERANCE_MS = 2000;

/** How much later than its repetition a request that seemed lost may still arrive. */
export const LATE_CREATE_MS = 10_000;

/** Which uploads a sweep is for. Times are the store's, in milliseconds. */
export interface Sweep {
  readonly beganAt: number;
  /** Uploads begun later than this are none of ours. */
  readonly endedAt: number;
  readonly lostAnswers: number;
  /** The upload that this copy goes on with. */
  readonly uploadId: string | undefined;
}

/** What a sweep did. */
export interface Swept {
  readonly aborted: number;
  readonly warned: boolean;
}

/**
 * Looks for uploads of exactly this key that were begun in the given time, are not ours and have no part, and aborts them, but never
 * more of them than answers were lost. Where listing isn't permitted, or there are more (someone else is uploading to the same
 * key), nothing is aborted and a warning says so.
 */
export async function sweepOrphans(
  context: CopyContext,
  { beganAt, endedAt, lostAnswers, uploadId }: Sweep,
): Promise<Swept> {
  let aborted = 0;
  const { reporter, options } = context;
  const where = `${options.destination.bucket}/${options.destination.key}`;
  try {
    const candidates: ListedUpload[] = [];
    for await (const upload of listUploadsOfKey(context)) {
      const initiatedAt = upload.initiated?.getTime() ?? beganAt;
      const recent = initiatedAt >= beganAt && initiatedAt <= endedAt;
      if (upload.uploadId !== uploadId && recent && (await isEmpty(context, upload.uploadId))) candidates.push(upload);
    }
    if (candidates.length > lostAnswers) {
      const ids = candidates.map((upload) => upload.uploadId).join(', ');
      reporter.warning(
        'ORPHAN_UPLOADS',
        `An answer to Create was lost, and ${candidates.length} uploads for ${where} were begun since (${ids}): ` +
          'as some may be another program’s, none was aborted',
      );
      return { aborted, warned: true };
    }
    for (const upload of candidates) {
      const { problem } = await abortUpload(context, upload.uploadId);
      if (problem !== undefined) throw problem;
      aborted++;
    }
    return { aborted, warned: false };
  } catch (error) {
    const reason = messageOf(error);
    reporter.warning(
      'ORPHAN_UPLOADS',
      `An answer to Create was lost, so an upload for ${where} may be left behind, and it could not be looked for: ${reason}`,
    );
    return { aborted, warned: true };
  }
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
