import { messageOf } from '../errors.ts';
import type { CreateMultipartUploadResult, ListedUpload, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { abortUpload } from './abort-upload.ts';
import type { CopyContext } from './copy-context.ts';
import type { SourceChecksum } from './source-checksum.ts';

/** Dates of stores have no fractions, and two clocks are never quite equal. */
const CLOCK_TOLERANCE_MS = 2000;

/** How much later than its repetition a request that seemed lost may still arrive. */
const LATE_CREATE_MS = 10_000;

/** An upload that was begun. */
export interface CreatedUpload extends CreateMultipartUploadResult {
  /** Looks once more for uploads of Creates whose answer was lost, at the end of the copy: a late one may have come up since. */
  readonly sweepOrphans: () => Promise<void>;
}

/**
 * Begins the upload. A Create whose answer is lost may have begun one that nobody knows of; those are looked for and aborted:
 * uploads for exactly this key, begun since our first Create by the store's clock, without a part, not ours, and no more of them
 * than answers were lost. Where listing isn't permitted, or more candidates turn up than answers were lost (someone else is
 * uploading to the same key), nothing is aborted and a warning says so.
 *
 * The request is never cut off by the caller's signal, as its answer names what must be cleaned up.
 */
export async function createUpload(
  context: CopyContext,
  properties: ObjectProperties,
  checksum: SourceChecksum | undefined,
): Promise<CreatedUpload> {
  const { options, runner, clock, signal } = context;
  const { store, destination, sse, requestPayer, expectedBucketOwner } = options;
  const beganAt = clock.now() - CLOCK_TOLERANCE_MS;
  let lostAnswers = 0;
  let endedAt = Number.POSITIVE_INFINITY;
  let warned = false;
  const sweep = async (uploadId: string | undefined): Promise<void> => {
    if (lostAnswers === 0 || warned) return;
    const swept = await sweepOrphans(context, { beganAt, endedAt, lostAnswers, uploadId });
    lostAnswers -= swept.aborted;
    warned = swept.warned;
  };
  try {
    const created = await runner.run(
      'createMultipartUpload',
      () =>
        store
          .createMultipartUpload({
            ...destination,
            properties,
            sse,
            ...(checksum === undefined || checksum.algorithm === 'CRC64ECMA'
              ? {}
              : { checksumAlgorithm: checksum.algorithm, checksumType: checksum.type }),
            requestPayer,
            expectedBucketOwner,
          })
          .catch((error: unknown) => {
            if (mayHaveBegun(error)) lostAnswers++;
            throw error;
          }),
      { waitSignal: signal },
    );
    endedAt = clock.now() + LATE_CREATE_MS;
    await sweep(created.uploadId);
    return { ...created, sweepOrphans: () => sweep(created.uploadId) };
  } catch (error) {
    await sweep(undefined);
    throw error;
  }
}

/** Whether a failed Create may have begun an upload all the same: not where no connection was made. */
function mayHaveBegun(error: unknown): boolean {
  if (!isStoreError(error)) return false;
  return error.kind === 'ambiguous' || (error.kind === 'transient' && error.statusCode !== undefined);
}

interface Sweep {
  readonly beganAt: number;
  /** Uploads begun later than this are none of ours. */
  readonly endedAt: number;
  readonly lostAnswers: number;
  /** The upload that this copy goes on with. */
  readonly uploadId: string | undefined;
}

interface Swept {
  readonly aborted: number;
  readonly warned: boolean;
}

async function sweepOrphans(context: CopyContext, { beganAt, endedAt, lostAnswers, uploadId }: Sweep): Promise<Swept> {
  let aborted = 0;
  const { reporter, options } = context;
  const where = `${options.destination.bucket}/${options.destination.key}`;
  try {
    const candidates: ListedUpload[] = [];
    for (const upload of await listUploadsOfKey(context)) {
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
      const failure = await abortUpload(context, upload.uploadId);
      if (failure !== undefined) throw failure;
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

async function listUploadsOfKey(context: CopyContext): Promise<readonly ListedUpload[]> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  const uploads: ListedUpload[] = [];
  let next: { readonly keyMarker: string; readonly uploadIdMarker: string | undefined } | undefined;
  do {
    const marker = next;
    const page = await runner.run('listMultipartUploads', () =>
      store.listMultipartUploads({
        bucket: destination.bucket,
        prefix: destination.key,
        ...marker,
        requestPayer,
        expectedBucketOwner,
      }),
    );
    // Keys are listed in order, so our key comes before every longer one with the same beginning.
    uploads.push(...page.uploads.filter((upload) => upload.key === destination.key));
    next = page.uploads.some((upload) => upload.key > destination.key) ? undefined : page.next;
    // Markers that don't move on would keep us here for ever.
    if (next?.keyMarker === marker?.keyMarker && next?.uploadIdMarker === marker?.uploadIdMarker) break;
  } while (next !== undefined);
  return uploads;
}

async function isEmpty(context: CopyContext, uploadId: string): Promise<boolean> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  try {
    const page = await runner.run('listParts', () =>
      store.listParts({ ...destination, uploadId, maxParts: 1, requestPayer, expectedBucketOwner }),
    );
    return page.parts.length === 0;
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) return false; // gone meanwhile
    throw error;
  }
}
