import type { ListedPart } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from '../engine/copy-context.ts';
import { listAllParts } from '../engine/listed-parts.ts';
import { isListed } from '../engine/listed-uploads.ts';

/** The parts of an upload; `gone` where it doesn't exist (any more), `hidden` where its parts can't be listed. */
export async function lookAtUpload(
  context: CopyContext,
  uploadId: string,
): Promise<readonly ListedPart[] | 'gone' | 'hidden'> {
  try {
    const listed = await listAllParts(context, uploadId, context.signal);
    if (listed === undefined) return 'gone';
    // Some stores list nothing, rather than no upload, for one that is gone.
    return listed.length === 0 && (await isListed(context, uploadId)) === false ? 'gone' : listed;
  } catch (error) {
    const isRefused = isStoreError(error) && [403, 405, 501].includes(error.statusCode ?? 0);
    if (isRefused) return 'hidden';
    throw error;
  }
}
