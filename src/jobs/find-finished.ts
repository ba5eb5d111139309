import { hidesMd5 } from '../engine/encryption.ts';
import { isMd5Etag } from '../engine/etag.ts';
import type { CopyObjectsOptions, ObjectEntry, ObjectOutcome, ObjectTarget } from '../many/copy-objects-options.ts';
import { checkCopyObjectsOptions } from '../many/check-copy-objects-options.ts';
import { CLOCK_TOLERANCE_MS } from '../request/moment.ts';
import { OperationRunner } from '../request/operation-runner.ts';
import type { CopyStore, HeadObjectResult, ObjectLocation, SourceLocation } from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { isStoreError } from '../store/store-error.ts';

/** An object of a job, with its place. */
export type PlacedEntry = ObjectEntry & {
  readonly bucket: string;
  readonly destination: ObjectTarget & ObjectLocation;
};

const HEADS_AT_A_TIME = 16;

/**
 * Looks which objects an earlier delivery of a job has finished: they have the source's size and its ETag, or, if the ETags can't be
 * compared, were written since the job was made. They have as many tags as they should have, as some stores get these afterwards.
 */
export async function findFinished(
  entries: readonly PlacedEntry[],
  options: CopyObjectsOptions,
  since: Date,
): Promise<{ readonly outcomes: ReadonlyMap<PlacedEntry, ObjectOutcome>; readonly requests: number }> {
  const { base } = checkCopyObjectsOptions(options);
  const { store, sourceStore, requestPayer, expectedBucketOwner, expectedSourceBucketOwner } = base;
  const signal = options.signal ?? new AbortController().signal;
  const silent = { retry: () => undefined, throttle: () => undefined };
  const runner = new OperationRunner(base.retry, base.limiter, silent, signal);
  const head = (at: CopyStore, place: SourceLocation, owner: string | undefined) =>
    runner
      .run('headObject', () => at.headObject({ ...place, requestPayer, expectedBucketOwner: owner, signal }), {
        signal,
      })
      .catch((error: unknown) => {
        signal.throwIfAborted();
        // What can't be seen is copied once more.
        if (isStoreError(error)) return undefined;
        throw error;
      });
  /** The copy, if it is finished. */
  const find = async (entry: PlacedEntry): Promise<HeadObjectResult | undefined> => {
    const { bucket, key, versionId, etag, destination } = entry;
    const copy = await head(store, { bucket: destination.bucket, key: destination.key }, expectedBucketOwner);
    if (copy === undefined || !isCopy(entry, copy, since, options)) return undefined;
    const now = await head(sourceStore, { bucket, key, versionId }, expectedSourceBucketOwner);
    if (now === undefined) return copy;
    const { tags } = destination;
    const tagCount = tags === undefined ? now.tagCount : Object.keys(tags).length;
    const isUntagged = options.preserve?.tags === false && tags === undefined;
    const isSettled = isUntagged || (tagCount ?? 0) === (copy.tagCount ?? 0);
    return isSettled && now.etag === etag ? copy : undefined;
  };
  const outcomes = new Map<PlacedEntry, ObjectOutcome>();
  const waiting = entries.values();
  const look = async (): Promise<void> => {
    for (const entry of waiting) {
      const startedAt = performance.now();
      const copy = await find(entry);
      if (copy === undefined) continue;
      const { bucket, key, versionId, etag, destination } = entry;
      outcomes.set(entry, {
        source: { bucket, key, versionId, etag },
        destination: { bucket: destination.bucket, key: destination.key },
        outcome: 'copied',
        etag: copy.etag,
        size: copy.size,
        attempts: 0,
        elapsedMs: Math.round(performance.now() - startedAt),
        at: new Date(),
      });
    }
  };
  await Promise.all(Array.from({ length: HEADS_AT_A_TIME }, look));
  return { outcomes, requests: runner.requests };
}

function isCopy(
  { size, etag }: ObjectEntry,
  copy: HeadObjectResult,
  since: Date,
  { ifExists, store, destination }: CopyObjectsOptions,
): boolean {
  if (size !== copy.size) return false;
  const isNew = copy.lastModified !== undefined && copy.lastModified.getTime() + CLOCK_TOLERANCE_MS >= since.getTime();
  if (etag !== undefined && etag === copy.etag) return isNew || ifExists === undefined || ifExists === 'overwrite';
  const isHidden =
    hidesMd5(copy.encryption, store.traits?.dialect) || isDirectoryBucket((destination as ObjectLocation).bucket);
  const isComparable = isMd5Etag(etag ?? '') && isMd5Etag(copy.etag ?? '') && !isHidden;
  return !isComparable && isNew;
}
