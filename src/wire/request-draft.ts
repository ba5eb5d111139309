import { createHash } from 'node:crypto';
import type { CancelSource } from '../store/request-cancellation.ts';
import type {
  CopyObjectRequest,
  CopyPartRequest,
  DestinationEncryption,
  ObjectProperties,
  StoreOperation,
  StoreRequest,
  StoreTraits,
} from '../store/copy-store.ts';
import type { Dialect } from './dialect.ts';
import { HeaderValueError, addProperties } from './object-headers.ts';
import { encodeCopySource, isArn } from './object-url.ts';
import { type RequestSubject, errorOfRequest } from './response-error.ts';
import type { WireRequest } from './send-request.ts';
import { addEncryption, addSourceEncryption } from './sse-headers.ts';

/** One request to a store. A class, so that all of them have one shape. */
export class Draft implements RequestSubject {
  readonly operation: StoreOperation;
  readonly method: WireRequest['method'];
  readonly bucket: string;
  /** Not encoded. Undefined for requests to the bucket itself. */
  readonly key: string | undefined;
  /** Names and values in turn, values not encoded; an empty value is a parameter without `=`. */
  readonly query: string[];
  /** Lower-case names and values in turn, without those of the signature. Values are sent byte for byte as latin1. */
  readonly headers: string[] = [];
  readonly signal: CancelSource | undefined;
  readonly timeoutMs: number | undefined;
  body: string | undefined;
  partNumber: number | undefined;
  /** Bytes that the store has to copy for this request, as far as known; the default timeout grows with it. */
  copySize: number | undefined;
  /** The time that is signed and sent in the vendor's own date header. Undefined: now, by the store's clock. */
  date: Date | undefined;

  constructor(
    operation: StoreOperation,
    method: WireRequest['method'],
    request: StoreRequest & { readonly bucket: string; readonly key?: string | undefined },
    query: string[],
  ) {
    this.operation = operation;
    this.method = method;
    this.bucket = request.bucket;
    this.key = request.key;
    this.query = query;
    this.signal = request.cancellation ?? request.signal;
    this.timeoutMs = request.timeoutMs;
  }

  /** Gives the request a body, and the hash by which the store sees that it has all of it. */
  writeBody(body: string, contentType = 'application/xml'): void {
    this.body = body;
    const contentMd5 = createHash('md5').update(body).digest('base64');
    this.headers.push('content-type', contentType, 'content-md5', contentMd5);
  }
}

export const MAX_PART_NUMBER = 10_000;

/** Writes what a request asks for into its headers, and refuses what must not be sent: always with a `StoreError`. */
export class DraftWriter {
  readonly dialect: Dialect;
  readonly #store: { readonly traits?: StoreTraits | undefined };
  readonly #sourceStart: '' | '/';
  readonly #sourceHeader: string;
  readonly #sourceIfMatchHeader: string;
  readonly #rangeHeader: string;

  /**
   * @param store - whose traits say whether keys may be sent, when one is to be
   * @param sourceStart - stands in front of every copy source
   */
  constructor(dialect: Dialect, store: { readonly traits?: StoreTraits | undefined }, sourceStart: '' | '/' = '') {
    this.dialect = dialect;
    this.#store = store;
    this.#sourceStart = sourceStart;
    this.#sourceHeader = `${dialect.prefix}copy-source`;
    this.#sourceIfMatchHeader = `${dialect.prefix}copy-source-if-match`;
    this.#rangeHeader = `${dialect.prefix}copy-source-range`;
  }

  /** A header of the vendor, unless it would say nothing: some stores refuse a header that is empty. */
  add(draft: Draft, name: string, value: string | undefined): void {
    if (value !== undefined && value !== '') draft.headers.push(this.dialect.prefix + name, value);
  }

  /** A header about checksums, for a store that knows them. */
  addChecksum(draft: Draft, name: string, value: string | undefined): void {
    if (!this.dialect.isObs) this.add(draft, `checksum-${name}`, value);
  }

