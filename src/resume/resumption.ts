import type { CopyContext } from '../engine/copy-context.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { PartRange } from '../plan/part-range.ts';
import type { ListedPart } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { mayMeanGone } from '../engine/gone.ts';

export function withParts(plan: CopyPlan, parts: readonly PartRange[]): CopyPlan {
  const partSize = parts.reduce((largest, part) => Math.max(largest, part.size), 0);
  return Object.freeze({ ...plan, parts, partSize, requests: plan.requests - plan.parts.length + parts.length });
}

/** The parts of an upload; `gone` if it doesn't exist (any more), `hidden` if its parts can't be listed. */
export async function listUpload(
  { destination, signal }: CopyContext,
  uploadId: string,
): Promise<readonly ListedPart[] | 'gone' | 'hidden'> {
  try {
    const listed = await destination.parts(uploadId, signal);
    if (listed === undefined) return 'gone';
    // Some stores list nothing, rather than no upload, for one that is gone.
    return listed.length === 0 && (await destination.findUpload(uploadId)) === 'unlisted' ? 'gone' : listed;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // What stores answer for an upload that is gone: s3s-fs 403 and 500, others a 400 or a page of HTML.
    if (mayMeanGone(error) && (await destination.findUpload(uploadId)) === 'unlisted') return 'gone';
    if (!error.retryable && [400, 403, 405, 501].includes(error.statusCode ?? 0)) return 'hidden';
    throw error;
  }
}

/**
 * Parts that can be kept: of the right number and size, with an ETag, and not older than the source. The others are copied
 * again. A part that the store lists twice is one part.
 */
export function findKeepable(
  listed: readonly ListedPart[],
  planned: readonly PartRange[],
  sourceModified: Date | undefined,
): readonly ListedPart[] {
  const parts = new Map(listed.map((part) => [part.partNumber, part]));
  return [...parts.values()].filter(({ partNumber, size, etag, lastModified }) => {
    const isOlder = sourceModified !== undefined && lastModified !== undefined && lastModified < sourceModified;
    return size === planned[partNumber - 1]?.size && etag !== '' && !isOlder;
  });
}
