import type { RequestOf, ResultOf, SourceLocation, StoreOperation } from '../store/copy-store.ts';
import { readAcl } from './acl.ts';
import { readBucketDescription } from './bucket-description.ts';
import { formatCompleteBody } from './complete-upload-body.ts';
import { readAnnotations } from './annotations.ts';
import { readCopiedPart, readMadeObject } from './copy-results.ts';
import { formatDeleteBody, readDeleteResult } from './delete-objects.ts';
import { type Dialect, formatDocument } from './dialect.ts';
import { readHead } from './head-result.ts';
import type { WireRequest, WireResponse } from './send-request.ts';
import { readListObjects } from './list-objects.ts';
import { readListVersions, readVersioning } from './list-versions.ts';
import { readListParts, readListUploads } from './list-results.ts';
import { type ReadBody, readBody, readNoResult } from './read-body.ts';
import type { Draft, DraftWriter } from './request-draft.ts';
import { readDate } from './object-headers.ts';
import { readEncryption } from './sse-headers.ts';
import { readObjectRange } from './object-range.ts';
import { formatTaggingBody, readTagging } from './tagging.ts';
import { escapeXml, wordOf } from './xml.ts';

/** One operation of the port on the wire: what its request is made of, and how its answer is read. */
export interface WireOperation<Operation extends StoreOperation> {
  readonly method: WireRequest['method'];
  /** Names and values in turn. The bucket and the key, if the request has one, are the path. */
  readonly query: (request: RequestOf<Operation>, dialect: Dialect) => string[];
  /** Headers and body beside those that any request may have. */
  readonly write?: (draft: Draft, request: RequestOf<Operation>, writer: DraftWriter) => void;
  readonly read: (
    response: WireResponse,
    dialect: Dialect,
    request: RequestOf<Operation>,
  ) => ReadBody<ResultOf<Operation>>;
  /** What is wrong with an answer that can't be read, for messages. */
  readonly problem: string;
}

/** Query parameters, without those that say nothing. */
function present(...pairs: readonly (readonly [name: string, value: string | number | undefined])[]): string[] {
  return pairs.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [name, String(value)]));
}

const version = ({ versionId }: SourceLocation): string[] => present(['versionId', versionId]);

const NO_RESULT = {
  read: ({ body }: WireResponse): ReadBody<void> => readNoResult(body),
  problem: 'a body that is not empty, nor a document of the store',
} as const;

