import { BucketNameError } from './aws-names.ts';
import type { StoreError } from '../store/store-error.ts';
import type { Credentials } from './credentials.ts';
import { type BucketAddress, bucketAddress, formatEndpoint } from './endpoint.ts';
import { encodeKey, encodeQuery } from './object-url.ts';
import { maxBodySize } from './read-body.ts';
import { type Home, adviseRegion, isKnownOperator, readRedirect, redirectByRegion } from './redirect.ts';
import { kindOfRenewable, suspect } from './refusal-codes.ts';
import { defaultTimeoutMs } from './request-timeout.ts';
import {
  type ErrorDocument,
  errorOfCredentials,
  errorOfRequest,
  errorOfResponse,
  errorOfTransport,
  readErrorDocument,
} from './response-error.ts';
import type { Draft } from './request-draft.ts';
import { RequestSender } from './request-sender.ts';
import type { WireResponse } from './send-request.ts';
import { type Signer, createSigner, formatSigningTime } from './signer.ts';
import { explainClosed } from './speaks-tls.ts';
import { secretsOfHeaders } from './sse-headers.ts';
import { StoreClock } from './store-clock.ts';
import type { NormalizedStoreOptions } from './store-options.ts';
import { TransportError } from './transport-error.ts';

/** Resends of one request for other reasons than a failure of the store: a redirect, a wrong clock, credentials that ran out. */
const MAX_RESENDS = 4;

/** Answers that point elsewhere. 304 isn't one. */
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const ADDRESS_CACHE_SIZE = 1024;

interface Attempt extends Home {
  readonly credentials: Credentials | undefined;
  readonly deadlineMs: number;
  /** Of the clock that it is signed by. */
  readonly clockVersion: number;
}

/**
 * Sends signed requests to one store and gives the answers as they came, whatever their status. Both `ObsClient` and the HTTP
 * stores sit on top of it.
 *
 * It resends a request by itself only if the store says that the request was fine but for something that can be put right at
 * once: the clock, the session token, or the endpoint.
 */
export class HttpClient {
  readonly #config: NormalizedStoreOptions;
  readonly #sender: RequestSender;
  readonly #signer: Signer;
  readonly #clock = new StoreClock();
  readonly #addresses = new Map<string, BucketAddress>();
  /** Where buckets are that the store has sent elsewhere for good. */
  readonly #homes = new Map<string, Home>();
  /** `undefined`: path style if the host or the bucket name needs it. */
  #pathStyle: boolean | undefined;
  /** Whether it is still to be found out if buckets have hosts of their own. */
  #isStyleOpen: boolean;
  #wasAnswered = false;

  constructor(config: NormalizedStoreOptions) {
    this.#config = config;
    this.#pathStyle = config.pathStyle;
    this.#isStyleOpen = config.pathStyle === undefined && !isKnownOperator(config.endpoint.hostname);
    this.#sender = new RequestSender(config.dispatcher);
    this.#signer = createSigner(config.signature);
  }

