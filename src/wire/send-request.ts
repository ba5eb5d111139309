import type { Client } from 'undici';
import type { StoreOperation } from '../store/copy-store.ts';
import type { CancelSource } from '../store/request-cancellation.ts';
import type { Expiring } from './deadline-queue.ts';
import type { RequestSender } from './request-sender.ts';
import { decodeBody } from './read-body.ts';
import { type RawHeaders, ResponseHeaders } from './response-headers.ts';
import { toTransportError, TransportError } from './transport-error.ts';

/** Anything that sends HTTP requests the way undici's dispatchers do, of undici 6 and later: an Agent, a ProxyAgent, a MockAgent … */
export interface HttpDispatcher {
  dispatch(options: object, handler: object): boolean;
}

/** One request, ready to be sent: what undici takes, and when to give up. */
export interface WireRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Percent-encoded path and query. It is sent byte for byte: `..` and `//` are parts of keys. */
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly headers: string[];
  readonly body: string | null;
  /** Part copies answer when they are done, not before: of all timeouts only `deadlineMs` counts. */
  readonly headersTimeout: 0;
  readonly bodyTimeout: 0;
  /** undici would end the connection after each HEAD, in case its answer has a body. */
  readonly reset: false;
  readonly operation: StoreOperation;
  /** More bytes than this in the answer are an error. */
  readonly maxBodySize: number;
  /** When to give up, on the clock of `performance.now()`. */
  readonly deadlineMs: number;
  readonly cancelledBy: CancelSource | undefined;
}

export interface WireResponse {
  readonly statusCode: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/**
 * One request and its answer, as an undici handler. These are undici's own (older) method names, which it calls directly with
 * the raw headers; for the newer ones it wraps the handler and decodes every header, a tenth of the cost of a request.
 */
export class Exchange implements Expiring {
  readonly deadlineMs: number;
  readonly cancelledBy: CancelSource | undefined;
  deadlineSlot = -1;
  readonly #request: WireRequest;
  readonly #host: RequestSender;
  readonly #connection: Client | undefined;
  readonly #resolve: (response: WireResponse) => void;
  readonly #reject: (error: unknown) => void;
  #settled = false;
  #abort: ((error: Error) => void) | undefined;
  #statusCode = 0;
  #rawHeaders: RawHeaders = [];
  #firstChunk: Buffer | undefined;
  #moreChunks: Buffer[] | undefined;
  #size = 0;

  constructor(
    request: WireRequest,
    host: RequestSender,
    connection: Client | undefined,
    resolve: (response: WireResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.deadlineMs = request.deadlineMs;
    this.cancelledBy = request.cancelledBy;
    this.#request = request;
    this.#host = host;
    this.#connection = connection;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  sendThrough(dispatcher: HttpDispatcher): void {
    this.#host.deadlines.add(this);
    try {
      dispatcher.dispatch(this.#request, this);
    } catch (error) {
      this.onError(error);
    }
  }

  expire(): void {
    // A store sends no byte until a copy is done, but the properties of an object at once.
    const isSilent = this.#statusCode === 0 && this.#request.method === 'HEAD';
    const hint = isSilent
      ? `: not a byte of one, so check that a store listens on the endpoint's port, or raise requestTimeoutMs`
      : '';
    this.#fail(new TransportError(`no complete answer in time${hint}`, 'TimeoutError', this.#abort !== undefined));
  }

  handleEvent(): void {
    this.#fail(this.cancelledBy?.reason);
  }

  onConnect(abort: (error: Error) => void): void {
    // Given up while it waited for a connection: it is never sent.
    if (this.#settled) abort(new Error('the request was given up'));
    else this.#abort = abort;
  }

  onHeaders(statusCode: number, rawHeaders: RawHeaders): boolean {
    if (statusCode >= 200) {
      this.#statusCode = statusCode;
      this.#rawHeaders = rawHeaders;
    }
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#request.maxBodySize) {
      const message = `the answer is larger than ${this.#request.maxBodySize} bytes`;
      this.#fail(new TransportError(message, 'BodyTooLarge', true));
      return false;
    }
    if (this.#firstChunk === undefined) this.#firstChunk = chunk;
    else (this.#moreChunks ??= []).push(chunk);
    return true;
  }

  onComplete(): void {
    if (this.#settled) return;
    this.#settle(false);
    const first = this.#firstChunk;
    const body = this.#moreChunks === undefined ? first : Buffer.concat([first as Buffer, ...this.#moreChunks]);
    this.#resolve({
      statusCode: this.#statusCode,
      headers: new ResponseHeaders(this.#rawHeaders),
      body: body === undefined ? '' : decodeBody(this.#request.operation, this.#statusCode, body),
    });
  }

  onError(error: unknown): void {
    if (this.#settled) return;
    this.#settle(true);
    this.#reject(toTransportError(error, this.#abort !== undefined));
  }

  #settle(isBroken: boolean): void {
    this.#settled = true;
    if (this.#connection !== undefined) this.#host.giveBack(this.#request.origin, this.#connection, isBroken);
    this.#host.deadlines.remove(this);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle(true);
    this.#reject(error);
    // Cuts the connection: undici would otherwise wait for the answer, and the store go on writing it.
    this.#abort?.(new Error('the request was given up'));
  }
}

/** What undici 7 and later hand to the newer handler methods. */
interface ResponseController {
  readonly rawHeaders?: RawHeaders | null;
  abort(error: Error): void;
}

/** The same for a dispatcher of the caller's, which may be of any undici version. */
export class PortableExchange extends Exchange {
  /** A mock has no socket, and a queue of the caller's may have none yet. */
  readonly holdsProcess = true;

  onRequestStart(controller: ResponseController): void {
    this.onConnect((error) => controller.abort(error));
  }

  onResponseStart(
    controller: ResponseController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const raw = controller.rawHeaders;
    this.onHeaders(
      statusCode,
      Array.isArray(raw)
        ? (raw as RawHeaders)
        : Object.entries(headers).flatMap(([name, value]) => [name, value ?? '']),
    );
  }

  onResponseData(_controller: ResponseController, chunk: Buffer): void {
    this.onData(chunk);
  }

  onResponseEnd(): void {
    this.onComplete();
  }

  onResponseError(_controller: ResponseController, error: Error): void {
    this.onError(error);
  }
}
