import { readAcl } from '../wire/acl.ts';
import { readCompleteBody } from '../wire/complete-upload-body.ts';
import {
  type CopyAnswer,
  type ReadBody,
  parseCopyAnswer,
  readCopyPartBody,
  readNoResult,
} from '../wire/copy-results.ts';
import type { Dialect } from '../wire/dialect.ts';
import { isLoopback } from '../wire/endpoint.ts';
import { readHead } from '../wire/head-result.ts';
import type { WireResponse } from '../wire/http-client.ts';
import { readListParts, readListUploads } from '../wire/list-results.ts';
import type { RequestSubject } from '../wire/response-error.ts';
import { readEncryption } from '../wire/sse-headers.ts';
import { readTagging } from '../wire/tagging.ts';
import { parseXml, textOf } from '../wire/xml.ts';
import type { CopyStore, StoreTraits } from '../store/copy-store.ts';
import { OBS_LIMITS, type StoreLimits } from '../store/store-limits.ts';
import { type ObsSdkClientLike, type VendorMethodCall, callVendor } from './obs-sdk-call.ts';
import {
  completeMultipartUploadRequest,
  copyObjectRequest,
  copyPartRequest,
  createMultipartUploadRequest,
  headObjectRequest,
  listMultipartUploadsRequest,
  listPartsRequest,
  putObjectTaggingRequest,
  uploadRequest,
  versionRequest,
} from './obs-sdk-request.ts';
import { VendorCalls } from './vendor-call.ts';
import { refusal, secretsOf } from './vendor-failure.ts';

/** Options of `fromObsClient`. */
export interface FromObsClientOptions {
  /** For messages. @default 'obs' */
  readonly name?: string | undefined;
  /** @default those of Huawei OBS */
  readonly limits?: StoreLimits | undefined;
  /** Adds to what is known of the store. */
  readonly traits?: StoreTraits | undefined;
  /**
   * Gives a request up after this many milliseconds, whatever `timeout` the client has.
   *
   * @default 60 s, and for copies 1 s more for each 8 MiB; 10 minutes for Complete
   */
  readonly requestTimeoutMs?: number | undefined;
}

/** What the vendor's client knows of its endpoint. */
interface ClientState {
  readonly server?: unknown;
  readonly isSecure?: unknown;
}

type RequestOf<Operation extends keyof CopyStore> = CopyStore[Operation] extends
  | ((request: infer Request) => unknown)
  | undefined
  ? Request
  : never;
type ResultOf<Operation extends keyof CopyStore> = CopyStore[Operation] extends
  | ((request: never) => infer Result)
  | undefined
  ? NonNullable<Result>
  : never;

/** A store over the vendor's client. */
export class ObsSdkStore implements CopyStore {
  readonly name: string;
  readonly limits: StoreLimits;
  readonly #client: ObsSdkClientLike;
  readonly #givenTraits: StoreTraits | undefined;
  readonly #requestTimeoutMs: number | undefined;
  readonly #calls = new VendorCalls();
  /** The client's constructor leaves its work to the next tick. */
  readonly #ready: Promise<void> = new Promise((resolve) => setImmediate(resolve));

  constructor(client: ObsSdkClientLike, options: FromObsClientOptions) {
    this.name = options.name ?? 'obs';
    this.limits = options.limits ?? OBS_LIMITS;
    this.#client = client;
    this.#givenTraits = options.traits;
    this.#requestTimeoutMs = options.requestTimeoutMs;
  }

  get traits(): StoreTraits {
    const { server, isSecure } = this.#state;
    const known = typeof server === 'string';
    return {
      dialect: 'obs',
      sendsSourceIfMatch: false,
      ...(known && { endpoint: `${isSecure === false ? 'http' : 'https'}://${server}` }),
      ...(known && { secure: isSecure !== false || isLoopback(server) }),
      ...this.#givenTraits,
    };
  }

  get #state(): ClientState {
    return (this.#client as { readonly util?: ClientState }).util ?? {};
  }

