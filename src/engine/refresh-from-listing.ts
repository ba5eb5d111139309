import { CopyError } from '../errors.ts';
import type { PartRange } from '../plan/part-range.ts';
import type { CopyContext } from './copy-context.ts';
import type { UploadToFill } from './parts/copy-parts.ts';
import { listAllParts } from './listed-parts.ts';
import { isMd5Etag } from './predict-etag.ts';

/**
 * Takes the ETags that the store really holds, after parts were sent more than once. Where ETags are MD5s of the bytes, both
 * requests for a part gave the same one and nothing needs to be read; where they aren't (SSE-C, SSE-KMS), the later one replaced
 * the earlier, whichever answered first.
 */
export async function refreshFromListing(
  context: CopyContext,
  parts: readonly PartRange[],
  { uploadId, slots, etagsMayChange }: Pick<UploadToFill, 'uploadId' | 'slots' | 'etagsMayChange'>,
): Promise<void> {
  if (slots.finish().every((part) => isMd5Etag(part.etag)) && !etagsMayChange) return;
  const listed = await listAllParts(context, uploadId, context.signal);
  if (listed === undefined) return; // Complete will say what became of the upload
  const sizes = new Map(listed.map((part) => [part.partNumber, part]));
  for (const { partNumber, size } of parts) {
    const part = sizes.get(partNumber);
    if (part === undefined || part.size !== size) {
      throw new CopyError(
        `Cannot complete upload ${uploadId} as the store lists part ${partNumber} with ${part?.size ?? 'no'} bytes, and it was copied with ${size}`,
      );
    }
    slots.fill(partNumber, part.etag, part.checksums);
  }
}
