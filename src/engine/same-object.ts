import { isEqualEtag, isMd5Etag } from './etag.ts';

/** What tells whether two objects are the same. */
interface Compared {
  readonly size: number;
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
}

/** Whether an object at the destination is a copy of the source that was made since a time: its ETag shows that the bytes are the same. */
export function isCopySince(source: Compared, destination: Compared, since: Date): boolean {
  const { size, etag, lastModified } = destination;
  // Stores give dates in whole seconds.
  const sinceMs = Math.floor(since.getTime() / 1000) * 1000;
  if (size !== source.size || lastModified === undefined || lastModified.getTime() < sinceMs) return false;
  return isMd5Etag(etag ?? '') && isEqualEtag(etag, source.etag);
}

/**
 * Whether an object at the destination is the same as the source: equal size and ETag. If an ETag is missing, or isn't an MD5 of the
 * whole, it says nothing of the bytes: then equal size and a destination that isn't older.
 */
export function isSame(source: Compared, destination: Compared): boolean {
  if (source.size !== destination.size) return false;
  if (isEqualEtag(source.etag, destination.etag)) return true;
  if (isMd5Etag(source.etag ?? '') && isMd5Etag(destination.etag ?? '')) return false;
  const { lastModified } = source;
  return (
    lastModified !== undefined && destination.lastModified !== undefined && destination.lastModified >= lastModified
  );
}
