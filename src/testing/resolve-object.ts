import type { Bucket } from './bucket.ts';
import type { Call } from './call.ts';
import { ServiceError } from './service-error.ts';
import type { StoredObject } from './stored-object.ts';

/** Classes whose objects must be restored before they are read. In S3's words. */
const archiveClasses: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/**
 * Finds an object or a version of it. Only who may list the bucket hears that there is no such object.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 * @throws {ServiceError} NoSuchKey, AccessDenied, NoSuchVersion, MethodNotAllowed (a delete marker by its id)
 */
export function resolveObject(
  { request: { dialect }, state, personality }: Call,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): StoredObject {
  if (versionId === undefined) {
    const current = bucket.current(key);
    const isThere = current?.deleteMarker === false;
    if (!isThere && !state.permits('listObjectsV2', { dialect, bucket: bucket.name, key: '' })) {
      throw new ServiceError('AccessDenied');
    }
    if (current === undefined) throw new ServiceError('NoSuchKey', undefined, { details: { Key: key } });
    if (!current.deleteMarker) return current;
    throw new ServiceError('NoSuchKey', undefined, { details: { Key: key }, headers: deleteMarkerHeaders(current) });
  }
  const version = bucket.version(key, versionId);
  if (version === undefined) {
    throw new ServiceError(personality.wrongVersion, undefined, { details: { Key: key, VersionId: versionId } });
  }
  if (version.deleteMarker)
    throw new ServiceError('MethodNotAllowed', undefined, { headers: deleteMarkerHeaders(version) });
  return version;
}

/** @throws {ServiceError} InvalidObjectState where the object is archived */
export function requireReadable(object: StoredObject): void {
  if (archiveClasses.has(object.storageClass)) {
    throw new ServiceError('InvalidObjectState', undefined, { details: { StorageClass: object.storageClass } });
  }
}

function deleteMarkerHeaders({ versionId }: StoredObject): Readonly<Record<string, string>> {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionId };
}
