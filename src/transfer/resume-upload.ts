import type { PartRange } from '../plan/part-range.ts';
import type { ListedPart } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';
import { listAllParts } from './listed-parts.ts';

/** An upload of an earlier run, with the parts that can be kept. */
export interface ResumedUpload {
  readonly uploadId: string;
  readonly parts: readonly ListedPart[];
  readonly encryption?: string | undefined;
}

/** Why an upload can't be gone on with. */
export interface CannotResume {
  readonly reason: string;
}

/**
 * Takes up an upload: what the store lists counts, nothing else. Parts of the right number and size that are not older than the
 * source are kept, the others are copied again. A part that the plan doesn't have makes the upload useless (Ceph RGW joins only
 * complete lists).
 */
export async function resumeUpload(
  context: CopyContext,
  uploadId: string,
  parts: readonly PartRange[],
  sourceLastModified: Date | undefined,
): Promise<ResumedUpload | CannotResume> {
  const listed = await listAllParts(context, uploadId, context.signal);
  if (listed === undefined) return { reason: `upload ${uploadId} does not exist any more` };
  const kept: ListedPart[] = [];
  for (const part of listed) {
    const planned = parts[part.partNumber - 1];
    if (planned === undefined) {
      return { reason: `upload ${uploadId} has a part ${part.partNumber}, and the plan has ${parts.length} parts` };
    }
    const older =
      sourceLastModified !== undefined &&
      part.lastModified !== undefined &&
      part.lastModified.getTime() < sourceLastModified.getTime();
    if (part.size === planned.size && part.etag !== '' && !older) kept.push(part);
  }
  return { uploadId, parts: kept };
}

/**
 * Guesses the part size of an upload that nothing else is known of: that of its first part, where it isn't the only and last one.
 */
export function guessPartSize(listed: readonly ListedPart[]): number | undefined {
  return listed.reduce<number | undefined>((largest, { size }) => Math.max(largest ?? 0, size), undefined);
}
