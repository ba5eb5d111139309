import type { CopyStore, ListMultipartUploadsRequest, ListMultipartUploadsResult } from './copy-store.ts';
import { isStoreError } from './store-error.ts';

/** One page of the uploads in progress. rclone and gofakes3 answer NoSuchUpload until a bucket has had its first one. */
export async function listUploads(
  store: CopyStore,
  request: ListMultipartUploadsRequest,
): Promise<ListMultipartUploadsResult> {
  try {
    return await store.listMultipartUploads(request);
  } catch (error) {
    if (isStoreError(error) && error.vendorCode === 'NoSuchUpload') return { uploads: [], next: undefined };
    throw error;
  }
}
