import { CopyError } from '../errors.ts';
import { isAmazonOrHuawei } from '../store/etag-formula.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { BoundStore } from './bound-store.ts';
import type { CopyContext } from './copy-context.ts';

/** The object that stands under the key that a server which keeps objects as files makes of the destination's. */
export interface Twin {
  readonly name: string;
  readonly head: HeadObjectResult;
}

/** Looks for such an object; for a plain key nothing is sent. */
export async function findTwin({ options, destination }: CopyContext): Promise<Twin | undefined> {
  const { bucket, key } = options.destination;
  const folded = key
    .replaceAll(/\/{2,}/g, '/')
    .replace(/^\/(?=.)/, '')
    .replace(/(.)\/$/, '$1');
  if (folded === key || isAmazonOrHuawei(options.store)) return undefined;
  const twin = destination.with({ location: { bucket, key: folded } });
  const head = await headIfPermitted(twin);
  return head && { name: twin.name, head };
}

/**
 * Several servers take `a//b` for `a/b`, or `a/` for `a` (JuiceFS, s3s-fs, gofakes3, SeaweedFS): a copy to the one replaces the other's
 * object. HEAD shows that one object, by either key.
 *
 * @throws CopyError if it is there
 */
export async function assertNoTwin(context: CopyContext): Promise<void> {
  const twin = await findTwin(context);
  if (twin === undefined) return;
  const { destination } = context;
  const own = await headIfPermitted(destination);
  if (own === undefined || !isSameObject(own, twin.head)) return;
  throw new CopyError(
    `Cannot copy to ${destination.name}: the store shows the same object there as at ${twin.name}, so it takes both for one key, ` +
      `and the copy would replace that object. Copy to ${twin.name} if it may be replaced`,
  );
}

async function headIfPermitted(object: BoundStore): Promise<HeadObjectResult | undefined> {
  try {
    return await object.head();
  } catch (error) {
    if (isStoreError(error)) return undefined;
    throw error;
  }
}

function isSameObject(one: HeadObjectResult, other: HeadObjectResult): boolean {
  const isSameDate = one.lastModified !== undefined && one.lastModified.getTime() === other.lastModified?.getTime();
  return isSameDate && one.size === other.size && one.etag === other.etag && one.versionId === other.versionId;
}
