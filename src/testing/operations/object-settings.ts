import { aclFields, hasAclHeaders, readAclDocument, readAclHeaders } from '../access-control.ts';
import { emptyAnswer, httpTime, versionHeader, xmlAnswer } from '../answers.ts';
import type { Answer, Call } from '../call.ts';
import { checksumFields } from '../object-checksums.ts';
import { readTagDocument } from '../object-tags.ts';
import { readXml } from '../../xml-tree.ts';
import { childOf, childText } from '../request-xml.ts';
import { resolveObject } from '../resolve-object.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader } from '../store-request.ts';
import type { StoredLock, StoredObject } from '../stored-object.ts';
import { readCount } from './manage-uploads.ts';
import { putObject } from './put-object.ts';
import { objectBytes } from './read-object.ts';

export function getObjectTagging(call: Call): Answer {
  const { tagsRead } = call.personality;
  if (tagsRead === 'object-bytes') return objectBytes(call);
  const object = findSubject(call);
  const isUntagged = Object.keys(object.tags).length === 0;
  if (isUntagged && tagsRead === 'nothing-if-none') return emptyAnswer(200, { etag: `"${object.etag}"` });
  if (isUntagged && tagsRead === 'nothing-for-parts' && object.parts !== undefined) {
    return emptyAnswer(200, { 'content-type': 'application/xml' });
  }
  const tags = Object.entries(object.tags).map(([Key, Value]) => ({ Key, Value }));
  return xmlAnswer(call, 'Tagging', { TagSet: { Tag: tags } }, versionHeader(call, object));
}

export function putObjectTagging(call: Call): Answer {
  if (call.personality.putTaggingOverwrites) return putObject(call);
  const object = findSubject(call);
  amend(call, object, { tags: readTagDocument(readXml(call.body.toString())) });
  return emptyAnswer(200, versionHeader(call, object));
}

export function deleteObjectTagging(call: Call): Answer {
  const object = findSubject(call);
  amend(call, object, { tags: {} });
  return emptyAnswer(204, versionHeader(call, object));
}

export function getObjectAcl(call: Call): Answer {
  const { grants } = findSubject(call);
  return xmlAnswer(call, 'AccessControlPolicy', aclFields(grants, call.state.ownerId, call.request.dialect));
}

export function putObjectAcl(call: Call): Answer {
  const object = findSubject(call);
  const grants =
    call.body.length > 0 && !hasAclHeaders(call.request)
      ? readAclDocument(readXml(call.body.toString()))
      : readAclHeaders(call.request, call.state.ownerId);
  amend(call, object, { grants });
  return emptyAnswer(200, versionHeader(call, object));
}

export function getObjectRetention(call: Call): Answer {
  const { mode, retainUntil } = findSubject(call).lock;
  if (mode === undefined) throw new ServiceError('NoSuchObjectLockConfiguration');
  return xmlAnswer(call, 'Retention', { Mode: mode, RetainUntilDate: retainUntil });
}

export function putObjectRetention(call: Call): Answer {
  const root = readXml(call.body.toString());
  if (root?.name !== 'Retention') throw new ServiceError('MalformedXML');
  const end = childText(root, 'RetainUntilDate') ?? '';
  const retainUntil = new Date(/^\d+$/.test(end) ? Number(end) : end);
  if (Number.isNaN(retainUntil.getTime())) throw new ServiceError('MalformedXML');
  return putLock(call, { mode: childText(root, 'Mode'), retainUntil: retainUntil.toISOString() });
}

export function getObjectLegalHold(call: Call): Answer {
  const { legalHold } = findSubject(call).lock;
  if (legalHold === undefined) throw new ServiceError('NoSuchObjectLockConfiguration');
  return xmlAnswer(call, 'LegalHold', { Status: legalHold ? 'ON' : 'OFF' });
}

export function putObjectLegalHold(call: Call): Answer {
  const root = readXml(call.body.toString());
  if (root?.name !== 'LegalHold') throw new ServiceError('MalformedXML');
  return putLock(call, { legalHold: childText(root, 'Status') === 'ON' });
}

