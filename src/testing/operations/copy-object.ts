import { isoTime, versionHeader, xmlAnswer } from '../answers.ts';
import type { Answer, Call, PreparedWork } from '../call.ts';
import type { Content } from '../content.ts';
import { openCopySource, sourceSubject } from '../copy-source.ts';
import { etagOfBytes, writeEtag } from '../etag-rules.ts';
import type { Personality } from '../personality.ts';
import { encryptionHeaders, hidesMd5 } from '../object-encryption.ts';
import { checksumFields, checksumOf, readChecksumAlgorithm } from '../object-checksums.ts';
import { readProperties } from '../object-properties.ts';
import { ServiceError } from '../service-error.ts';
import { dialectHeader } from '../store-request.ts';
import type { StoredObject, StoredProperties } from '../stored-object.ts';
import { newObject, requireDestinationConditions, requireKey, storedBytes, storeObject } from './write-object.ts';

/** CopyObject: looks at the source when it begins, and writes when its time has passed. */
export function prepareCopyObject(call: Call): PreparedWork {
  const { request, state, personality } = call;
  requireKey(request.key);
  const bucket = state.bucket(request.bucket);
  const source = openCopySource(call, 1, personality.copyConditions);
  const { maxCopyObjectSize } = personality.limits;
  if (source.content.size > maxCopyObjectSize) {
    throw new ServiceError(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${maxCopyObjectSize}`,
    );
  }
  const asked = readProperties(call, bucket);
  const properties = mergeProperties(call, source, asked);
  refuseUnchangedSelfCopy(call, source, asked);
  const annotations = copiedAnnotations(call, source, properties);
  return { bytes: source.content.size, land };

  function land(): Answer {
    const refusal = requireCopyConditions(call);
    const [sourceAlgorithm] = Object.keys(source.checksums) as (keyof StoredObject['checksums'])[];
    const algorithm = readChecksumAlgorithm(call) ?? sourceAlgorithm;
    const content = storedBytes(call, source.content);
    const checksums = checksumOf(content, algorithm);
    const object = newObject(call, bucket, properties, {
      content,
      ...etagOfCopy(call, source, content, properties),
      checksums,
      checksumType: algorithm === undefined ? undefined : 'FULL_OBJECT',
      ...(annotations === undefined ? {} : { annotations }),
    });
    storeObject(call, object);
    if (refusal !== undefined) throw refusal;
    state.stats.bytesCopied += source.content.size;
    const headers = { ...versionHeader(call, object), ...encryptionHeaders(object.encryption, request.dialect) };
    if (personality.copySourceVersionEchoed && source.versionId !== 'null') {
      headers[`${request.dialect.prefix}copy-source-version-id`] = source.versionId;
    }
    return xmlAnswer(
      call,
      'CopyObjectResult',
      {
        LastModified: isoTime(object.lastModifiedMs),
        ETag: writeEtag(personality.etags.copy, object.etag),
        ...checksumFields(checksums),
        ChecksumType: object.checksumType,
      },
      headers,
    );
  }
}

/**
 * Holds the conditions of a copy against what is at the destination.
 *
 * @returns the refusal, where the server at hand writes all the same
 */
function requireCopyConditions(call: Call): ServiceError | undefined {
  const style = call.personality.conditionsOnCopy;
  if (style === 'by-source') {
    if (call.request.headers['if-none-match'] !== undefined) throw new ServiceError('PreconditionFailed');
    return undefined;
  }
  if (style === 'as-cf-copy-destination') {
    requireDestinationConditions(call, 'obeyed', 'cf-copy-destination-');
    return undefined;
  }
  try {
    requireDestinationConditions(call, style === 'ignored' ? 'ignored' : 'obeyed');
    return undefined;
  } catch (error) {
    if (style === 'overwrites' && error instanceof ServiceError) return error;
    throw error;
  }
}

/** A copy has the source's headers and metadata unless told otherwise; class, ACL, lock and redirect are always the request's. */
function mergeProperties(call: Call, source: StoredObject, asked: StoredProperties): StoredProperties {
  const { request, state, personality } = call;
  const replacesMetadata = readDirective(dialectHeader(request, 'metadata-directive'), 'COPY') === 'REPLACE';
  const tagsByDefault = personality.copiesTags && dialectHeader(request, 'tagging') === undefined ? 'COPY' : 'REPLACE';
  const copiesTags = readDirective(dialectHeader(request, 'tagging-directive'), tagsByDefault) === 'COPY';
  if (copiesTags && Object.keys(source.tags).length > 0) {
    if (state.bucket(request.bucket).isDirectory) throw new ServiceError('NotImplemented');
    state.requirePermission('getObjectTagging', sourceSubject(call, source));
    state.requirePermission('putObjectTagging', request);
  }
  return {
    ...asked,
    ...(replacesMetadata
      ? replacedHeaders(personality, source)
      : { headers: source.headers, metadata: source.metadata }),
    tags: copiesTags ? source.tags : asked.tags,
  };
}

/** The annotations that a copy carries: all of the source's, unless it is told to leave them out. */
function copiedAnnotations(
  call: Call,
  source: StoredObject,
  { encryption }: StoredProperties,
): StoredObject['annotations'] {
  const { request, state, personality } = call;
  const directive = dialectHeader(request, 'object-annotation-directive') ?? 'COPY';
  if (!personality.knowsNews || directive === 'EXCLUDE') return undefined;
  if (directive !== 'COPY') throw new ServiceError('InvalidArgument', `Unknown directive '${directive}'`);
  if (Object.keys(source.annotations ?? {}).length === 0) return undefined;
  if (state.bucket(request.bucket).isDirectory) throw new ServiceError('NotImplemented');
  if (encryption.type === 'SSE-C') {
    throw new ServiceError('InvalidRequest', 'Objects encrypted with customer keys cannot have annotations');
  }
  state.requirePermission('getObjectAnnotation', sourceSubject(call, source));
  state.requirePermission('putObjectAnnotation', request);
  return source.annotations;
}

function replacedHeaders(
  personality: Personality,
  source: StoredObject,
): Pick<StoredProperties, 'headers'> | undefined {
  const headers = { kept: undefined, source: source.headers, lost: {} }[personality.replacedHeaders];
  return headers && { headers };
}

function readDirective(text: string | undefined, byDefault: 'COPY' | 'REPLACE'): 'COPY' | 'REPLACE' {
  if (text === undefined) return byDefault;
  if (text === 'COPY' || text === 'REPLACE') return text;
  throw new ServiceError('InvalidArgument', `Unknown directive '${text}'`);
}

function etagOfCopy(
  call: Call,
  source: StoredObject,
  content: Content,
  properties: StoredProperties,
): Pick<StoredObject, 'etag' | 'parts'> {
  const { personality } = call;
  // A store that keeps the source's ETag reads no bytes; wrong ones would never show there.
  const keeps = personality.copyObjectEtag === 'kept' && content === source.content;
  if (keeps && !hidesMd5(source.encryption) && !hidesMd5(properties.encryption))
    return { etag: source.etag, parts: source.parts };
  return { etag: etagOfBytes(call, content, properties.encryption) };
}

function refuseUnchangedSelfCopy({ request }: Call, source: StoredObject, asked: StoredProperties): void {
  if (source.bucket !== request.bucket || source.key !== request.key) return;
  const changes =
    dialectHeader(request, 'metadata-directive') === 'REPLACE' ||
    dialectHeader(request, 'tagging-directive') === 'REPLACE' ||
    dialectHeader(request, 'storage-class') !== undefined ||
    asked.websiteRedirectLocation !== undefined ||
    asked.encryption.type !== 'none' ||
    dialectHeader(request, 'copy-source')?.includes('?versionId=') === true;
  if (changes) return;
  throw new ServiceError(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes",
  );
}
