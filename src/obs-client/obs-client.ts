import { callbackify } from 'node:util';
import { CopyError } from '../errors.ts';
import { chooseDialect } from '../wire/dialect.ts';
import { formatEndpoint, isLoopback } from '../wire/endpoint.ts';
import { HttpClient } from '../wire/http-client.ts';
import { obsStore } from '../wire/http-store.ts';
import { type Draft, DraftWriter } from '../wire/request-draft.ts';
import { readErrorDocument } from '../wire/response-error.ts';
import type { WireResponse } from '../wire/send-request.ts';
import { type ObsStoreOptions, normalizeStoreOptions } from '../wire/store-options.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { ClientWithStore } from '../store/client-with-store.ts';
import { backoffDelayMs } from '../request/backoff.ts';
import { sleep } from '../request/sleep.ts';
import { ANSWERS, type FieldsOf } from './answer-fields.ts';
import { type ObsResult, resultOfAnswer, resultOfError, resultOfFailure } from './interface-result.ts';
import { MethodDrafts } from './method-drafts.ts';
import type * as Given from './method-params.ts';
import {
  type NormalizedObsClientOptions,
  type ObsClientOptions,
  normalizeObsClientOptions,
  readKeys,
} from './obs-client-options.ts';
import { parseRequestDate } from './request-date.ts';
import { type Params, checkParams, optionalRange } from './request-params.ts';
import type * as Fields from './result-fields.ts';

const RETRY_DELAYS = { minDelayMs: 100, maxDelayMs: 2000 } as const;

/** Codes by which stores refuse a range that goes beyond the end of the source. */
const RANGE_CODES: ReadonlySet<string> = new Set(['InvalidArgument', 'InvalidRange', 'InvalidRequest']);

/** An answer, and the client that knows what must not be repeated from it. */
interface Answered {
  readonly http: HttpClient;
  readonly response: WireResponse;
}

/** A callback as the vendor's client takes it: `err` is null if there is a result, also one with an HTTP error. */
export type ObsCallback<Result> = (err: Error | null, result: Result | null) => void;

/** A method of the client: it gives a promise, or calls back. */
export interface ObsMethod<Given, Fields> {
  (params: Given): Promise<ObsResult<Fields>>;
  (params: Given, callback: ObsCallback<ObsResult<Fields>>): void;
}

