import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { type CopyContext, isOntoItself } from './copy-context.ts';
import { isMd5Etag } from './etag.ts';
import { isRemembered } from './optional-headers.ts';

/**
 * What the caller knows of the source, in place of its HEAD; undefined if the copy needs more of that. It is pinned by its ETag, and what
 * isn't as given fails the copy.
 *
 * - Metadata: a single copy leaves them to the store, unless any are set besides.
 * - Checksum and encryption: an ETag that is the MD5 of a single copy proves more. If it doesn't, HEAD is sent after the copy.
 * - Storage class, object lock, date and parts: where they are needed, nothing takes the place of HEAD.
 */
export function findKnownSource(options: NormalizedCopyOptions): HeadObjectResult | undefined {
  const { known, source, sourceStore, store, overrides, preserve, partSize, multipartThreshold } = options;
  if (
    known === undefined ||
    partSize === 'source' ||
    options.checkpoint !== undefined ||
    options.resume !== undefined
  ) {
    return undefined;
  }
  const isSingle = known.size <= multipartThreshold || known.size === 0;
  const leavesMetadata = isSingle && preserve.metadata === undefined;
  const setsNothing = Object.keys(overrides).length === 0 && preserve.acl !== true;
  const readsTags = sourceStore.getObjectTagging !== undefined;
  const isEnough =
    (preserve.metadata === false || (leavesMetadata && setsNothing)) &&
    (!isSingle || isMd5Etag(known.etag)) &&
    preserve.storageClass !== true &&
    preserve.objectLock !== true &&
    preserve.checksum !== true &&
    (readsTags || preserve.tags === false || overrides.tags !== undefined) &&
    store.traits?.sendsSourceIfMatch !== false &&
    !isRemembered(store, 'source-condition') &&
    !isOntoItself(options);
  if (!isEnough) return undefined;
  return { ...known, versionId: source.versionId, lastModified: undefined, properties: {} };
}

/** Whether the store carries the metadata over by itself, as nobody else has seen them. */
export function leavesMetadata({ knownSource, options }: CopyContext, source: HeadObjectResult): boolean {
  return source === knownSource && options.preserve.metadata !== false;
}