  headObject(request: RequestOf<'headObject'>): ResultOf<'headObject'> {
    return this.#send({
      subject: subjectOf('headObject', request),
      method: 'getObjectMetadata',
      request,
      build: () => headObjectRequest(request),
      read: (response, dialect) => orUnknown(readHead(response, dialect)),
      wanted: 'a size',
      secrets: secretsOf(request.sse),
    });
  }

  copyObject(request: RequestOf<'copyObject'>): ResultOf<'copyObject'> {
    return this.#send({
      subject: subjectOf('copyObject', request),
      method: 'copyObject',
      request,
      build: () => copyObjectRequest(request),
      read: (response, dialect) =>
        mapBody(parseCopyAnswer(response.body, 'CopyObjectResult'), ({ etag, lastModified, checksums }) =>
          etag === undefined ? undefined : { etag, lastModified, checksums, ...facts(response, dialect) },
        ),
      wanted: 'a CopyObjectResult with an ETag',
      secrets: secretsOf(request.sse, request.sourceSse),
    });
  }

  createMultipartUpload(request: RequestOf<'createMultipartUpload'>): ResultOf<'createMultipartUpload'> {
    return this.#send({
      subject: subjectOf('createMultipartUpload', request),
      method: 'initiateMultipartUpload',
      request,
      build: () => createMultipartUploadRequest(request),
      read: (response, dialect) => {
        const document = parseXml(response.body);
        if (document?.root === 'Error') return 'error';
        const uploadId = document === undefined ? undefined : textOf(document.element, 'UploadId')?.trim();
        if (document?.root !== 'InitiateMultipartUploadResult' || uploadId === undefined || uploadId === '')
          return 'unknown';
        return { result: { uploadId, encryption: readEncryption(response.headers, dialect) } };
      },
      wanted: 'an upload id',
      secrets: secretsOf(request.sse),
    });
  }

  copyPart(request: RequestOf<'copyPart'>): ResultOf<'copyPart'> {
    return this.#send({
      subject: { ...subjectOf('copyPart', request), partNumber: request.partNumber },
      method: 'copyPart',
      request,
      build: () => copyPartRequest(request),
      read: ({ body, headers }) => {
        const qosDelay = headers.get('x-obs-qos-delay-time');
        const isDelay = qosDelay !== undefined && /^\d{1,9}$/.test(qosDelay);
        return mapBody(readCopyPartBody(body), (result) =>
          isDelay ? { ...result, qosDelayMs: Number(qosDelay) } : result,
        );
      },
      wanted: 'a CopyPartResult with an ETag',
      secrets: secretsOf(request.sse, request.sourceSse),
    });
  }

  listParts(request: RequestOf<'listParts'>): ResultOf<'listParts'> {
    return this.#send({
      subject: subjectOf('listParts', request),
      method: 'listParts',
      request,
      build: () => listPartsRequest(request),
      read: ({ body }) => readListParts(body, request.partNumberMarker ?? 0),
      wanted: 'a page of parts',
    });
  }

  completeMultipartUpload(request: RequestOf<'completeMultipartUpload'>): ResultOf<'completeMultipartUpload'> {
    return this.#send({
      subject: subjectOf('completeMultipartUpload', request),
      method: 'completeMultipartUpload',
      request,
      build: () => completeMultipartUploadRequest(request),
      read: (response, dialect) =>
        mapBody(readCompleteBody(response.body), ({ etag, checksums }: CopyAnswer) => ({
          etag,
          checksums,
          ...facts(response, dialect),
        })),
      wanted: 'a CompleteMultipartUploadResult with an ETag',
      secrets: secretsOf(request.sse),
    });
  }

  async abortMultipartUpload(request: RequestOf<'abortMultipartUpload'>): Promise<void> {
    await this.#send({
      subject: subjectOf('abortMultipartUpload', request),
      method: 'abortMultipartUpload',
      request,
      build: () => uploadRequest(request),
      read: ({ body }) => readNoResult(body),
      wanted: 'empty, nor a document of the store',
    });
  }

  listMultipartUploads(request: RequestOf<'listMultipartUploads'>): ResultOf<'listMultipartUploads'> {
    return this.#send({
      subject: { operation: 'listMultipartUploads', bucket: request.bucket },
      method: 'listMultipartUploads',
      request,
      build: () => listMultipartUploadsRequest(request),
      read: ({ body }) => readListUploads(body, request),
      wanted: 'a page of uploads',
    });
  }

  getObjectTagging(request: RequestOf<'getObjectTagging'>): ResultOf<'getObjectTagging'> {
    return this.#send({
      subject: subjectOf('getObjectTagging', request),
      method: 'getObjectTagging',
      request,
      build: () => versionRequest(request),
      read: ({ body }) => readTagging(body),
      wanted: 'a set of tags',
    });
  }

  async putObjectTagging(request: RequestOf<'putObjectTagging'>): Promise<void> {
    await this.#send({
      subject: subjectOf('putObjectTagging', request),
      method: 'setObjectTagging',
      request,
      build: () => putObjectTaggingRequest(request),
      read: ({ body }) => readNoResult(body),
      wanted: 'empty, nor a document of the store',
    });
  }

  getObjectAcl(request: RequestOf<'getObjectAcl'>): ResultOf<'getObjectAcl'> {
    return this.#send({
      subject: subjectOf('getObjectAcl', request),
      method: 'getObjectAcl',
      request,
      build: () => versionRequest(request),
      read: ({ body }) => readAcl(body),
      wanted: 'a list of grants',
    });
  }

  async #send<Result>(call: VendorMethodCall<Result>): Promise<Result> {
    call.request.signal?.throwIfAborted();
    await this.#ready;
    const { secure, endpoint } = this.traits;
    if (secure === false && (call.secrets ?? []).length > 0) {
      throw refusal(
        call.subject,
        `an SSE-C key must not be sent over plain http to ${endpoint}: use https, or set traits.secure`,
      );
    }
    return callVendor(this.#client, this.#calls, call, this.#requestTimeoutMs);
  }
}

function subjectOf(
  operation: RequestSubject['operation'],
  { bucket, key }: { readonly bucket: string; readonly key: string },
): RequestSubject {
  return { operation, bucket, key };
}

function orUnknown<Result>(result: Result | undefined): ReadBody<Result> {
  return result === undefined ? 'unknown' : { result };
}

function mapBody<From, To>(body: ReadBody<From>, map: (result: From) => To | undefined): ReadBody<To> {
  return typeof body === 'string' ? body : orUnknown(map(body.result));
}

function facts(
  { headers }: WireResponse,
  dialect: Dialect,
): { versionId: string | undefined; encryption: string | undefined } {
  return { versionId: headers.get(`${dialect.prefix}version-id`), encryption: readEncryption(headers, dialect) };
}
