import { CLOCK_TOLERANCE_MS } from '../request/moment.ts';
import { isEqualEtag, isMd5Etag } from './etag.ts';
import type { ObjectIdentity } from './source.ts';

/**
 * Whether an object at the destination is a copy of the source that was made since a time: its ETag shows that the bytes are the same.
 *
 * @param since - by this machine's clock
 * @param aheadMs - how far the clock of the destination's store is ahead of it
 */
export function isCopySince(
  source: ObjectIdentity,
  destination: ObjectIdentity,
  since: Date,
  aheadMs: number,
): boolean {
  const { size, etag, lastModified } = destination;
  // Stores give dates in whole seconds.
  const sinceMs = Math.floor((since.getTime() + aheadMs) / 1000) * 1000;
  if (size !== source.size || lastModified === undefined || lastModified.getTime() < sinceMs) return false;
  return isMd5Etag(etag ?? '') && isEqualEtag(etag, source.etag);
}

/**
 * Whether an object at the destination is the same as the source: equal size and ETag. If an ETag is missing, or isn't an MD5 of the
 * whole, it says nothing of the bytes: then equal size and a destination that isn't older.
 *
 * @param aheadMs - how far the clock of the destination's store is ahead of the source's
 */
export function isSame(source: ObjectIdentity, destination: ObjectIdentity, aheadMs = 0): boolean {
  if (source.size !== destination.size) return false;
  if (isEqualEtag(source.etag, destination.etag)) return true;
  if (isMd5Etag(source.etag ?? '') && isMd5Etag(destination.etag ?? '')) return false;
  const [sourceMs, destinationMs] = [source.lastModified?.getTime(), destination.lastModified?.getTime()];
  if (sourceMs === undefined || destinationMs === undefined) return false;
  // How far they differ is known to a second or so: rather one more copy than one too few.
  return aheadMs === 0 ? destinationMs >= sourceMs : destinationMs - aheadMs - CLOCK_TOLERANCE_MS >= sourceMs;
}
