import { CopyError } from '../errors.ts';
import { chooseDialect } from '../wire/dialect.ts';
import { formatEndpoint, isLoopback } from '../wire/endpoint.ts';
import { HttpClient, type HttpRequest, type WireResponse } from '../wire/http-client.ts';
import { obsStore } from '../wire/obs-store.ts';
import { type Draft, DraftWriter } from '../wire/request-draft.ts';
import { readErrorDocument } from '../wire/response-error.ts';
import { type ObsStoreOptions, normalizeStoreOptions } from '../wire/store-options.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { ClientWithStore } from '../store/client-with-store.ts';
import { backoffDelayMs } from '../request/backoff.ts';
import { sleep } from '../request/sleep.ts';
import {
  type ReadAnswer,
  readCompleteMultipartUpload,
  readCopyObject,
  readCopyPart,
  readGetObjectMetadata,
  readInitiateMultipartUpload,
  readListMultipartUploads,
  readListParts,
  readNothing,
} from './answer-fields.ts';
import {
  type ObsResult,
  resultOfAnswer,
  resultOfError,
  resultOfNonsense,
  resultOfRefusal,
} from './interface-result.ts';
import { MethodDrafts } from './method-drafts.ts';
import type {
  AbortMultipartUploadParams,
  CompleteMultipartUploadParams,
  CopyObjectParams,
  CopyPartParams,
  GetObjectMetadataParams,
  InitiateMultipartUploadParams,
  ListMultipartUploadsParams,
  ListPartsParams,
} from './method-params.ts';
import {
  type NormalizedObsClientOptions,
  type ObsClientOptions,
  normalizeObsClientOptions,
  readKeys,
} from './obs-client-options.ts';
import { parseRequestDate } from './request-date.ts';
import { type Params, checkParams, optionalRange } from './request-params.ts';
import type {
  CompleteMultipartUploadFields,
  CopyObjectFields,
  CopyPartFields,
  GetObjectMetadataFields,
  InitiateMultipartUploadFields,
  ListMultipartUploadsFields,
  ListPartsFields,
} from './result-fields.ts';
import { type ObsCallback, settle } from './settle.ts';

/** Waits between the attempts of a request that got no answer. */
const RETRY_DELAYS = { minDelayMs: 100, maxDelayMs: 2000 } as const;

/** Codes by which stores refuse a range that goes beyond the end of the source. */
const RANGE_CODES: ReadonlySet<string> = new Set(['InvalidArgument', 'InvalidRange', 'InvalidRequest']);

/** An answer, and the client that knows what must not be repeated from it. */
interface Answered {
  readonly http: HttpClient;
  readonly response: WireResponse;
}

type Result<Fields> = Promise<ObsResult<Fields>>;

/** A method of the client: it gives a promise, or calls back. */
export interface ObsMethod<Given, Fields> {
  (params: Given): Promise<ObsResult<Fields>>;
  (params: Given, callback: ObsCallback<ObsResult<Fields>>): void;
}

/**
 * Huawei's `ObsClient`, as far as copying needs it: the methods, parameters and results of the vendor's own client, over this
 * library's HTTP client.
 *
 * Each method gives a promise, or calls back `(err, result)` where it is given a callback. An HTTP error is a result with
 * `CommonMsg.Status >= 300`, never an `err`: that is for parameters that won't do (`CopyOptionsError`) and for requests that
 * got no answer (`StoreError`). An error that the store sends inside `200 OK` has the status that it would have had by itself.
 * Parameters are never changed, and can be used again.
 *
 * @example
 * ```ts
 * const obs = new ObsClient({ access_key_id, secret_access_key, server: 'https://obs.cn-north-4.myhuaweicloud.com' });
 * const { CommonMsg, InterfaceResult } = await obs.copyPart({
 *   Bucket: 'archive', Key: 'film.mxf', UploadId, PartNumber: 1, CopySource: 'media/film.mxf', CopySourceRange: 'bytes=0-104857599',
 * });
 * ```
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0100.html
 */
