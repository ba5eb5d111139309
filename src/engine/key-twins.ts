import path from 'node:path';
import { CopyError } from '../errors.ts';
import { isRetryable } from '../request/retry.ts';
import { isAmazonOrHuawei } from '../store/etag-formula.ts';
import type { CopyStore, HeadObjectResult } from '../store/copy-store.ts';
import { amend, isStoreError, type StoreError } from '../store/store-error.ts';
import type { BoundStore } from './bound-store.ts';
import type { CopyContext } from './copy-context.ts';
import { findDifferentProperties } from './same-properties.ts';

/**
 * The key that servers which keep objects as files make of this one: without empty, `.` and `..` segments and the last slash, and with
 * slashes for backslashes. Most keys stay as they are.
 */
export function foldKey(key: string): string {
  const folded = path.posix.normalize(`/${key.replaceAll('\\', '/')}`).slice(1);
  return folded.replace(/\/$/, '');
}

/** The object that stands under that key; for a plain key nothing is sent. */
export async function findTwin({
  options,
  destination,
}: CopyContext): Promise<{ readonly name: string; readonly head: HeadObjectResult } | undefined> {
  const { bucket, key } = options.destination;
  if (!mayFold(options.store, key)) return undefined;
  const twin = destination.with({ location: { bucket, key: foldKey(key) } });
  const head = await headIfPermitted(twin);
  return head === undefined || head === 'fails' || isStoreError(head) ? undefined : { name: twin.name, head };
}

/** Whether a store may take a key for another one. */
export function mayFold(store: CopyStore, key: string): boolean {
  const folded = foldKey(key);
  return folded !== key && folded !== '' && !isAmazonOrHuawei(store);
}

/**
 * Whether a store refuses the key itself. MinIO of 2021, on four drives, refuses HEAD, GET and PUT of `a//b` so, but takes a CopyObject
 * to it, which replaces `a/b`.
 */
export function isKeyRefused({ statusCode, vendorCode = '' }: StoreError): boolean {
  return statusCode === 400 && /ObjectName|InvalidKey|ObjectKey|InvalidURI|KeyTooLong/.test(vendorCode);
}

/**
 * Several servers take `a//b` for `a/b`, or `a/` for `a` (JuiceFS, s3s-fs, gofakes3), `a/./b` and `c/../a/b` for it (versitygw 1.8.0,
 * s3s-fs 0.17.0), or `a\b` (SeaweedFS 4.53): a copy to the one replaces the other's object. HEAD shows one object by either key;
 * gofakes3's fails, as it has the bytes but not their description. An object that is a copy of the source already, as an earlier run made it,
 * may be replaced.
 *
 * @throws CopyError if another one would be
 * @throws StoreError if the store refuses the key
 */
export async function assertNoTwin(context: CopyContext, source: HeadObjectResult): Promise<void> {
  const { options, destination } = context;
  const { key } = options.destination;
  if (!mayFold(options.store, key)) return;
  const own = await headIfPermitted(destination);
  if (isStoreError(own)) {
    throw amend(
      own,
      `; such a key may have no place on this store, which would copy to ${JSON.stringify(foldKey(key))}`,
    );
  }
  const twin = own && (await findTwin(context));
  if (own === undefined || twin === undefined || (own !== 'fails' && !isSameObject(own, twin.head))) return;
  // Written onto itself, the source could be lost.
  if (own !== 'fails' && isCopyOf(source, own) && twin.name !== context.source.name) return;
  const found =
    own === 'fails' ? `can't say what stands there, while an object stands at` : 'shows the same object there as at';
  throw new CopyError(
    `Cannot copy to ${destination.name}: the store ${found} ${twin.name}, so it takes both for one key, ` +
      `and the copy would replace that object. Copy to ${twin.name} if it may be replaced, or name what may be by ifExists: { etag }`,
  );
}

/** `fails` if the store answers 500 twice; the error if it refuses the key. */
async function headIfPermitted(object: BoundStore): Promise<HeadObjectResult | StoreError | 'fails' | undefined> {
  const failed = new Set<unknown>();
  const isFailure = (error: unknown): boolean => isStoreError(error) && error.statusCode === 500;
  try {
    return await object.head({
      isRetryable: (error) => isRetryable(error) && (!isFailure(error) || failed.add(error).size < 2),
    });
  } catch (error) {
    if (!isStoreError(error)) throw error;
    if (isKeyRefused(error)) return error;
    return isFailure(error) ? 'fails' : undefined;
  }
}

/** Whether an object has the source's bytes, by their ETag, and its properties. */
function isCopyOf(source: HeadObjectResult, { size, etag, properties }: HeadObjectResult): boolean {
  const hasBytes = etag !== undefined && etag === source.etag && size === source.size;
  return hasBytes && findDifferentProperties(source.properties, properties).length === 0;
}

function isSameObject(one: HeadObjectResult, other: HeadObjectResult): boolean {
  const isSameDate = one.lastModified !== undefined && one.lastModified.getTime() === other.lastModified?.getTime();
  return isSameDate && one.size === other.size && one.etag === other.etag && one.versionId === other.versionId;
}
