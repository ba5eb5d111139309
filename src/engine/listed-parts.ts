import type { ListedPart } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';
import { endlessListing } from './listing-markers.ts';
import { saysUploadIsGone } from './upload-gone.ts';

/** No part has a higher number. */
const LAST_PART_NUMBER = 10_000;

/** All pages of ListParts, or undefined where the upload doesn't exist (any more). */
export async function listAllParts(
  context: CopyContext,
  uploadId: string,
  signal?: AbortSignal,
): Promise<readonly ListedPart[] | undefined> {
  const parts: ListedPart[] = [];
  try {
    for await (const page of listPartPages(context, uploadId, signal)) parts.push(...page);
  } catch (error) {
    if (saysUploadIsGone(error)) return undefined;
    throw error;
  }
  return parts;
}

/** Whether the store lists parts of the upload, or that it has none: its first page says so. */
export async function uploadExists(context: CopyContext, uploadId: string): Promise<boolean> {
  try {
    await listPartPages(context, uploadId).next();
    return true;
  } catch (error) {
    if (saysUploadIsGone(error)) return false;
    throw error;
  }
}

/**
 * ListParts, page by page.
 *
 * @throws StoreError also where the listing goes round in circles; only one that ended was complete
 */
export async function* listPartPages(
  context: CopyContext,
  uploadId: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ListedPart[], void, undefined> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  let next: number | undefined;
  do {
    const partNumberMarker = next;
    const { parts, nextPartNumberMarker } = await runner.run(
      'listParts',
      () => store.listParts({ ...destination, uploadId, partNumberMarker, requestPayer, expectedBucketOwner, signal }),
      { signal },
    );
    yield parts;
    next = beyond(partNumberMarker ?? 0, nextPartNumberMarker ?? 0, parts.length);
  } while (next !== undefined);
}

/** The marker of the next page; undefined where there can be none. */
function beyond(marker: number, next: number, partsListed: number): number | undefined {
  if (next > marker) return next < LAST_PART_NUMBER ? next : undefined;
  // Stores give 0, or the last marker again, where nothing is left. With parts it leads back to what was listed.
  if (next === 0 || partsListed === 0) return undefined;
  throw endlessListing('listParts', String(next));
}