/** GetObjectAttributes, which some servers take for GetObject. */
export function getObjectAttributes(call: Call): Answer {
  const { personality, request } = call;
  if (personality.objectAttributes === 'object-bytes') return objectBytes(call);
  const object = findSubject(call);
  const asked = (dialectHeader(request, 'object-attributes') ?? '').split(',').map((name) => name.trim());
  const { parts } = object;
  const max = readCount(dialectHeader(request, 'max-parts'), 1000);
  const marker = Number(dialectHeader(request, 'part-number-marker') ?? 0);
  const following = parts?.filter((part) => part.partNumber > marker) ?? [];
  const page = following.slice(0, max);
  // S3 tells the parts only of objects that were uploaded with checksums; their number it always tells.
  const hasPartChecksums = page.some((part) => Object.keys(part.checksums).length > 0);
  const objectParts = {
    PartsCount: parts?.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
    MaxParts: max,
    IsTruncated: page.length < following.length,
    Part: hasPartChecksums
      ? page.map((part) => ({ PartNumber: part.partNumber, Size: part.size, ...checksumFields(part.checksums) }))
      : [],
  };
  const checksum = { ...checksumFields(object.checksums), ChecksumType: object.checksumType };
  return xmlAnswer(
    call,
    'GetObjectAttributesResponse',
    {
      ETag: asked.includes('ETag') ? object.etag : undefined,
      Checksum: asked.includes('Checksum') && object.checksumType !== undefined ? checksum : undefined,
      ObjectParts:
        asked.includes('ObjectParts') && parts !== undefined && personality.objectAttributes === 'answered'
          ? objectParts
          : undefined,
      StorageClass: asked.includes('StorageClass') ? object.storageClass : undefined,
      ObjectSize: asked.includes('ObjectSize') ? object.content.size : undefined,
    },
    { 'last-modified': httpTime(object.lastModifiedMs), ...versionHeader(call, object) },
  );
}

/** UpdateObjectEncryption, or PutObject where the server doesn't know it. */
export function updateObjectEncryption(call: Call): Answer {
  if (!call.personality.knowsNews) return putObject(call);
  const object = findSubject(call);
  const { encryption, lock } = object;
  if (encryption.type === 'none' || encryption.type === 'SSE-C') {
    throw new ServiceError('InvalidRequest', 'Only source objects encrypted with SSE-S3 or SSE-KMS are supported');
  }
  const isRetained = lock.retainUntil !== undefined && Date.parse(lock.retainUntil) > call.state.now();
  if (isRetained || lock.legalHold === true || lock.eventHold?.on === true) throw new ServiceError('AccessDenied');
  const root = readXml(call.body.toString());
  const kmsKeyId = childText(childOf(root, 'SSE-KMS'), 'KMSKeyArn');
  if (kmsKeyId === undefined || !/^arn:aws[-a-z0-9]*:kms:[-a-z0-9]*:\d{12}:key\/.+/.test(kmsKeyId)) {
    throw new ServiceError(
      'InvalidRequest',
      'Requests that modify the encryption type to SSE-KMS require a KMS key ARN',
    );
  }
  // Date, ETag and checksums stay as they were.
  amend(call, object, { encryption: { type: 'SSE-KMS', kmsKeyId } });
  return emptyAnswer(200);
}

export function findSubject(call: Call): StoredObject {
  const { request, state } = call;
  return resolveObject(call, state.bucket(request.bucket), request.key, request.query.get('versionId'));
}

function putLock(call: Call, lock: StoredLock): Answer {
  const object = findSubject(call);
  if (!call.state.bucket(object.bucket).objectLock) {
    throw new ServiceError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  amend(call, object, { lock: { ...object.lock, ...lock } });
  return emptyAnswer(200);
}

export function amend(call: Call, object: StoredObject, change: Partial<StoredObject>): void {
  call.state.bucket(object.bucket).amend({ ...object, ...change });
}
