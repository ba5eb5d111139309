import type { CopyStore, HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { isRemembered, remember } from './optional-headers.ts';

/** Answers to a HEAD with checksums by stores that answer one without: for objects under KMS it needs another permission. */
const REFUSALS: readonly unknown[] = [400, 403, 405, 501];

/** What is remembered of a store that refuses the header (`x-amz-checksum-mode`). */
const NO_CHECKSUM_MODE = 'checksum-mode';

/** Reads an object's properties with its checksums, and without them if the store refuses to give them. */
export async function headWithChecksums(
  store: CopyStore,
  head: (checksums: true | undefined) => Promise<HeadObjectResult>,
): Promise<HeadObjectResult> {
  if (isRemembered(store, NO_CHECKSUM_MODE)) return head(undefined);
  try {
    return await head(true);
  } catch (error) {
    if (!isStoreError(error) || !REFUSALS.includes(error.statusCode)) throw error;
    const result = await head(undefined);
    // A permission is of one object.
    if (error.statusCode !== 403) remember(store, NO_CHECKSUM_MODE);
    return result;
  }
}