  /**
   * Sends one request and resolves with the answer, whether it reports success or an error.
   *
   * @throws StoreError if no whole answer came in time, or the request can't be sent; the signal's reason if it fired
   */
  async send(request: Draft): Promise<WireResponse> {
    const { requestTimeoutMs } = this.#config;
    const home = this.#homes.get(request.bucket) ?? this.#config;
    const { endpoint, region } = home;
    const timeoutMs = request.timeoutMs ?? requestTimeoutMs ?? defaultTimeoutMs(request);
    const deadlineMs = performance.now() + timeoutMs;
    try {
      const held = this.#config.credentials.current(this.#clock);
      const credentials = held instanceof Promise ? await this.#fetchCredentials(request, held, deadlineMs) : held;
      const clockVersion = this.#clock.version;
      const pathStyle = home === this.#config ? this.#pathStyle : home.pathStyle;
      let attempt: Attempt = { endpoint, region, pathStyle, credentials, deadlineMs, clockVersion };
      const isOpen = this.#isStyleOpen && home === this.#config;
      const response = await (isOpen ? this.#findStyle(request, attempt) : this.#sendOnce(request, attempt));
      this.#wasAnswered = true;
      if (response.statusCode < 300) return response;
      if (isOpen) attempt = { ...attempt, pathStyle: this.#pathStyle };
      return await this.#recover(request, attempt, response);
    } catch (error) {
      if (error instanceof TransportError) {
        // A dispatcher of the caller's may lead elsewhere.
        const isNew = !this.#wasAnswered && this.#config.dispatcher === undefined && request.method === 'HEAD';
        const explained = isNew ? await explainClosed(error, endpoint) : error;
        throw errorOfTransport(request, explained, formatEndpoint(endpoint));
      }
      if (error instanceof URIError) {
        throw errorOfRequest(request, 'the name holds a lone surrogate, which has no UTF-8 form', error);
      }
      if (error instanceof BucketNameError) throw errorOfRequest(request, error.message, error);
      throw error;
    }
  }

  errorOf(request: Draft, response: WireResponse): StoreError {
    const secrets = this.secretsOf(request);
    const { code, region } = readErrorDocument(response, secrets);
    return errorOfResponse(request, response, {
      secrets,
      kind: this.#config.credentials.renew === undefined ? undefined : kindOfRenewable(code),
      advice: this.#isWrongRegion(response, region) ? adviseRegion(request.bucket, undefined, region) : undefined,
    });
  }

  /** What must not be repeated from the answer to a request: keys and tokens that went with it, and those of the last ones. */
  secretsOf(request: Draft): readonly string[] {
    const known = this.#config.credentials.known();
    const secrets = known.flatMap(({ secretAccessKey, sessionToken = '' }) => [secretAccessKey, sessionToken]);
    return [...secrets.filter((secret) => secret !== ''), ...secretsOfHeaders(request.headers)];
  }

  // S3 signs with the region, and says which one it wanted: 400 AuthorizationHeaderMalformed, on HEAD a bare 400.
  #isWrongRegion({ statusCode }: WireResponse, region: string | undefined): boolean {
    return statusCode === 400 && region !== undefined && region !== this.#config.region;
  }

  // Not async: each await costs a tenth of what the whole request may.
  #sendOnce(request: Draft, attempt: Attempt): Promise<WireResponse> {
    const { operation, method, body } = request;
    const address = this.#addressOf(request.bucket, attempt);
    const path = request.key === undefined ? address.bucketPath : `${address.pathPrefix}/${encodeKey(request.key)}`;
    const query = encodeQuery(request.query);
    const headers = request.headers.slice();
    headers.push('user-agent', this.#config.userAgent);
    if (attempt.credentials !== undefined) {
      const time = request.date === undefined ? this.#clock.signingTime() : formatSigningTime(request.date);
      this.#signer.sign(
        {
          method,
          host: address.host,
          path,
          resourcePrefix: address.resourcePrefix,
          query,
          headers,
          body,
          region: address.region ?? attempt.region,
          service: address.service,
          explicitDate: request.date !== undefined,
        },
        attempt.credentials,
        time,
      );
    }
    return this.#sender.send({
      origin: address.origin,
      path: query.wire === '' ? path : `${path}?${query.wire}`,
      method,
      headers,
      body: body ?? null,
      operation,
      maxBodySize: maxBodySize(operation),
      deadlineMs: attempt.deadlineMs,
      cancelledBy: request.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      reset: false,
    });
  }

  /**
   * Sends a request to a store of which it isn't known whether buckets have hosts of their own. Many stores have one host for all: then
   * the bucket's host has no address, or the store takes the key for a bucket that doesn't exist. Such a request is sent once more with
   * the bucket in the path, and what is found out is kept.
   */
  async #findStyle(request: Draft, attempt: Attempt): Promise<WireResponse> {
    if (this.#addressOf(request.bucket, attempt).inPath) return this.#sendOnce(request, attempt);
    const sendInPath = (): Promise<WireResponse | undefined> =>
      this.#sendOnce(request, { ...attempt, pathStyle: true }).catch((error: unknown) => {
        if (error instanceof TransportError) return undefined;
        throw error;
      });
    const outcome = await this.#sendOnce(request, attempt).catch((error: unknown) => {
      if (error instanceof TransportError && error.code === 'ENOTFOUND') return error;
      throw error;
    });
    if (outcome instanceof TransportError) {
      const response = await sendInPath();
      if (response === undefined) throw outcome;
      this.#settleStyle(true);
      return response;
    }
    if (outcome.statusCode < 300) this.#settleStyle(undefined);
    // Anything but a HEAD could do something else there: the PUT of a key would make a bucket.
    if (request.method !== 'HEAD' || ![400, 403, 404].includes(outcome.statusCode)) return outcome;
    const response = await sendInPath();
    if (response === undefined || response.statusCode >= 300 || response.headers.get('etag') === undefined)
      return outcome;
    this.#settleStyle(true);
    return response;
  }

  #settleStyle(pathStyle: true | undefined): void {
    if (!this.#isStyleOpen) return;
    this.#isStyleOpen = false;
    this.#pathStyle = pathStyle;
    this.#addresses.clear();
  }

  #addressOf(bucket: string, attempt: Attempt): BucketAddress {
    if (attempt.endpoint !== this.#config.endpoint || attempt.pathStyle !== this.#pathStyle) {
      return bucketAddress(attempt.endpoint, bucket, attempt.pathStyle);
    }
    let address = this.#addresses.get(bucket);
    if (address === undefined) {
      address = bucketAddress(attempt.endpoint, bucket, attempt.pathStyle);
      if (this.#addresses.size >= ADDRESS_CACHE_SIZE) this.#addresses.clear();
      this.#addresses.set(bucket, address);
    }
    return address;
  }

  /** Puts right what can be put right, resends, and gives the answer to that; else the answer it was given. */
  async #recover(request: Draft, first: Attempt, refused: WireResponse): Promise<WireResponse> {
    let attempt = first;
    let response = refused;
    let clockCorrected = false;
    let credentialsRenewed = false;
    for (let resends = 0; resends < MAX_RESENDS; resends++) {
      const document = readErrorDocument(response, this.secretsOf(request));
      const suspicion = suspect(request.method, response.statusCode, document.code);
      if (REDIRECT_STATUSES.has(response.statusCode)) {
        attempt = this.#follow(request, attempt, response, document);
      } else if (
        !clockCorrected &&
        request.date === undefined &&
        suspicion.clock &&
        this.#correctClock(response, document) !== attempt.clockVersion
      ) {
        clockCorrected = true;
      } else if (!credentialsRenewed && suspicion.credentials) {
        const renewed = attempt.credentials && this.#config.credentials.renew?.(attempt.credentials, this.#clock);
        if (renewed === undefined) return response;
        attempt = { ...attempt, credentials: await this.#fetchCredentials(request, renewed, attempt.deadlineMs) };
        credentialsRenewed = true;
      } else {
        return response;
      }
      response = await this.#sendOnce(request, attempt);
      if (response.statusCode < 300) return response;
    }
    return response;
  }

  // Of many requests refused together the first one corrects the clock, and all are sent again.
  #correctClock(response: WireResponse, document: ErrorDocument): number {
    this.#clock.correct([document.serverTime, response.headers.get('date')]);
    return this.#clock.version;
  }

  #follow(request: Draft, attempt: Attempt, response: WireResponse, document: ErrorDocument): Attempt {
    const redirect = redirectByRegion(attempt, document) ?? readRedirect(response, attempt, request.bucket, document);
    const isPermanent = response.statusCode === 301 || response.statusCode === 308;
    const mayFollow = isPermanent || response.statusCode === 307;
    if (redirect === undefined || !mayFollow || !redirect.trusted) {
      const { region } = document;
      const endpoint = redirect && formatEndpoint(redirect.endpoint);
      const advice = adviseRegion(request.bucket, endpoint, region);
      const secrets = this.secretsOf(request);
      throw errorOfResponse(request, response, { secrets, kind: 'permanent', advice, endpoint, region });
    }
    if (isPermanent) this.#homes.set(request.bucket, redirect);
    return { ...attempt, ...redirect };
  }

  async #fetchCredentials(request: Draft, fetching: Promise<Credentials>, deadlineMs: number): Promise<Credentials> {
    try {
      return await this.#sender.deadlines.waitFor(fetching, deadlineMs, request.signal);
    } catch (error) {
      if (request.signal?.aborted === true && error === request.signal.reason) throw error;
      if (error instanceof TransportError) this.#config.credentials.giveUp?.(fetching);
      throw errorOfCredentials(request, error);
    }
  }
}
