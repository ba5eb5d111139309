import type { ListedUpload } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';

/** All pages of the uploads in progress for exactly the destination's key. */
export async function listUploadsOfKey(context: CopyContext): Promise<readonly ListedUpload[]> {
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

/** Whether the store still lists the upload; undefined where it can't be asked. */
export async function isListed(context: CopyContext, uploadId: string): Promise<boolean | undefined> {
  try {
    return (await listUploadsOfKey(context)).some((upload) => upload.uploadId === uploadId);
  } catch (error) {
    if (isStoreError(error) && !error.retryable) return undefined;
    throw error;
  }
}
