import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { emptyAnswer, httpTime, isoTime, xmlAnswer } from '../answers.ts';
import type { Answer, Call } from '../call.ts';
import { matchesEtag } from '../conditions.ts';
import { encryptionHeaders } from '../object-encryption.ts';
import { checksumHeaders, verifyBodyChecksums } from '../object-checksums.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader } from '../store-request.ts';
import type { StoredAnnotation, StoredObject } from '../stored-object.ts';
import { deleteObject } from './delete-objects.ts';
import { readCount } from './manage-uploads.ts';
import { amend, findSubject } from './object-settings.ts';
import { putObject } from './put-object.ts';
import { objectBytes } from './read-object.ts';

const MAX_ANNOTATIONS = 1000;
const MAX_NAME_BYTES = 512;
const MAX_PAYLOAD_BYTES = 1024 * 1024;

/** ListObjectAnnotations, or GetObject where the server knows no annotations. */
export function listObjectAnnotations(call: Call): Answer {
  if (!call.personality.knowsNews) return objectBytes(call);
  const object = findAnnotated(call);
  const { query } = call.request;
  const prefix = query.get('annotation-prefix') ?? '';
  const token = query.get('continuation-token');
  const max = readCount(query.get('max-annotation-results'), MAX_ANNOTATIONS);
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString();
  const following = Object.entries(object.annotations ?? {})
    .filter(([name]) => name.startsWith(prefix) && name > after)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const page = following.slice(0, max);
  const last = page.at(-1)?.[0] ?? '';
  return xmlAnswer(
    call,
    'ListObjectAnnotationsResult',
    {
      Annotations: {
        AnnotationEntry: page.map(([name, { payload, etag, lastModifiedMs, checksums }]) => ({
          AnnotationName: name,
          LastModified: isoTime(lastModifiedMs),
          Size: payload.length,
          ETag: `"${etag}"`,
          ChecksumAlgorithm: Object.keys(checksums),
        })),
      },
      Bucket: object.bucket,
      Key: object.key,
      AnnotationPrefix: prefix === '' ? undefined : prefix,
      MaxAnnotationResults: max,
      AnnotationCount: page.length,
      ContinuationToken: token,
      NextContinuationToken: page.length < following.length ? Buffer.from(last).toString('base64url') : undefined,
    },
    annotatedVersion(call, object),
  );
}

export function getObjectAnnotation(call: Call): Answer {
  if (!call.personality.knowsNews) return objectBytes(call);
  const object = findAnnotated(call);
  const annotation = requireAnnotation(object, nameOf(call));
  const { dialect } = call.request;
  const isChecked = dialectHeader(call.request, 'checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    status: 200,
    headers: {
      'content-type': 'text/plain',
      etag: `"${annotation.etag}"`,
      'last-modified': httpTime(annotation.lastModifiedMs),
      ...annotatedVersion(call, object),
      ...encryptionHeaders(object.encryption, dialect),
      ...(isChecked ? checksumHeaders(annotation.checksums, 'FULL_OBJECT', dialect) : {}),
    },
    body: annotation.payload.toString(),
  };
}

/** PutObjectAnnotation, or PutObject where the server knows no annotations: then the object is lost. */
export function putObjectAnnotation(call: Call): Answer {
  const { request, state, personality, body } = call;
  if (!personality.knowsNews) return putObject(call);
  const name = nameOf(call);
  const object = findAnnotated(call);
  const ifMatch = dialectHeader(request, 'object-if-match');
  if (ifMatch !== undefined && !matchesEtag(ifMatch, object.etag)) throw new ServiceError('PreconditionFailed');
  if (object.encryption.type === 'SSE-C') {
    throw new ServiceError('InvalidRequest', 'Objects encrypted with customer keys cannot have annotations');
  }
  if (body.length === 0) throw new ServiceError('InvalidRequest', 'An annotation holds at least one byte');
  if (body.length > MAX_PAYLOAD_BYTES) throw new ServiceError('EntityTooLarge');
  if (!isUtf8(body)) throw new ServiceError('UnsupportedMediaType');
  const annotations = object.annotations ?? {};
  if (!Object.hasOwn(annotations, name) && Object.keys(annotations).length >= MAX_ANNOTATIONS) {
    throw new ServiceError('AnnotationLimitExceeded');
  }
  const annotation: StoredAnnotation = {
    payload: body,
    etag: createHash('md5').update(body).digest('hex'),
    lastModifiedMs: state.now(),
    checksums: verifyBodyChecksums(call),
  };
  amend(call, object, { annotations: { ...annotations, [name]: annotation } });
  return xmlAnswer(
    call,
    'PutObjectAnnotationResult',
    { Key: object.key, AnnotationName: name },
    {
      etag: `"${annotation.etag}"`,
      ...annotatedVersion(call, object),
      ...checksumHeaders(annotation.checksums, 'FULL_OBJECT', request.dialect),
      ...encryptionHeaders(object.encryption, request.dialect),
    },
  );
}

export function deleteObjectAnnotation(call: Call): Answer {
  if (!call.personality.knowsNews) return deleteObject(call);
  const object = findAnnotated(call);
  const { [nameOf(call)]: _deleted, ...annotations } = object.annotations ?? {};
  amend(call, object, { annotations });
  return emptyAnswer(204, annotatedVersion(call, object));
}

function findAnnotated(call: Call): StoredObject {
  if (call.state.bucket(call.request.bucket).isDirectory) throw new ServiceError('NotImplemented');
  return findSubject(call);
}

function requireAnnotation(object: StoredObject, name: string): StoredAnnotation {
  const annotation = Object.hasOwn(object.annotations ?? {}, name) ? object.annotations?.[name] : undefined;
  if (annotation === undefined) throw new ServiceError('NoSuchAnnotation');
  return annotation;
}

function nameOf({ request }: Call): string {
  const name = request.query.get('annotationName') ?? '';
  if (name === '') throw new ServiceError('InvalidAnnotationName');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new ServiceError('AnnotationNameTooLong');
  return name;
}

function annotatedVersion({ request, state }: Call, object: StoredObject): Record<string, string> {
  if (state.bucket(object.bucket).versioning === 'off') return {};
  return { [`${request.dialect.prefix}object-version-id`]: object.versionId };
}