/**
 * Huawei's `ObsClient`, as far as copying needs it: the methods, parameters and results of the vendor's own client, over this
 * library's HTTP client.
 *
 * Each method gives a promise, or calls back `(err, result)` if it is given a callback. An HTTP error is a result with
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

  /** @throws CopyOptionsError if an option is unknown or wrong, or `server` is missing */
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
   * A `CopySourceRange` that ends beyond the source ends with its last byte on every store: if the store refuses it, the
   * length is read by a HEAD of the source and the request is sent again with the range cut to it.
   */
  readonly copyPart: ObsMethod<Given.CopyPartParams, Fields.CopyPartFields> = this.#method('copyPart', (params) =>
    this.#copyPart(params),
  );

  /** Reads size, ETag and properties of an object. */
  readonly getObjectMetadata: ObsMethod<Given.GetObjectMetadataParams, Fields.GetObjectMetadataFields> =
    this.#plainMethod('getObjectMetadata');

  /** Copies a whole object of at most 5 GiB. */
  readonly copyObject: ObsMethod<Given.CopyObjectParams, Fields.CopyObjectFields> = this.#plainMethod('copyObject');

  /** Begins an upload. Unlike the vendor's client, it makes up no content type from the key. */
  readonly initiateMultipartUpload: ObsMethod<
    Given.InitiateMultipartUploadParams,
    Fields.InitiateMultipartUploadFields
  > = this.#plainMethod('initiateMultipartUpload');

  /** One page of the parts of an upload. */
  readonly listParts: ObsMethod<Given.ListPartsParams, Fields.ListPartsFields> = this.#plainMethod('listParts');

  /** Joins the parts, in the order of their numbers. */
  readonly completeMultipartUpload: ObsMethod<
    Given.CompleteMultipartUploadParams,
    Fields.CompleteMultipartUploadFields
  > = this.#plainMethod('completeMultipartUpload');

  /** Drops an upload and its parts. */
  readonly abortMultipartUpload: ObsMethod<Given.AbortMultipartUploadParams, object> =
    this.#plainMethod('abortMultipartUpload');

  /** One page of the uploads in progress. */
  readonly listMultipartUploads: ObsMethod<Given.ListMultipartUploadsParams, Fields.ListMultipartUploadsFields> =
    this.#plainMethod('listMultipartUploads');

  /** Protects an object until a time, or for longer than before: OBS locks no object as it is joined from parts. */
  readonly setObjectRetention: ObsMethod<Given.SetObjectRetentionParams, object> =
    this.#plainMethod('setObjectRetention');

  /** Sets other keys for the requests to come. @throws CopyOptionsError if only one of the two keys is given */
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

  #method<Given, Fields>(name: string, run: (params: Params) => Promise<ObsResult<Fields>>): ObsMethod<Given, Fields> {
    return ((params: unknown, callback?: unknown) => {
      // Called with nothing but a callback, the vendor's client takes the parameters for empty.
      const [given, back] = typeof params === 'function' ? [undefined, params] : [params, callback];
      const start = async (): Promise<ObsResult<Fields>> => run(checkParams(name, given));
      if (typeof back !== 'function') return start();
      const listener = back as ObsCallback<ObsResult<Fields>>;
      callbackify(start)((error, result) => listener(error, error === null ? result : null));
      return undefined;
    }) as ObsMethod<Given, Fields>;
  }

  #plainMethod<Given, Name extends keyof FieldsOf>(name: Name): ObsMethod<Given, FieldsOf[Name]> {
    return this.#method(name, async (params) => {
      const draft = this.#drafts[name](params);
      return toResult(name, draft, await this.#exchange(draft));
    });
  }

  async #copyPart(params: Params): Promise<ObsResult<Fields.CopyPartFields>> {
    const date = parseRequestDate(params['RequestDate']);
    const send = async (range = optionalRange(params)): Promise<[Draft, Answered | ObsResult<never>]> => {
      const draft = this.#drafts.copyPart(params, range);
      draft.date = date;
      return [draft, await this.#exchange(draft)];
    };
    const first = await send();
    const range = optionalRange(params);
    const isRefused = 'response' in first[1] && refusesRange(first[1].response);
    const size = range !== undefined && isRefused ? await this.#readSize(params, date) : undefined;
    // Only an end beyond the source is put right; everything else the store has refused for good reason.
    const isBeyond = range !== undefined && size !== undefined && range.start < size && range.end >= size;
    return toResult('copyPart', ...(isBeyond ? await send({ ...range, end: size - 1 }) : first));
  }

  async #readSize(params: Params, date: Date | undefined): Promise<number | undefined> {
    const draft = this.#drafts.headSource(params);
    draft.date = date;
    const answered = await this.#exchange(draft);
    if (!('response' in answered) || answered.response.statusCode >= 300) return undefined;
    const size = Number(answered.response.headers.get('content-length') ?? Number.NaN);
    return Number.isSafeInteger(size) ? size : undefined;
  }

  /** Sends a request; again if no answer came and repeating does no harm. */
  async #exchange(draft: Draft): Promise<Answered | ObsResult<never>> {
    for (let attempt = 1; ; attempt++) {
      const http = this.#http;
      if (http === undefined) throw new CopyError('Cannot send a request as this ObsClient was closed');
      try {
        return { http, response: await http.send(draft) };
      } catch (error) {
        if (!isStoreError(error)) throw error;
        if (error.statusCode !== undefined) return resultOfError(error, error.statusCode);
        const isHarmless = error.kind === 'transient' || error.kind === 'throttled';
        if (!isHarmless || attempt > this.#options.maxRetries) throw error;
      }
      await sleep(backoffDelayMs(attempt, RETRY_DELAYS));
    }
  }
}

function toResult<Name extends keyof FieldsOf>(
  name: Name,
  draft: Draft,
  answered: Answered | ObsResult<never>,
): ObsResult<FieldsOf[Name]> {
  if (!('response' in answered)) return answered;
  const { http, response } = answered;
  const { read, lacks } = ANSWERS[name];
  const body = response.statusCode >= 300 ? 'error' : read(response);
  if (typeof body === 'object') return resultOfAnswer(response, body.result);
  const missing = body === 'error' ? undefined : lacks;
  return resultOfFailure(draft.operation, response, http.secretsOf(draft), missing);
}

function refusesRange(response: WireResponse): boolean {
  if (response.statusCode === 416) return true;
  return RANGE_CODES.has(readErrorDocument(response, []).code ?? '');
}
