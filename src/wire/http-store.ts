import { createHash } from 'node:crypto';
import type {
  AbortMultipartUploadRequest,
  CompleteMultipartUploadRequest,
  CompleteMultipartUploadResult,
  CopyObjectRequest,
  CopyObjectResult,
  CopyPartRequest,
  CopyPartResult,
  CopyStore,
  CreateMultipartUploadRequest,
  CreateMultipartUploadResult,
  HeadObjectRequest,
  HeadObjectResult,
  ListMultipartUploadsRequest,
  ListMultipartUploadsResult,
  ListPartsRequest,
  ListPartsResult,
  ObjectAcl,
  ObjectGrants,
  SourceLocation,
  StoreOperation,
  StoreRequest,
  StoreTraits,
} from '../store/copy-store.ts';
import { listenToCancellations } from '../store/request-cancellation.ts';
import { OBS_LIMITS, S3_LIMITS, type StoreLimits } from '../store/store-limits.ts';
import { readAcl } from './acl.ts';
import { formatCompleteBody, readCompleteBody } from './complete-upload-body.ts';
import { type CopyAnswer, type ReadBody, parseCopyAnswer, readCopyPartBody, readNoResult } from './copy-results.ts';
import { type Dialect, chooseDialect } from './dialect.ts';
import { formatEndpoint, isAmazon, isLoopback } from './endpoint.ts';
import { readHead } from './head-result.ts';
import { HttpClient, type WireResponse } from './http-client.ts';
import { readListParts, readListUploads } from './list-results.ts';
import { Draft, DraftWriter } from './request-draft.ts';
import { readEncryption } from './sse-headers.ts';
import type { NormalizedStoreOptions } from './store-options.ts';
import { formatTaggingBody, readTagging } from './tagging.ts';
import { parseXml, textOf } from './xml.ts';

/** Both stores of this library: what differs between them is in the {@link Dialect}. */
export class HttpStore implements CopyStore {
  readonly name: 'obs' | 's3';
  readonly limits: StoreLimits;
  readonly traits: StoreTraits;
  readonly #client: HttpClient;
  readonly #dialect: Dialect;
  readonly #writer: DraftWriter;

  constructor(options: NormalizedStoreOptions) {
    const { vendor, endpoint, region, isRegionKnown, allowInsecureSseC } = options;
    listenToCancellations(this);
    this.name = vendor;
    this.limits = vendor === 'obs' ? OBS_LIMITS : S3_LIMITS;
    const amazon = isAmazon(endpoint.hostname);
    this.traits = Object.freeze({
      dialect: vendor,
      endpoint: formatEndpoint(endpoint),
      // An assumed region signs requests well enough, but on OBS it would be compared with another store's.
      region: isRegionKnown || vendor === 's3' ? region : undefined,
      obeysSourceIfMatch: amazon,
      sendsSourceIfMatch: true,
      obeysIfNoneMatch: amazon,
      secure: endpoint.protocol === 'https:' || isLoopback(endpoint.hostname) || allowInsecureSseC,
    });
    this.#client = new HttpClient(options);
    this.#dialect = chooseDialect(vendor, options.signature);
    this.#writer = new DraftWriter(this.#dialect, this.traits);
  }

