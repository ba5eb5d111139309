import { emptyAnswer, httpTime, versionHeader } from '../answers.ts';
import type { Answer, Call } from '../call.ts';
import { Content } from '../content.ts';
import { failedCondition, readConditions } from '../conditions.ts';
import { requireCustomerKey } from '../object-encryption.ts';
import { checksumHeaders } from '../object-checksums.ts';
import { propertyHeaders } from '../object-properties.ts';
import { writeEtag } from '../etag-rules.ts';
import type { Subject } from '../policy-actions.ts';
import { requireReadable, resolveObject } from '../resolve-object.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader, plainHeader } from '../store-request.ts';
import type { StoredObject } from '../stored-object.ts';

const responseOverrides = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
] as const;

/** HeadObject. */
export function headObject(call: Call): Answer {
  const object = findObject(call);
  return readObject(call, object);
}

/** GetObject. */
export function getObject(call: Call): Answer {
  const object = findObject(call);
  requireReadable(object);
  return readObject(call, object);
}

function findObject(call: Call): StoredObject {
  const { request, state } = call;
  const bucket = state.bucket(request.bucket);
  const object = resolveObject(call, bucket, request.key, request.query.get('versionId'));
  if (call.anonymous && !isPublic(object)) throw new ServiceError('AccessDenied');
  requireCustomerKey(call, object.encryption, '');
  return object;
}

function readObject(call: Call, object: StoredObject): Answer {
  const { request, state, personality } = call;
  const failed =
    personality.readConditions === 'ignored'
      ? undefined
      : failedCondition(readConditions(request, ''), object, state.now());
  if (failed === 'match') throw new ServiceError('PreconditionFailed');
  const headers = objectHeaders(call, object);
  if (failed === 'none-match') return emptyAnswer(304, headers);

  const range = readRange(call, object);
  const content = range === undefined ? object.content : object.content.slice(range.start, range.length);
  if (range === undefined) return { status: 200, headers, body: content };
  const last = range.start + range.length - 1;
  const contentRange =
    range.length === 0 ? {} : { 'content-range': `bytes ${range.start}-${last}/${object.content.size}` };
  return { status: 206, headers: { ...headers, ...contentRange, ...range.headers }, body: content };
}

/** Retention and legal hold are shown to those who may read them, on S3. */
function visibleLock({ state }: Call, { lock }: StoredObject, subject: Subject): StoredObject['lock'] {
  if (subject.dialect.name === 'obs') return lock;
  const { mode, retainUntil, legalHold, ...others } = lock;
  return {
    ...others,
    ...(state.permits('getObjectRetention', subject) ? { mode, retainUntil } : {}),
    ...(state.permits('getObjectLegalHold', subject) ? { legalHold } : {}),
  };
}

function objectHeaders(call: Call, object: StoredObject): Record<string, string> {
  const { request, state, personality } = call;
  const { dialect, query } = request;
  const subject = { ...request, versionId: query.get('versionId') };
  const etag = writeEtag(personality.etags.head, object.etag);
  const headers: Record<string, string> = {
    ...propertyHeaders({ ...object, lock: visibleLock(call, object, subject) }, dialect),
    ...(etag === undefined ? {} : { etag }),
    'last-modified': httpTime(object.lastModifiedMs),
    'accept-ranges': 'bytes',
    ...versionHeader(call, object),
  };
  const tagCount = Object.keys(object.tags).length;
  if (tagCount > 0 && !state.denied.has('getObjectTagging') && state.permits('getObjectTagging', subject))
    headers[`${dialect.prefix}tagging-count`] = String(tagCount);
  // A checksum is of all the bytes: S3 leaves it out of the answer to a range.
  const isWhole =
    plainHeader(request, 'range') === undefined && (object.parts === undefined || !query.has('partNumber'));
  if (isWhole && (dialectHeader(request, 'checksum-mode')?.toUpperCase() === 'ENABLED' || dialect.name === 'obs')) {
    Object.assign(headers, checksumHeaders(object.checksums, object.checksumType, dialect));
  }
  if (!personality.gzipLength && request.method === 'HEAD' && object.headers['content-encoding'] === 'gzip') {
    headers['transfer-encoding'] = 'chunked';
  }
  if (personality.uploadIdOnHead && dialect.name === 'obs' && object.uploadId !== undefined) {
    headers['x-obs-uploadId'] = object.uploadId;
  }
  if (object.expiresAfterDays !== undefined) {
    const expiryMs = object.lastModifiedMs + object.expiresAfterDays * 86_400_000;
    headers[`${dialect.prefix}expiration`] = `expiry-date="${httpTime(expiryMs)}"`;
  }
  for (const name of responseOverrides) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

interface ReadRange {
  readonly start: number;
  readonly length: number;
  readonly headers?: Readonly<Record<string, string>>;
}

function readRange(call: Call, object: StoredObject): ReadRange | undefined {
  const { request, personality } = call;
  const partNumber = request.query.get('partNumber');
  if (partNumber !== undefined && personality.headPartNumber !== 'ignored') {
    if (personality.headPartNumber === 'refused') throw new ServiceError('MethodNotAllowed');
    return rangeOfPart(call, object, Number(partNumber));
  }
  const header = plainHeader(request, 'range');
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  const { size } = object.content;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size) {
    throw new ServiceError('InvalidRange', undefined, { headers: { 'content-range': `bytes */${size}` } });
  }
  return { start, length: end - start + 1 };
}

function rangeOfPart(call: Call, object: StoredObject, partNumber: number): ReadRange {
  const { dialect } = call.request;
  const index = object.parts?.findIndex((part) => part.partNumber === partNumber) ?? (partNumber === 1 ? 0 : -1);
  if (index === -1) throw new ServiceError('InvalidRange', 'The requested partnumber is not satisfiable');
  if (object.parts === undefined) return { start: 0, length: object.content.size };
  let start = 0;
  for (const part of object.parts.slice(0, index)) start += part.size;
  const part = object.parts[index];
  const checksums =
    dialectHeader(call.request, 'checksum-mode')?.toUpperCase() === 'ENABLED' ? (part?.checksums ?? {}) : {};
  return {
    start,
    length: part?.size ?? 0,
    headers: {
      [`${dialect.prefix}mp-parts-count`]: String(object.parts.length),
      ...checksumHeaders(checksums, undefined, dialect),
    },
  };
}

function isPublic({ grants }: StoredObject): boolean {
  return grants.some(({ grantee, permission }) => grantee.endsWith('/AllUsers') && permission === 'READ');
}

/** An answer that carries the object's bytes where something else was asked for. */
export function objectBytes(call: Call): Answer {
  const object = findObject(call);
  return {
    status: 200,
    headers: objectHeaders(call, object),
    body: object.content.size === 0 ? Content.empty : object.content,
  };
}
