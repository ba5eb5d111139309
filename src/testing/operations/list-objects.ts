import { isoTime, xmlAnswer } from '../answers.ts';
import type { Bucket } from '../bucket.ts';
import type { Answer, Call } from '../call.ts';
import { directoryOrder } from '../directory-bucket.ts';
import { writeEtag } from '../etag-rules.ts';
import { compareKeys } from '../key-order.ts';
import { ServiceError } from '../service-error.ts';
import type { StoredObject } from '../stored-object.ts';
import type { XmlFields } from '../answer-xml.ts';
import { rollUp } from './key-pages.ts';
import { encodeListed, listedEncoding, readCount } from './manage-uploads.ts';

/** ListObjects, version 1. */
export function listObjects(call: Call): Answer {
  const { query } = call.request;
  const marker = query.get('marker') ?? '';
  const { page, prefix, delimiter, maxKeys, lastName } = readPage(call, marker);
  return xmlAnswer(call, 'ListBucketResult', {
    Name: call.request.bucket,
    Prefix: encodeListed(call, prefix),
    Marker: encodeListed(call, marker),
    NextMarker: page.truncated && delimiter !== '' ? encodeListed(call, lastName) : undefined,
    MaxKeys: maxKeys,
    Delimiter: delimiter === '' ? undefined : encodeListed(call, delimiter),
    EncodingType: listedEncoding(call),
    IsTruncated: page.truncated,
    Contents: page.items.map((object) => objectFields(call, object, true)),
    CommonPrefixes: page.prefixes.map((each) => ({ Prefix: encodeListed(call, each) })),
  });
}

/** ListObjects, version 2. */
export function listObjectsV2(call: Call): Answer {
  const { query } = call.request;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const marker = token === undefined ? startAfter : Buffer.from(token, 'base64url').toString();
  const { page, prefix, delimiter, maxKeys, lastName } = readPage(call, marker);
  return xmlAnswer(call, 'ListBucketResult', {
    Name: call.request.bucket,
    Prefix: encodeListed(call, prefix),
    StartAfter: startAfter === '' ? undefined : encodeListed(call, startAfter),
    ContinuationToken: token,
    NextContinuationToken: page.truncated ? Buffer.from(lastName).toString('base64url') : undefined,
    KeyCount: page.items.length + page.prefixes.length,
    MaxKeys: maxKeys,
    Delimiter: delimiter === '' ? undefined : encodeListed(call, delimiter),
    EncodingType: listedEncoding(call),
    IsTruncated: page.truncated,
    Contents: page.items.map((object) => objectFields(call, object, query.get('fetch-owner') === 'true')),
    CommonPrefixes: page.prefixes.map((each) => ({ Prefix: encodeListed(call, each) })),
  });
}

/** ListObjectVersions: of each key the newest version first. */
export function listObjectVersions(call: Call): Answer {
  const { request, state } = call;
  const bucket = state.bucket(request.bucket);
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = readCount(query.get('max-keys'), 1000);
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker');
  const versions = bucket
    .keys()
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => {
      const order = keyMarker === '' ? 1 : compareKeys(key, keyMarker);
      if (order > 0) return bucket.versions(key);
      if (order < 0 || versionMarker === undefined) return [];
      const all = bucket.versions(key);
      return all.slice(all.findIndex((version) => version.versionId === versionMarker) + 1);
    });
  const page = rollUp(versions, (version) => version.key, prefix, delimiter, keyMarker, maxKeys);
  const last = page.items.at(-1);
  const fieldsOf = (version: StoredObject): XmlFields => ({
    Key: encodeListed(call, version.key),
    VersionId: version.versionId,
    IsLatest: bucket.current(version.key) === version,
    LastModified: isoTime(version.lastModifiedMs),
    ...(version.deleteMarker
      ? {}
      : { ETag: writeEtag(call.personality.etags.listing, version.etag), Size: version.content.size }),
    Owner: { ID: state.ownerId, DisplayName: state.ownerId },
    ...(version.deleteMarker ? {} : { StorageClass: storageClassName(call, version) }),
  });
  return xmlAnswer(call, 'ListVersionsResult', {
    Name: bucket.name,
    Prefix: encodeListed(call, prefix),
    KeyMarker: encodeListed(call, keyMarker),
    VersionIdMarker: versionMarker ?? '',
    NextKeyMarker: page.truncated ? encodeListed(call, last?.key ?? page.prefixes.at(-1) ?? '') : undefined,
    NextVersionIdMarker: page.truncated ? last?.versionId : undefined,
    MaxKeys: maxKeys,
    Delimiter: delimiter === '' ? undefined : encodeListed(call, delimiter),
    EncodingType: listedEncoding(call),
    IsTruncated: page.truncated,
    Version: page.items.filter((version) => !version.deleteMarker).map(fieldsOf),
    DeleteMarker: page.items.filter((version) => version.deleteMarker).map(fieldsOf),
    CommonPrefixes: page.prefixes.map((each) => ({ Prefix: encodeListed(call, each) })),
  });
}

function readPage(call: Call, marker: string) {
  const { request, state } = call;
  const bucket = state.bucket(request.bucket);
  const prefix = request.query.get('prefix') ?? '';
  const delimiter = request.query.get('delimiter') ?? '';
  const maxKeys = readCount(request.query.get('max-keys'), 1000);
  const encoding = request.query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url') {
    throw new ServiceError('InvalidArgument', 'Invalid Encoding Method specified in Request');
  }
  const objects = bucket.isDirectory ? directoryObjects(bucket, prefix, marker) : objectsFrom(bucket, prefix, marker);
  const page = rollUp(objects, (object) => object.key, prefix, delimiter, marker, maxKeys);
  const lastKey = page.items.at(-1)?.key ?? '';
  const lastPrefix = page.prefixes.at(-1) ?? '';
  if (bucket.isDirectory) return { page, prefix, delimiter, maxKeys, lastName: lastKey };
  return { page, prefix, delimiter, maxKeys, lastName: compareKeys(lastKey, lastPrefix) > 0 ? lastKey : lastPrefix };
}

/** The same of a directory bucket, where keys with a prefix don't stand together. */
function* directoryObjects(bucket: Bucket, prefix: string, marker: string): Generator<StoredObject> {
  const keys = directoryOrder(bucket);
  for (const key of keys.slice(keys.indexOf(marker) + 1)) {
    const object = bucket.current(key);
    if (key.startsWith(prefix) && object !== undefined && !object.deleteMarker) yield object;
  }
}

/** The objects after a marker, as far as they have the prefix: these stand together. */
function* objectsFrom(bucket: Bucket, prefix: string, marker: string): Generator<StoredObject> {
  for (const key of bucket.keysFrom(compareKeys(marker, prefix) > 0 ? marker : prefix)) {
    if (!key.startsWith(prefix)) return;
    if (marker !== '' && key === marker) continue;
    const object = bucket.current(key);
    if (object !== undefined && !object.deleteMarker) yield object;
  }
}

function objectFields(call: Call, object: StoredObject, withOwner: boolean): XmlFields {
  const { ownerId } = call.state;
  return {
    Key: encodeListed(call, object.key),
    LastModified: isoTime(object.lastModifiedMs),
    ETag: writeEtag(call.personality.etags.listing, object.etag),
    Size: object.content.size,
    StorageClass: storageClassName(call, object),
    Owner: withOwner ? { ID: ownerId, DisplayName: ownerId } : undefined,
  };
}

function storageClassName({ request }: Call, { storageClass }: StoredObject): string {
  return request.dialect.storageClassNames[storageClass] ?? storageClass;
}