/** All operations of the port. Every way to a store sends and reads by this table. */
export const OPERATIONS: { readonly [Operation in StoreOperation]: WireOperation<Operation> } = {
  headObject: {
    method: 'HEAD',
    query: ({ partNumber, versionId }) => present(['partNumber', partNumber], ['versionId', versionId]),
    write(draft, { sse, checksums }, writer) {
      writer.addEncryption(draft, sse);
      writer.addChecksum(draft, 'mode', checksums === true ? 'ENABLED' : undefined);
    },
    read(response, dialect) {
      const result = readHead(response, dialect);
      return result === undefined ? 'empty' : { result };
    },
    problem: 'a Content-Length that is missing or not a size, or without ETag and Last-Modified',
  },
  copyObject: {
    method: 'PUT',
    query: () => [],
    write(draft, request, writer) {
      const { properties } = request;
      draft.copySize = request.sourceSize;
      writer.addSource(draft, request);
      if (properties !== undefined) {
        writer.add(draft, 'metadata-directive', 'REPLACE');
        writer.addProperties(draft, properties);
      }
      writer.add(draft, 'tagging-directive', request.taggingDirective);
      writer.add(draft, 'object-annotation-directive', request.annotationDirective);
      writer.addChecksum(draft, 'algorithm', request.checksumAlgorithm);
      writer.addConditions(draft, request, writer.dialect.copyConditionPrefix);
      writer.addEncryption(draft, request.sse);
    },
    read: readMadeObject,
    problem: 'a body that is not a CopyObjectResult with an ETag',
  },
  createMultipartUpload: {
    method: 'POST',
    query: () => ['uploads', ''],
    write(draft, request, writer) {
      writer.addProperties(draft, request.properties ?? {});
      writer.addChecksum(draft, 'algorithm', request.checksumAlgorithm);
      writer.addChecksum(draft, 'type', request.checksumType);
      writer.addEncryption(draft, request.sse);
    },
    read: ({ body, headers }, dialect) =>
      readBody(body, (element) => {
        const uploadId = wordOf(element, 'UploadId');
        if (uploadId === undefined) return undefined;
        const checksumAlgorithm = headers.get(`${dialect.prefix}checksum-algorithm`);
        const versionId = headers.get(`${dialect.prefix}version-id`);
        return { uploadId, versionId, encryption: readEncryption(headers, dialect), checksumAlgorithm };
      }),
    problem: 'a body that is not an upload id',
  },
  copyPart: {
    method: 'PUT',
    query: ({ partNumber, uploadId }) => ['partNumber', String(partNumber), 'uploadId', uploadId],
    write(draft, request, writer) {
      const { start, end } = request;
      draft.partNumber = request.partNumber;
      if (start !== undefined && end !== undefined) draft.copySize = end - start + 1;
      writer.addSource(draft, request);
      writer.addRange(draft, request);
      writer.addEncryption(draft, request.sse);
    },
    read: readCopiedPart,
    problem: 'a body that is not a CopyPartResult with an ETag',
  },
  listParts: {
    method: 'GET',
    query: ({ uploadId, partNumberMarker, maxParts }) => [
      ...present(['max-parts', maxParts], ['part-number-marker', partNumberMarker]),
      'uploadId',
      uploadId,
    ],
    read: ({ body }, _dialect, { partNumberMarker }) => readListParts(body, partNumberMarker ?? 0),
    problem: 'a body that is not a page of parts',
  },
  completeMultipartUpload: {
    method: 'POST',
    query: ({ uploadId }) => ['uploadId', uploadId],
    write(draft, request, writer) {
      draft.body = formatCompleteBody(writer.dialect, request.parts);
      draft.headers.push('content-type', 'application/xml');
      writer.addConditions(draft, request);
      if (!writer.dialect.isObs) writer.add(draft, 'mp-object-size', request.objectSize?.toString());
      writer.addChecksum(draft, 'type', request.checksumType);
      for (const [algorithm, value] of Object.entries(request.checksums ?? {})) {
        writer.addChecksum(draft, algorithm.toLowerCase(), value);
      }
      writer.addEncryption(draft, request.sse);
    },
    read: readMadeObject,
    problem: 'a body that is not a CompleteMultipartUploadResult with an ETag',
  },
  abortMultipartUpload: { method: 'DELETE', query: ({ uploadId }) => ['uploadId', uploadId], ...NO_RESULT },
  listMultipartUploads: {
    method: 'GET',
    // Without `encoding-type`: Ceph RGW 16 encodes the keys then, but doesn't say so, and a key can't be told from an encoded one.
    query: ({ prefix, keyMarker, uploadIdMarker, maxUploads }) => [
      ...present(['key-marker', keyMarker], ['max-uploads', maxUploads], ['prefix', prefix]),
      ...present(['upload-id-marker', uploadIdMarker]),
      'uploads',
      '',
    ],
    read: ({ body }, _dialect, request) => readListUploads(body, request),
    problem: 'a body that is not a page of uploads',
  },
  getObjectTagging: {
    method: 'GET',
    query: (request) => ['tagging', '', ...version(request)],
    read: ({ body, headers }) => readTagging(body, headers),
    problem: 'a body that is not a set of tags',
  },
  putObjectTagging: {
    method: 'PUT',
    query: (request) => ['tagging', '', ...version(request)],
    write(draft, { tags }, writer) {
      draft.writeBody(formatTaggingBody(writer.dialect, tags));
    },
    ...NO_RESULT,
  },
  getObjectAcl: {
    method: 'GET',
    query: (request) => ['acl', '', ...version(request)],
    read: ({ body }) => readAcl(body),
    problem: 'a body that is not a list of grants',
  },
  listObjects: {
    method: 'GET',
    query({ prefix, startAfter, continuationToken, marker, maxKeys, plainKeys }, { isObs }) {
      const isByMarker = isObs || marker !== undefined;
      return [
        ...present(['continuation-token', continuationToken]),
        ...(plainKeys === true ? [] : ['encoding-type', 'url']),
        ...(isByMarker ? present(['marker', marker ?? startAfter]) : ['list-type', '2']),
        ...present(['max-keys', maxKeys], ['prefix', prefix]),
        ...(isByMarker || continuationToken !== undefined ? [] : present(['start-after', startAfter])),
      ];
    },
    read({ body, headers }, _dialect, request) {
      const read = readListObjects(body, request);
      if (typeof read === 'string') return read;
      return { result: { ...read.result, serverTime: readDate(headers.get('date')) } };
    },
    problem: 'a body that is not a page of objects',
  },
  deleteObjects: {
    method: 'POST',
    query: () => ['delete', ''],
    write(draft, { keys }, writer) {
      draft.writeBody(formatDeleteBody(writer.dialect, keys));
    },
    read: ({ body }) => readDeleteResult(body),
    problem: 'a body that is not a DeleteResult',
  },
  listObjectVersions: {
    method: 'GET',
    query: ({ prefix, keyMarker, versionIdMarker, maxKeys, plainKeys }) => [
      ...(plainKeys === true ? [] : ['encoding-type', 'url']),
      ...present(['key-marker', keyMarker], ['max-keys', maxKeys], ['prefix', prefix]),
      ...present(['version-id-marker', versionIdMarker]),
      'versions',
      '',
    ],
    read: ({ body }, _dialect, request) => readListVersions(body, request),
    problem: 'a body that is not a page of versions',
  },
  getBucketVersioning: {
    method: 'GET',
    query: () => ['versioning', ''],
    read: ({ body }) => readVersioning(body),
    problem: 'a body that is not a VersioningConfiguration',
  },
  headBucket: {
    method: 'HEAD',
    query: () => [],
    read: readBucketDescription,
    problem: 'no description of a bucket',
  },
  getObject: {
    method: 'GET',
    query: version,
    write(draft, { start, end, ifMatch }) {
      draft.headers.push('range', `bytes=${start}-${end}`);
      if (ifMatch !== undefined) draft.headers.push('if-match', `"${ifMatch}"`);
    },
    read: readObjectRange,
    problem: 'a body that is not the range that was asked for',
  },
  listAnnotations: {
    method: 'GET',
    query: ({ continuationToken, versionId }) => [
      'annotation',
      '',
      ...present(['continuation-token', continuationToken], ['max-annotation-results', 1000], ['versionId', versionId]),
    ],
    read: ({ body }) => readAnnotations(body),
    problem: 'a body that is not a page of annotations',
  },
  getAnnotation: {
    method: 'GET',
    query: ({ name, versionId }) => ['annotation', '', 'annotationName', name, ...present(['versionId', versionId])],
    read: ({ body }) => (body === '' ? 'empty' : { result: body }),
    problem: 'nothing',
  },
  putAnnotation: {
    method: 'PUT',
    query: ({ name, versionId }) => ['annotation', '', 'annotationName', name, ...present(['versionId', versionId])],
    write(draft, { text, objectIfMatch }, writer) {
      draft.writeBody(text, 'text/plain; charset=utf-8');
      writer.add(draft, 'object-if-match', objectIfMatch === undefined ? undefined : `"${objectIfMatch}"`);
    },
    ...NO_RESULT,
  },
  updateObjectEncryption: {
    method: 'PUT',
    query: (request) => ['encryption', '', ...version(request)],
    write(draft, { keyId }, { dialect }) {
      const key = `<SSE-KMS><KMSKeyArn>${escapeXml(keyId)}</KMSKeyArn></SSE-KMS>`;
      draft.writeBody(formatDocument(dialect, 'ObjectEncryption', key));
    },
    ...NO_RESULT,
  },
  putObjectRetention: {
    method: 'PUT',
    query: (request) => ['retention', '', ...version(request)],
    write(draft, { mode, retainUntil }, { dialect }) {
      const end = dialect.isObs ? retainUntil.getTime() : retainUntil.toISOString(); // OBS counts milliseconds
      const content = `<Mode>${escapeXml(mode)}</Mode><RetainUntilDate>${end}</RetainUntilDate>`;
      draft.writeBody(formatDocument(dialect, 'Retention', content));
    },
    ...NO_RESULT,
  },
  putObjectLegalHold: {
    method: 'PUT',
    query: (request) => ['legal-hold', '', ...version(request)],
    write(draft, { on }, { dialect }) {
      draft.writeBody(formatDocument(dialect, 'LegalHold', `<Status>${on ? 'ON' : 'OFF'}</Status>`));
    },
    ...NO_RESULT,
  },
  putObject: {
    method: 'PUT',
    query: () => [],
    write(draft, { body }) {
      draft.writeBody(body, 'application/x-ndjson');
    },
    ...NO_RESULT,
  },
};