  addSource(draft: Draft, request: CopyObjectRequest | CopyPartRequest): void {
    const { sourceIfMatch, sourceIfUnmodifiedSince, sourceSse, expectedSourceBucketOwner } = request;
    const { headers } = draft;
    const start = isArn(request.source.bucket) ? '' : this.#sourceStart;
    try {
      headers.push(this.#sourceHeader, start + encodeCopySource(request.source));
    } catch (error) {
      throw errorOfRequest(draft, "the source's name holds a lone surrogate, which has no UTF-8 form", error);
    }
    if (sourceIfMatch !== undefined && sourceIfMatch !== '') {
      headers.push(this.#sourceIfMatchHeader, `"${sourceIfMatch}"`);
    }
    this.add(draft, 'copy-source-if-unmodified-since', sourceIfUnmodifiedSince?.toUTCString());
    if (sourceSse !== undefined) {
      this.#checkSecure(draft);
      addSourceEncryption(headers, this.dialect, sourceSse);
    }
    this.addOwner(draft, 'source-expected-bucket-owner', expectedSourceBucketOwner);
  }

  addConditions(
    draft: Draft,
    { ifNoneMatch, ifMatch }: Pick<CopyObjectRequest, 'ifNoneMatch' | 'ifMatch'>,
    prefix = '',
  ): void {
    if (ifNoneMatch !== undefined) draft.headers.push(`${prefix}if-none-match`, ifNoneMatch);
    if (ifMatch !== undefined) draft.headers.push(`${prefix}if-match`, `"${ifMatch}"`);
  }

  /** The range of a part. Several stores take a bad range or part number for another one, so that it is checked here. */
  addRange(draft: Draft, { start, end, partNumber }: CopyPartRequest): void {
    if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PART_NUMBER) {
      throw errorOfRequest(draft, `the part number must be 1 to ${MAX_PART_NUMBER}, but is ${partNumber}`);
    }
    if (start === undefined && end === undefined) return;
    const areIntegers = Number.isSafeInteger(start) && Number.isSafeInteger(end);
    if (!areIntegers || Number(start) < 0 || Number(end) < Number(start)) {
      throw errorOfRequest(draft, `the range must be 0 <= start <= end, but is ${start} to ${end}`);
    }
    draft.headers.push(this.#rangeHeader, `bytes=${start}-${end}`);
  }

  addProperties(draft: Draft, properties: ObjectProperties): void {
    try {
      addProperties(draft.headers, this.dialect, properties);
    } catch (error) {
      if (!(error instanceof HeaderValueError || error instanceof URIError)) throw error;
      throw errorOfRequest(draft, error.message, error);
    }
  }

  addEncryption(draft: Draft, sse: DestinationEncryption | undefined): void {
    if (sse === undefined) return;
    if (sse.type === 'SSE-C') this.#checkSecure(draft);
    addEncryption(draft.headers, this.dialect, sse);
  }

  addCommon(draft: Draft, { requestPayer, expectedBucketOwner }: StoreRequest): void {
    this.add(draft, 'request-payer', requestPayer);
    this.addOwner(draft, 'expected-bucket-owner', expectedBucketOwner);
  }

  addOwner(draft: Draft, header: string, account: string | undefined): void {
    if (account === undefined || account === '') return;
    if (this.dialect.isObs) {
      // Leaving it out would do what the caller wants to rule out.
      throw errorOfRequest(draft, 'OBS has no check of the expected bucket owner, so none can be asked for');
    }
    this.add(draft, header, account);
  }

  // The key itself goes over the wire: whoever reads it there can read the object.
  #checkSecure(draft: Draft): void {
    const { secure, endpoint } = this.#store.traits ?? {};
    if (secure !== false) return;
    throw errorOfRequest(
      draft,
      `an SSE-C key must not be sent over plain http to ${endpoint}; use https, or set allowInsecureSseC`,
    );
  }
}
