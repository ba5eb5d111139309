import { messageOf } from '../errors.ts';
import type { CreateMultipartUploadResult, ListedUpload, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { abortUpload } from './abort-upload.ts';
import type { CopyContext } from './copy-context.ts';
import { isRetryable } from './retry-operation.ts';
import type { SourceChecksum } from './source-checksum.ts';

/** Dates of stores have no fractions, and two clocks are never quite equal. */
const CLOCK_TOLERANCE_MS = 2000;

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
  const sweep = (uploadId: string | undefined): Promise<void> =>
    lostAnswers === 0 ? Promise.resolve() : sweepOrphans(context, { beganAt, lostAnswers, uploadId });
  try {
    const created = await runner.run(
      'createMultipartUpload',
      () =>
        store.createMultipartUpload({
          ...destination,
          properties,
          sse,
          ...(checksum === undefined || checksum.algorithm === 'CRC64ECMA'
            ? {}
            : { checksumAlgorithm: checksum.algorithm, checksumType: checksum.type }),
          requestPayer,
          expectedBucketOwner,
        }),
      {
        waitSignal: signal,
        isRetryable: (error) => {
          if (mayHaveBegun(error)) lostAnswers++;
          return isRetryable(error);
        },
      },
    );
    await sweep(created.uploadId);
    return { ...created, sweepOrphans: () => sweep(created.uploadId) };
  } catch (error) {
    await sweep(undefined);
    throw error;
  }
}

/** Whether a failed Create may have begun an upload all the same. */
function mayHaveBegun(error: unknown): boolean {
  return isStoreError(error) && (error.kind === 'ambiguous' || error.kind === 'transient');
}

interface Sweep {
  readonly beganAt: number;
  readonly lostAnswers: number;
  /** The upload that this copy goes on with. */
  readonly uploadId: string | undefined;
}

async function sweepOrphans(context: CopyContext, { beganAt, lostAnswers, uploadId }: Sweep): Promise<void> {
  const { reporter, options } = context;
  const where = `${options.destination.bucket}/${options.destination.key}`;
  try {
    const candidates: ListedUpload[] = [];
    for (const upload of await listUploadsOfKey(context)) {
      const recent = upload.initiated === undefined || upload.initiated.getTime() >= beganAt;
      if (upload.uploadId !== uploadId && recent && (await isEmpty(context, upload.uploadId))) candidates.push(upload);
    }
    if (candidates.length > lostAnswers) {
      const ids = candidates.map((upload) => upload.uploadId).join(', ');
      reporter.warning(
        'ORPHAN_UPLOADS',
        `An answer to Create was lost, and ${candidates.length} uploads for ${where} were begun since (${ids}): ` +
          'as some may be another program’s, none was aborted',
      );
      return;
    }
    for (const upload of candidates) {
      const failure = await abortUpload(context, upload.uploadId);
      if (failure !== undefined) throw failure;
    }
  } catch (error) {
    const reason = messageOf(error);
    reporter.warning(
      'ORPHAN_UPLOADS',
      `An answer to Create was lost, so an upload for ${where} may be left behind, and it could not be looked for: ${reason}`,
    );
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