export class ObsClient implements ClientWithStore {
  readonly #options: NormalizedObsClientOptions;
  #credentials: ObsStoreOptions['credentials'];
  #http: HttpClient | undefined;
  #store: CopyStore | undefined;
  readonly #drafts: MethodDrafts;

  /** @throws CopyOptionsError where an option is unknown or wrong, or `server` is missing */
  constructor(options: ObsClientOptions) {
    this.#options = normalizeObsClientOptions(options);
    this.#credentials = this.#options.store.credentials;
    const config = normalizeStoreOptions('obs', this.#options.store);
    this.#http = new HttpClient(config);
    const { endpoint, signature } = config;
    const dialect = chooseDialect('obs', signature);
    const secure = endpoint.protocol === 'https:' || isLoopback(endpoint.hostname);
    const traits = { endpoint: formatEndpoint(endpoint), secure };
    this.#drafts = new MethodDrafts(new DraftWriter(dialect, { traits }));
  }

  /** A store with the same endpoint and credentials; `fromObsClient` gives it. */
  get copyStore(): CopyStore {
    const { store } = this.#options;
    // A provider, so that keys set by `refresh` reach the store once the old ones have run out.
    const credentials = this.#credentials === false ? false : async () => this.#credentials as never;
    this.#store ??= obsStore({ ...store, credentials });
    return this.#store;
  }

  /**
   * Copies an object, or a range of it, into a part of an upload.
   *
   * A `CopySourceRange` that ends beyond the source ends with its last byte on every store: where the store refuses it, the
   * length is read by a HEAD of the source and the request is sent again with the range cut to it.
   */
  readonly copyPart: ObsMethod<CopyPartParams, CopyPartFields> = this.#method('copyPart', (params) =>
    this.#copyPart(params),
  );

