import { CopyError, VerificationError } from '../errors.ts';
import type { ObjectLock, ObjectProperties } from '../store/copy-store.ts';
import { isAnsweredForNothing } from '../store/classify-failure.ts';
import { isSameStore } from '../store/same-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { BoundStore } from './bound-store.ts';
import type { CopyContext } from './copy-context.ts';
import { demandsTags, isRemembered, remember } from './optional-headers.ts';
import { isSameHold } from './same-properties.ts';
import type { FinishedCopy } from './verify.ts';

const MOST_TAG_WRITES = 3;

/** What is remembered of a store that takes PutObjectTagging for a write of the object itself. */
const OVERWRITES = 'putObjectTagging overwrites';

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
  size: number,
): Promise<void> {
  if (finished.isReplaced) return;
  const hasTags = tags !== undefined && Object.keys(tags).length > 0;
  if (hasTags) await settleTags(context, tags, finished, size);
  else if (mayHaveUnwantedTags(context)) await settleTags(context, {}, finished, size);
  if (objectLock !== undefined) await settleLock(context, objectLock, finished);
}

/** Without the directive, a single copy has the source's tags, even if the caller wants none. */
function mayHaveUnwantedTags({ options, optional }: CopyContext): boolean {
  const wantsNone = options.preserve.tags === false || options.overrides.tags !== undefined;
  return wantsNone && optional.lacks('tagging-directive') && options.store.getObjectTagging !== undefined;
}

/**
 * Reads the tags, and sets them if the store lost them on the way (Ceph RGW ignores the tags of a Create), or didn't get them. Tags
 * that nobody demanded are written only if the store has shown that it keeps tags.
 */
async function settleTags(
  context: CopyContext,
  tags: Readonly<Record<string, string>>,
  finished: FinishedCopy,
  size: number,
): Promise<void> {
  const { options, reporter, destination, optional } = context;
  const { etag } = finished;
  const { store } = options;
  // Who may write tags need not be allowed to read them: then they are written in any case.
  let isAnsweredEmpty = false;
  let copy = finished.seenVersion === undefined ? destination : destination.version(finished.seenVersion);
  const readOrNothing = async (): Promise<Readonly<Record<string, string>> | undefined> => {
    isAnsweredEmpty = false;
    try {
      return store.getObjectTagging === undefined ? undefined : await copy.call('getObjectTagging', {});
    } catch (error) {
      // Tags of a version take another permission.
      if (copy !== destination && isStoreError(error) && error.statusCode === 403) {
        copy = destination;
        return readOrNothing();
      }
      // What Ceph RGW answers for an object without tags.
      isAnsweredEmpty = isStoreError(error) && isAnsweredForNothing(error);
      if (isAnsweredEmpty || (isStoreError(error) && !error.retryable)) return undefined;
      throw error;
    }
  };
  const fail = (reason: string, cause?: StoreError): void => {
    const what = `${destination.name} was copied (ETag ${etag}), but its tags could not be set: ${reason}`;
    if (demandsTags(options)) {
      throw new CopyError(what, { destinationWritten: true, cause });
    }
    reporter.warning('TAGS_NOT_PRESERVED', what);
  };
  const count = Object.keys(tags).length;
  const shown = finished.seen === undefined || isStoreError(finished.seen) ? undefined : finished.seen.tagCount;
  if (store.putObjectTagging === undefined) {
    if (optional.lacks('tags')) return fail('the store refused them with the copy, and has no call to set them');
    return shown === undefined || shown === count ? undefined : fail(`the store shows ${shown} of ${count}`);
  }
  const wantsNone = Object.keys(tags).length === 0;
  // Tags of the source that were left to us were read where it is.
  const isKept = demandsTags(options) || isSameStore(store, options.sourceStore);
  try {
    // The answer to a write is a 200 without a body, which a proxy can give as well: only reading tells.
    for (let writes = 0; writes <= MOST_TAG_WRITES; writes++) {
      const found = await readOrNothing();
      if (found === undefined ? writes > 0 && !isAnsweredEmpty : haveSameTags(found, tags)) return;
      // Who may not read them may still see how many they are.
      if (found === undefined && count > 0 && shown === count) return;
      if (found === undefined && (wantsNone || !isKept)) {
        return wantsNone ? undefined : fail("the store doesn't show that it keeps tags");
      }
      if (writes === MOST_TAG_WRITES) break;
      if (isRemembered(store, OVERWRITES)) return fail('this store overwrites an object when its tags are set');
      await copy.call('putObjectTagging', { tags });
      await assertStillCopy(context, finished, size);
    }
  } catch (error) {
    if (!isStoreError(error)) throw error;
    return fail(error.message, error);
  }
  fail(`the store took them ${MOST_TAG_WRITES} times, but doesn't have them`);
}

