import { CopyError } from '../errors.ts';
import type { ObjectLock, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { type FinishedCopy, look } from './verify.ts';

const MOST_TAG_WRITES = 3;

/**
 * Looks after what a request could not carry, or a store may have ignored: tags, and the object lock. The object is there and stays.
 * Nothing is done to an object of someone else's that has taken the copy's place.
 *
 * @throws CopyError if tags or a lock were asked for and can't be had
 */
export async function settleCopy(
  context: CopyContext,
  { tags, objectLock }: ObjectProperties,
  finished: FinishedCopy,
): Promise<void> {
  if (finished.isReplaced) return;
  if (tags !== undefined && Object.keys(tags).length > 0) await settleTags(context, tags, finished);
  if (objectLock !== undefined) await settleLock(context, objectLock, finished);
}

/** Reads the tags, and sets them if the store lost them on the way (Ceph RGW ignores the tags of a Create). */
async function settleTags(
  { options, reporter, destination }: CopyContext,
  tags: Readonly<Record<string, string>>,
  { etag }: FinishedCopy,
): Promise<void> {
  const { store } = options;
  if (store.putObjectTagging === undefined) return;
  // Who may write tags need not be allowed to read them: then they are written in any case.
  const readOrNothing = async (): Promise<Readonly<Record<string, string>> | undefined> => {
    try {
      return store.getObjectTagging === undefined ? undefined : await destination.tags();
    } catch (error) {
      if (isStoreError(error) && !error.retryable) return undefined;
      throw error;
    }
  };
  const fail = (reason: string, cause?: StoreError): void => {
    const what = `${destination.name} was copied (ETag ${etag}), but its tags could not be set: ${reason}`;
    if (options.preserve.tags === true || options.overrides.tags !== undefined) {
      throw new CopyError(what, { destinationWritten: true, ...(cause === undefined ? {} : { cause }) });
    }
    reporter.warning('TAGS_NOT_PRESERVED', what);
  };
  try {
    // The answer to a write is a 200 without a body, which a proxy can give as well: only reading tells.
    for (let writes = 0; writes <= MOST_TAG_WRITES; writes++) {
      const found = await readOrNothing();
      if (found === undefined ? writes > 0 : haveSameTags(found, tags)) return;
      if (writes < MOST_TAG_WRITES) await destination.putTags(tags);
    }
  } catch (error) {
    if (!isStoreError(error)) throw error;
    return fail(error.message, error);
  }
  fail(`the store took them ${MOST_TAG_WRITES} times, but doesn't have them`);
}

function haveSameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Looks whether the object has its lock: Ceph RGW 16 takes the headers of a lock with a copy and ignores them. */
async function settleLock(context: CopyContext, lock: ObjectLock, finished: FinishedCopy): Promise<void> {
  const { options, reporter, destination } = context;
  const seen = finished.seen ?? (await look(context));
  const found = isStoreError(seen) ? undefined : seen.properties.objectLock;
  if (hasLock(found, lock)) return;
  const what =
    `${destination.name} was copied (ETag ${finished.etag}), but the store doesn't show the object lock that it ` +
    `was to have (${describeLock(lock)}): it has ${found === undefined ? 'none' : describeLock(found)}`;
  // HEAD shows a lock only to those who may read it. Who may read the source's can be expected to see the copy's.
  if (options.preserve.objectLock === true && options.overrides.objectLock === undefined) {
    throw new CopyError(what, { destinationWritten: true });
  }
  reporter.warning('OBJECT_LOCK_NOT_SEEN', what);
}

function hasLock(found: ObjectLock | undefined, { mode, retainUntil, legalHold }: ObjectLock): boolean {
  const isRetained =
    mode === undefined || (found?.mode === mode && found.retainUntil?.getTime() === retainUntil?.getTime());
  return isRetained && (legalHold !== true || found?.legalHold === true);
}

function describeLock({ mode, retainUntil, legalHold }: ObjectLock): string {
  const retention = mode === undefined ? [] : [`${mode} until ${retainUntil?.toISOString() ?? 'an unknown time'}`];
  return [...retention, ...(legalHold === undefined ? [] : [`legal hold ${legalHold ? 'ON' : 'OFF'}`])].join(', ');
}
