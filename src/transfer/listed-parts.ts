import type { ListedPart } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';
import { saysUploadIsGone } from './upload-gone.ts';

/** All pages of ListParts, or undefined where the upload doesn't exist (any more). */
export async function listAllParts(
  context: CopyContext,
  uploadId: string,
  signal?: AbortSignal,
): Promise<readonly ListedPart[] | undefined> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  const parts: ListedPart[] = [];
  let partNumberMarker: number | undefined;
  try {
    do {
      const marker = partNumberMarker;
      const page = await runner.run(
        'listParts',
        () =>
          store.listParts({
            ...destination,
            uploadId,
            partNumberMarker: marker,
            requestPayer,
            expectedBucketOwner,
            signal,
          }),
        { signal },
      );
      parts.push(...page.parts);
      partNumberMarker = page.nextPartNumberMarker;
      // A marker that doesn't move on would keep us here for ever.
      if (partNumberMarker !== undefined && !(partNumberMarker > (marker ?? 0))) break;
    } while (partNumberMarker !== undefined);
  } catch (error) {
    if (saysUploadIsGone(error)) return undefined;
    throw error;
  }
  return parts;
}
