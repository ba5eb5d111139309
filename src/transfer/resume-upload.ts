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
  // A part that the store lists twice is one part.
  for (const part of new Map(listed.map((entry) => [entry.partNumber, entry])).values()) {
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
 * Guesses the part size of an upload that nothing else is known of, or undefined where its parts don't show it: a single part with
 * a number above 1 may as well be the shorter last one of larger parts.
 */
export function guessPartSize(listed: readonly ListedPart[]): number | undefined {
  const largest = listed.reduce((most, { size }) => Math.max(most, size), 0);
  const numbers = new Set(listed.filter(({ size }) => size === largest).map(({ partNumber }) => partNumber));
  return numbers.has(1) || numbers.size > 1 ? largest : undefined;
}

/**
 * Whether the parts of an upload that nothing else is known of lie where the plan has them. A size that happens to fit proves
 * nothing: in another layout, a part of the same number begins elsewhere. All of them must fit, and the first, or two that aren't
 * the last, must be among them.
 */
export function showsLayout(listed: readonly ListedPart[], parts: readonly PartRange[]): boolean {
  if (!listed.every(({ partNumber, size }) => parts[partNumber - 1]?.size === size)) return false;
  const numbers = new Set(listed.map(({ partNumber }) => partNumber).filter((number) => number < parts.length));
  return numbers.has(1) || numbers.size > 1;
}