/**
 * Looks whether the object is still the copy: gofakes3 and Supabase take PutObjectTagging for PutObject, and store the tags' XML.
 *
 * @throws CopyError if it isn't
 */
async function assertStillCopy(context: CopyContext, { etag, seenVersion }: FinishedCopy, size: number): Promise<void> {
  const { destination, options } = context;
  const seen = await destination.look(false, seenVersion);
  // Who may write need not be allowed to look.
  if (isStoreError(seen) && seen.statusCode !== 404) return;
  const isSame =
    !isStoreError(seen) && seen.size === size && (seen.etag === etag || etag === '' || seen.etag === undefined);
  if (isSame) return;
  const found = isStoreError(seen) ? 'no object' : `${seen.size} bytes with ETag ${seen.etag ?? 'none'}`;
  if (!isStoreError(seen) && seen.size !== size) remember(options.store, OVERWRITES);
  throw new VerificationError(
    `${destination.name} was copied, and is lost: after its tags were set, the store shows ${found} there. It overwrites objects when ` +
      'their tags are set, or somebody has replaced the copy. Copy again without tags (preserve.tags: false, no destination.tags)',
    { expected: etag === '' ? size : etag, actual: isStoreError(seen) ? undefined : (seen.etag ?? seen.size) },
  );
}

function haveSameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/**
 * Looks whether the object has its lock, and sets what it lacks. Ceph RGW 16 takes the headers of a lock with a copy and ignores them, and
 * OBS doesn't lock what is joined from parts.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0166.html
 */
async function settleLock(context: CopyContext, lock: ObjectLock, finished: FinishedCopy): Promise<void> {
  const { options, reporter, destination } = context;
  let seen = finished.seen ?? (await destination.look());
  let cause: StoreError | undefined;
  if (!isStoreError(seen) && !hasLock(seen.properties.objectLock, lock)) {
    const copy = finished.seenVersion === undefined ? destination : destination.version(finished.seenVersion);
    cause = await putLock(copy, lock, seen.properties.objectLock);
    seen = await destination.look(false, finished.seenVersion);
  }
  const found = isStoreError(seen) ? undefined : seen.properties.objectLock;
  if (hasLock(found, lock)) return;
  const what =
    `${destination.name} was copied (ETag ${finished.etag}), but the store doesn't show the object lock that it ` +
    `was to have (${describeLock(lock)}): it has ${found === undefined ? 'none' : describeLock(found)}` +
    (cause === undefined ? '' : `. ${cause.message}`);
  // HEAD shows a lock only to those who may read it. Who may read the source's can be expected to see the copy's.
  if (options.preserve.objectLock === true && options.overrides.objectLock === undefined) {
    throw new CopyError(what, { destinationWritten: true, cause });
  }
  reporter.warning('OBJECT_LOCK_NOT_SEEN', what);
}

/** Sets what an object lacks of its lock, as far as the store has calls for it. Gives the store's refusal. */
async function putLock(
  copy: BoundStore,
  lock: ObjectLock,
  found: ObjectLock | undefined,
): Promise<StoreError | undefined> {
  const { mode, retainUntil, legalHold } = lock;
  try {
    const lacksRetention = mode !== undefined && !hasLock(found, { mode, retainUntil });
    if (lacksRetention && retainUntil !== undefined && copy.store.putObjectRetention !== undefined) {
      await copy.call('putObjectRetention', { mode, retainUntil });
    }
    const lacksHold = legalHold === true && found?.legalHold !== true;
    if (lacksHold && copy.store.putObjectLegalHold !== undefined) await copy.call('putObjectLegalHold', { on: true });
    return undefined;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    return error;
  }
}

function hasLock(found: ObjectLock | undefined, { mode, retainUntil, legalHold, eventHold }: ObjectLock): boolean {
  const isRetained =
    mode === undefined || (found?.mode === mode && found.retainUntil?.getTime() === retainUntil?.getTime());
  const isHeld = legalHold !== true || found?.legalHold === true;
  return isRetained && isHeld && (eventHold?.on !== true || isSameHold(eventHold, found?.eventHold));
}

function describeLock({ mode, retainUntil, legalHold, eventHold }: ObjectLock): string {
  const retention = mode === undefined ? [] : [`${mode} until ${retainUntil?.toISOString() ?? 'an unknown time'}`];
  const { on, days, years } = eventHold ?? {};
  const after = days === undefined ? (years === undefined ? '' : ` and ${years} years`) : ` and ${days} days`;
  return [
    ...retention,
    ...(legalHold === undefined ? [] : [`legal hold ${legalHold ? 'ON' : 'OFF'}`]),
    ...(on === undefined ? [] : [`event hold ${on ? 'ON' : 'OFF'}${after}`]),
  ].join(', ');
}