  /** Reads size, ETag and properties of an object. */
  readonly getObjectMetadata: ObsMethod<GetObjectMetadataParams, GetObjectMetadataFields> = this.#plainMethod(
    'getObjectMetadata',
    readGetObjectMetadata,
  );

  /** Copies a whole object of at most 5 GiB. */
  readonly copyObject: ObsMethod<CopyObjectParams, CopyObjectFields> = this.#plainMethod('copyObject', readCopyObject);

  /** Begins an upload. Unlike the vendor's client, it makes up no content type from the key. */
  readonly initiateMultipartUpload: ObsMethod<InitiateMultipartUploadParams, InitiateMultipartUploadFields> =
    this.#plainMethod('initiateMultipartUpload', readInitiateMultipartUpload);

  /** One page of the parts of an upload. */
  readonly listParts: ObsMethod<ListPartsParams, ListPartsFields> = this.#plainMethod('listParts', readListParts);

  /** Joins the parts, in the order of their numbers. */
  readonly completeMultipartUpload: ObsMethod<CompleteMultipartUploadParams, CompleteMultipartUploadFields> =
    this.#plainMethod('completeMultipartUpload', readCompleteMultipartUpload);

  /** Drops an upload and its parts. */
  readonly abortMultipartUpload: ObsMethod<AbortMultipartUploadParams, object> = this.#plainMethod(
    'abortMultipartUpload',
    readNothing,
  );

  /** One page of the uploads in progress. */
  readonly listMultipartUploads: ObsMethod<ListMultipartUploadsParams, ListMultipartUploadsFields> = this.#plainMethod(
    'listMultipartUploads',
    readListMultipartUploads,
  );

  /** Sets other keys for the requests to come. @throws CopyOptionsError where only one of the two keys is given */
  refresh(accessKeyId?: string, secretAccessKey?: string, securityToken?: string): void {
    this.#credentials = readKeys(accessKeyId, secretAccessKey, securityToken);
    if (this.#http === undefined) return;
    this.#http = new HttpClient(
      normalizeStoreOptions('obs', { ...this.#options.store, credentials: this.#credentials }),
    );
  }

  /** Takes the vendor's settings for logging and does nothing: this client writes no log. */
  initLog(_settings?: object): void {}

  /** Ends the use of this client: later calls are refused. Requests under way go on, and idle connections close by themselves. */
  close(): void {
    this.#http = undefined;
  }

  #method<Given, Fields>(name: string, run: (params: Params) => Result<Fields>): ObsMethod<Given, Fields> {
    return ((params: unknown, callback?: unknown) => {
      // Called with nothing but a callback, the vendor's client takes the parameters for empty.
      const [given, back] = typeof params === 'function' ? [undefined, params] : [params, callback];
      const listener = typeof back === 'function' ? (back as ObsCallback<ObsResult<Fields>>) : undefined;
      return settle(async () => run(checkParams(name, given)), listener);
    }) as ObsMethod<Given, Fields>;
  }

  #plainMethod<Given, Fields>(
    name: Exclude<keyof MethodDrafts, 'headSource'>,
    read: (response: WireResponse) => ReadAnswer<Fields>,
  ): ObsMethod<Given, Fields> {
    return this.#method(name, async (params) => {
      const draft = this.#drafts[name](params);
      return toResult(draft, await this.#exchange(draft), read);
    });
  }

  async #copyPart(params: Params): Result<CopyPartFields> {
    const date = parseRequestDate(params['RequestDate']);
    const draft = this.#drafts.copyPart(params);
    const answered = await this.#exchange(draft, date);
    const range = optionalRange(params);
    if (range === undefined || !('response' in answered) || !refusesRange(answered.response))
      return toResult(draft, answered, readCopyPart);
    const size = await this.#readSize(this.#drafts.headSource(params), date);
    // Only an end beyond the source is put right; everything else the store has refused for good reason.
    if (size === undefined || range.start >= size || range.end < size) return toResult(draft, answered, readCopyPart);
    const cut = { start: range.start, end: size - 1 };
    const cutDraft = this.#drafts.copyPart(params, cut);
    return toResult(cutDraft, await this.#exchange(cutDraft, date), readCopyPart);
  }

  async #readSize(draft: Draft, date: Date | undefined): Promise<number | undefined> {
    const answered = await this.#exchange(draft, date);
    if (!('response' in answered) || answered.response.statusCode >= 300) return undefined;
    const size = Number(answered.response.headers.get('content-length') ?? Number.NaN);
    return Number.isSafeInteger(size) ? size : undefined;
  }

  /** Sends a request; again where no answer came and repeating does no harm. */
  async #exchange(draft: Draft, date?: Date): Promise<Answered | ObsResult<never>> {
    for (let attempt = 1; ; attempt++) {
      const http = this.#http;
      if (http === undefined) throw new CopyError('Cannot send a request as this ObsClient was closed');
      try {
        return { http, response: await http.send(date === undefined ? draft : withDate(draft, date)) };
      } catch (error) {
        if (!isStoreError(error)) throw error;
        if (error.statusCode !== undefined) return resultOfError(error, error.statusCode);
        const isHarmless = error.kind === 'transient' || error.kind === 'throttled';
        if (!isHarmless || attempt > this.#options.maxRetries) throw error;
      }
      await sleep(backoffDelayMs(attempt, RETRY_DELAYS, undefined, Math.random), undefined);
    }
  }
}

function withDate(draft: Draft, date: Date): HttpRequest {
  const { operation, method, bucket, key, query, headers, body, partNumber, copySize } = draft;
  return { operation, method, bucket, key, query, headers, body, partNumber, copySize, date };
}

function toResult<Fields>(
  draft: Draft,
  answered: Answered | ObsResult<never>,
  read: (response: WireResponse) => ReadAnswer<Fields>,
): ObsResult<Fields> {
  if (!('response' in answered)) return answered;
  const { http, response } = answered;
  const answer = response.statusCode >= 300 ? 'error' : read(response);
  if (answer === 'error') return resultOfRefusal(draft.operation, response, http.secretsOf(draft));
  return 'lacks' in answer
    ? resultOfNonsense(response, answer.lacks, http.secretsOf(draft))
    : resultOfAnswer(response, answer.fields);
}

function refusesRange(response: WireResponse): boolean {
  if (response.statusCode === 416) return true;
  return RANGE_CODES.has(readErrorDocument(response, []).code ?? '');
}