  async headObject(request: HeadObjectRequest): Promise<HeadObjectResult> {
    const { versionId, partNumber, sse, checksums } = request;
    const query: string[] = [];
    if (partNumber !== undefined) query.push('partNumber', String(partNumber));
    if (versionId !== undefined) query.push('versionId', versionId);
    const draft = new Draft('headObject', 'HEAD', request, query);
    this.#writer.addEncryption(draft, sse);
    if (checksums === true && this.#dialect.hasChecksumHeaders) {
      draft.headers.push(`${this.#dialect.prefix}checksum-mode`, 'ENABLED');
    }
    const response = await this.#send(draft, request);
    const head = readHead(response, this.#dialect);
    if (head === undefined) {
      const problem = 'a Content-Length that is missing or not a size, or without ETag and Last-Modified';
      throw this.#client.errorOfContent(draft, response, problem);
    }
    return head;
  }

  async copyObject(request: CopyObjectRequest): Promise<CopyObjectResult> {
    const { properties, taggingDirective, checksumAlgorithm, ifNoneMatch } = request;
    const { prefix, hasChecksumHeaders } = this.#dialect;
    const draft = new Draft('copyObject', 'PUT', request, []);
    draft.copySize = request.sourceSize;
    this.#writer.addSource(draft, request);
    if (properties !== undefined) {
      draft.headers.push(`${prefix}metadata-directive`, 'REPLACE');
      this.#writer.addProperties(draft, properties);
    }
    if (taggingDirective !== undefined) draft.headers.push(`${prefix}tagging-directive`, taggingDirective);
    if (checksumAlgorithm !== undefined && hasChecksumHeaders) {
      draft.headers.push(`${prefix}checksum-algorithm`, checksumAlgorithm);
    }
    if (ifNoneMatch !== undefined) draft.headers.push('if-none-match', ifNoneMatch);
    this.#writer.addEncryption(draft, request.sse);
    const response = await this.#send(draft, request);
    const { etag, lastModified, checksums } = this.#readCopy(draft, response, 'CopyObjectResult');
    if (etag === undefined) throw this.#client.errorOfContent(draft, response, 'a CopyObjectResult without an ETag');
    return {
      etag,
      lastModified,
      versionId: response.headers.get(`${prefix}version-id`),
      ...(checksums !== undefined && { checksums }),
      encryption: readEncryption(response.headers, this.#dialect),
    };
  }

  async createMultipartUpload(request: CreateMultipartUploadRequest): Promise<CreateMultipartUploadResult> {
    const { properties, checksumAlgorithm, checksumType } = request;
    const { prefix, hasChecksumHeaders } = this.#dialect;
    const draft = new Draft('createMultipartUpload', 'POST', request, ['uploads', '']);
    if (properties !== undefined) this.#writer.addProperties(draft, properties);
    if (hasChecksumHeaders) {
      if (checksumAlgorithm !== undefined) draft.headers.push(`${prefix}checksum-algorithm`, checksumAlgorithm);
      if (checksumType !== undefined) draft.headers.push(`${prefix}checksum-type`, checksumType);
    }
    this.#writer.addEncryption(draft, request.sse);
    const response = await this.#send(draft, request);
    const uploadId = this.#readBody(draft, response, readUploadId(response.body), 'an upload id');
    return {
      uploadId,
      encryption: readEncryption(response.headers, this.#dialect),
      checksumAlgorithm: response.headers.get(`${prefix}checksum-algorithm`),
    };
  }

  async copyPart(request: CopyPartRequest): Promise<CopyPartResult> {
    const { uploadId, partNumber, start, end } = request;
    const draft = new Draft('copyPart', 'PUT', request, ['partNumber', String(partNumber), 'uploadId', uploadId]);
    draft.partNumber = partNumber;
    if (start !== undefined && end !== undefined) draft.copySize = end - start + 1;
    this.#writer.addSource(draft, request);
    this.#writer.addRange(draft, request);
    this.#writer.addEncryption(draft, request.sse);
    const response = await this.#send(draft, request);
    const result = this.#readBody(draft, response, readCopyPartBody(response.body), 'a CopyPartResult with an ETag');
    const qosDelay = response.headers.get('x-obs-qos-delay-time');
    return qosDelay === undefined || !/^\d{1,9}$/.test(qosDelay) ? result : { ...result, qosDelayMs: Number(qosDelay) };
  }

  async listParts(request: ListPartsRequest): Promise<ListPartsResult> {
    const { uploadId, partNumberMarker, maxParts } = request;
    const query: string[] = [];
    if (maxParts !== undefined) query.push('max-parts', String(maxParts));
    if (partNumberMarker !== undefined) query.push('part-number-marker', String(partNumberMarker));
    query.push('uploadId', uploadId);
    const draft = new Draft('listParts', 'GET', request, query);
    const response = await this.#send(draft, request);
    const page = readListParts(response.body, partNumberMarker ?? 0);
    return this.#readBody(draft, response, page, 'a page of parts');
  }

  async completeMultipartUpload(request: CompleteMultipartUploadRequest): Promise<CompleteMultipartUploadResult> {
    const { uploadId, ifNoneMatch, checksumType, checksums } = request;
    const { prefix, hasChecksumHeaders } = this.#dialect;
    const draft = new Draft('completeMultipartUpload', 'POST', request, ['uploadId', uploadId]);
    draft.body = formatCompleteBody(this.#dialect, request.parts);
    draft.headers.push('content-type', 'application/xml');
    if (ifNoneMatch !== undefined) draft.headers.push('if-none-match', ifNoneMatch);
    if (hasChecksumHeaders) {
      if (checksumType !== undefined) draft.headers.push(`${prefix}checksum-type`, checksumType);
      for (const [algorithm, value] of Object.entries(checksums ?? {})) {
        draft.headers.push(`${prefix}checksum-${algorithm.toLowerCase()}`, value);
      }
    }
    this.#writer.addEncryption(draft, request.sse);
    const response = await this.#send(draft, request);
    const answer = this.#readBody(
      draft,
      response,
      readCompleteBody(response.body),
      'a CompleteMultipartUploadResult with an ETag',
    );
    return {
      etag: answer.etag,
      versionId: response.headers.get(`${prefix}version-id`),
      ...(answer.checksums !== undefined && { checksums: answer.checksums }),
      encryption: readEncryption(response.headers, this.#dialect),
    };
  }

  async abortMultipartUpload(request: AbortMultipartUploadRequest): Promise<void> {
    const draft = new Draft('abortMultipartUpload', 'DELETE', request, ['uploadId', request.uploadId]);
    const response = await this.#send(draft, request);
    this.#checkNoResult(draft, response);
  }

  async listMultipartUploads(request: ListMultipartUploadsRequest): Promise<ListMultipartUploadsResult> {
    const { prefix, keyMarker, uploadIdMarker, maxUploads } = request;
    // Without `encoding-type`: Ceph RGW 16 encodes the keys then, but doesn't say so, and a key can't be told from an encoded one.
    const query: string[] = [];
    if (keyMarker !== undefined) query.push('key-marker', keyMarker);
    if (maxUploads !== undefined) query.push('max-uploads', String(maxUploads));
    if (prefix !== undefined) query.push('prefix', prefix);
    if (uploadIdMarker !== undefined) query.push('upload-id-marker', uploadIdMarker);
    query.push('uploads', '');
    const draft = new Draft('listMultipartUploads', 'GET', request, query);
    const response = await this.#send(draft, request);
    return this.#readBody(draft, response, readListUploads(response.body, request), 'a page of uploads');
  }

  async getObjectTagging(request: SourceLocation & StoreRequest): Promise<Readonly<Record<string, string>>> {
    const draft = subResourceDraft('getObjectTagging', 'GET', 'tagging', request);
    const response = await this.#send(draft, request);
    return this.#readBody(draft, response, readTagging(response.body, response.headers), 'a set of tags');
  }

  async putObjectTagging(
    request: SourceLocation & StoreRequest & { readonly tags: Readonly<Record<string, string>> },
  ): Promise<void> {
    const body = formatTaggingBody(this.#dialect, request.tags);
    const draft = subResourceDraft('putObjectTagging', 'PUT', 'tagging', request);
    draft.body = body;
    const contentMd5 = createHash('md5').update(body).digest('base64');
    draft.headers.push('content-type', 'application/xml', 'content-md5', contentMd5);
    this.#checkNoResult(draft, await this.#send(draft, request));
  }

  async getObjectAcl(request: SourceLocation & StoreRequest): Promise<ObjectAcl> {
    const draft = subResourceDraft('getObjectAcl', 'GET', 'acl', request);
    const response = await this.#send(draft, request);
    return this.#readBody(draft, response, readAcl(response.body), 'a list of grants');
  }

  async putObjectAcl(request: SourceLocation & StoreRequest & { readonly grants: ObjectGrants }): Promise<void> {
    const draft = subResourceDraft('putObjectAcl', 'PUT', 'acl', request);
    this.#writer.addProperties(draft, { grants: request.grants });
    this.#checkNoResult(draft, await this.#send(draft, request));
  }

  async #send(draft: Draft, request: StoreRequest): Promise<WireResponse> {
    this.#writer.addCommon(draft, request);
    const response = await this.#client.send(draft);
    if (response.statusCode >= 300) throw this.#client.errorOf(draft, response);
    return response;
  }

  #readBody<T>(draft: Draft, response: WireResponse, read: ReadBody<T>, wanted: string): T {
    if (read === 'error') throw this.#client.errorOf(draft, response);
    if (read === 'unknown') throw this.#client.errorOfContent(draft, response, `a body that is not ${wanted}`);
    return read.result;
  }

  #readCopy(draft: Draft, response: WireResponse, root: string): CopyAnswer {
    return this.#readBody(draft, response, parseCopyAnswer(response.body, root), `a ${root}`);
  }

  #checkNoResult(draft: Draft, response: WireResponse): void {
    this.#readBody(draft, response, readNoResult(response.body), 'empty, nor a document of the store');
  }
}

function subResourceDraft(
  operation: StoreOperation,
  method: 'GET' | 'PUT',
  name: string,
  request: SourceLocation & StoreRequest,
): Draft {
  const { versionId } = request;
  return new Draft(
    operation,
    method,
    request,
    versionId === undefined ? [name, ''] : [name, '', 'versionId', versionId],
  );
}

function readUploadId(body: string): ReadBody<string> {
  const document = parseXml(body);
  if (document?.root === 'Error') return 'error';
  const isResult = document?.root === 'InitiateMultipartUploadResult';
  const uploadId = isResult ? textOf(document.element, 'UploadId')?.trim() : undefined;
  return uploadId === undefined || uploadId === '' ? 'unknown' : { result: uploadId };
}
