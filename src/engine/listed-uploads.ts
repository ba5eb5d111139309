import type { ListedUpload, ListMultipartUploadsResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { UploadMarkers } from './listing-markers.ts';

/**
 * The uploads in progress for exactly the destination's key, page by page.
 *
 * @throws StoreError also where the listing goes round in circles; only one that ended was complete
 */
export async function* listUploadsOfKey(context: CopyContext): AsyncGenerator<ListedUpload, void, undefined> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  const markers = new UploadMarkers();
  let next: ListMultipartUploadsResult['next'];
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
    for (const upload of page.uploads) if (upload.key === destination.key) yield upload;
    // Keys are listed in order, so our key comes before every longer one with the same beginning.
    next = page.uploads.some((upload) => upload.key > destination.key) ? undefined : (page.next ?? undefined);
    if (next !== undefined) markers.note(next);
  } while (next !== undefined);
}

/** Whether the store still lists the upload; undefined where it can't be asked. */
export async function isListed(context: CopyContext, uploadId: string): Promise<boolean | undefined> {
  try {
    for await (const upload of listUploadsOfKey(context)) if (upload.uploadId === uploadId) return true;
    return false;
  } catch (error) {
    if (isStoreError(error) && !error.retryable) return undefined;
    throw error;
  }
}
