import { CopyError } from '../errors.ts';
import type { ObjectLock, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { describeObject, destinationHeadRequest } from './source-request.ts';

/**
 * Looks whether the finished object has the lock it was to have: Ceph RGW 16 takes the headers of a lock with a copy and ignores
 * them. The object is there and stays.
 *
 * @throws CopyError where the source's lock was to be carried over and isn't there
 */
export async function settleLock(
  context: CopyContext,
  { objectLock }: ObjectProperties,
  finished: FinishedCopy,
): Promise<void> {
  if (objectLock === undefined) return;
  const { options, runner, reporter } = context;
  let found: ObjectLock | undefined;
  try {
    const head = await runner.run('headObject', () => options.store.headObject(destinationHeadRequest(context)));
    if (hasLock(head.properties.objectLock, objectLock)) return;
    found = head.properties.objectLock;
  } catch (error) {
    if (!isStoreError(error)) throw error;
  }
  const what =
    `${describeObject(options.destination)} was copied (ETag ${finished.etag}), but the store doesn't show the object lock that it ` +
    `was to have (${describeLock(objectLock)}): it has ${found === undefined ? 'none' : describeLock(found)}`;
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
