import type { Bucket } from '../bucket.ts';
import type { Call } from '../call.ts';
import { Content, Origin } from '../content.ts';
import { matchesEtag, readConditions } from '../conditions.ts';
import { etagOfBytes } from '../etag-rules.ts';
import { ServiceError } from '../service-error.ts';
import { MAX_HASHED_SIZE } from '../store-state.ts';
import type { StoredObject, StoredProperties } from '../stored-object.ts';

const MAX_KEY_BYTES = 1024;

/** @throws {ServiceError} KeyTooLongError */
export function requireKey(key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new ServiceError('KeyTooLongError');
}

/**
 * Holds `If-None-Match` and `If-Match` of a write against what is at the destination.
 *
 * @throws {ServiceError} PreconditionFailed, or what the server at hand answers
 */
export function requireDestinationConditions(
  { request, state }: Call,
  style: 'obeyed' | 'ignored' | 'obeyed-as-InvalidRequest',
  prefix = '',
): void {
  const { ifMatch, ifNoneMatch } = readConditions(request, prefix);
  if (style === 'ignored' || (ifNoneMatch === undefined && ifMatch === undefined)) return;
  const current = state.bucket(request.bucket).current(request.key);
  const existing = current?.deleteMarker === true ? undefined : current;
  // Swift's code for it is that of another refusal, under this one's status.
  const refusal = style === 'obeyed' ? 'PreconditionFailed' : 'InvalidRequest';
  const status = 412;
  if (ifNoneMatch !== undefined && existing !== undefined && matchesEtag(ifNoneMatch, existing.etag)) {
    throw new ServiceError(refusal, undefined, { status, details: { Condition: 'If-None-Match' } });
  }
  if (ifMatch === undefined) return;
  if (existing === undefined) throw new ServiceError('NoSuchKey');
  if (!matchesEtag(ifMatch, existing.etag)) {
    throw new ServiceError(refusal, undefined, { status, details: { Condition: 'If-Match' } });
  }
}

/** The bytes that a write stores: those that it was given, unless a fault swaps them. */
export function storedBytes({ state, faultKind }: Call, content: Content): Content {
  if (faultKind !== 'wrongBytes') return content;
  return Content.of(Origin.fromSeed(state.newId('wrong bytes'), content.size, MAX_HASHED_SIZE));
}

/** Puts an object, unless a fault, or the server at hand for a key that ends in a slash, has it stored elsewhere or nowhere. */
export function storeObject(call: Call, object: StoredObject): void {
  const { state, personality, faultKind } = call;
  if (faultKind === 'nothingStored') return;
  const folder = object.key.endsWith('/') ? personality.keys : 'exact';
  if (folder === 'slash-lost') return;
  if (folder === 'slash-doubled') {
    const name = object.key.split('/').at(-2) ?? '';
    state.putObject({ ...object, key: object.key + name });
    state.putObject({ ...object, content: Content.empty, etag: etagOfBytes(call, Content.empty), parts: undefined });
    return;
  }
  state.putObject(object);
}

/** A new version of an object in a bucket. */
export function newObject(
  { request, state }: Call,
  bucket: Bucket,
  properties: StoredProperties,
  bytes: Pick<StoredObject, 'etag' | 'parts' | 'uploadId' | 'checksums' | 'checksumType'> & {
    readonly content: Content;
    readonly lastModifiedMs?: number;
    readonly versionId?: string;
    readonly annotations?: StoredObject['annotations'];
  },
): StoredObject {
  return {
    headers: properties.headers,
    metadata: properties.metadata,
    websiteRedirectLocation: properties.websiteRedirectLocation,
    storageClass: properties.storageClass,
    grants: properties.grants,
    tags: properties.tags,
    lock: properties.lock,
    expiresAfterDays: properties.expiresAfterDays,
    encryption: properties.encryption,
    bucket: bucket.name,
    key: request.key,
    versionId: state.newVersionId(bucket),
    deleteMarker: false,
    lastModifiedMs: state.now(),
    ...bytes,
  };
}
