import type { Client, Dispatcher } from 'undici';
import { AbortWatch, type Cancellable, type CancelSource } from './abort-watch.ts';
import { Connections } from './connections.ts';
import { DeadlineQueue, type Expiring } from './deadline-queue.ts';
import { describeNetworkError } from './network-error.ts';
import { type RawHeaders, ResponseHeaders } from './response-headers.ts';

/** Anything that sends HTTP requests the way undici's dispatchers do: an Agent, a ProxyAgent, a MockAgent … */
export type HttpDispatcher = Pick<Dispatcher, 'dispatch'>;

/** One request, ready to be sent. */
export interface WireRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Percent-encoded path and query. It is sent byte for byte: `..` and `//` are parts of keys. */
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Flat list of name and value. */
  readonly headers: string[];
  readonly body: string | undefined;
  /** More bytes than this in the answer are an error. */
  readonly maxBodySize: number;
  /** When to give up, on the clock of `performance.now()`. */
  readonly deadlineMs: number;
  readonly signal: CancelSource | undefined;
}

/** A whole answer. */
export interface WireResponse {
  readonly statusCode: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/** No (whole) answer came. */
export class TransportError extends Error {
  override readonly name: string = 'TransportError';
  /** `ECONNRESET`, `UND_ERR_SOCKET`, `TimeoutError`, `BodyTooLarge`, … */
  readonly code: string;
  /** Whether the request may have reached the store. */
  readonly maybeSent: boolean;

  constructor(message: string, code: string, maybeSent: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.maybeSent = maybeSent;
  }
}

/** Idle connections are dropped after this long; many servers and load balancers do so after 5 s or more. */
const KEEP_ALIVE_TIMEOUT_MS = 4000;
const CONNECT_TIMEOUT_MS = 10_000;

const CONNECTION_OPTIONS = {
  pipelining: 1,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  keepAliveMaxTimeout: 60_000,
  connect: { timeout: CONNECT_TIMEOUT_MS },
} as const;

/** The network's or undici's failure in our own words. */
function toTransportError(error: unknown, maybeSent: boolean): TransportError {
  if (!(error instanceof Error)) return new TransportError('of an unknown error', 'UnknownError', maybeSent);
  const { code, data } = error as { code?: unknown; data?: unknown };
  // undici shows what it couldn't parse, and a hostile server may have put anything there, our own headers included.
  const cause = data === undefined ? error : undefined;
  const message = (maybeSent ? undefined : describeNetworkError(error)) ?? error.message;
  return new TransportError(message, typeof code === 'string' ? code : error.name, maybeSent, cause);
}

/** Sends requests through undici's lowest layer, and sees that each one ends: by its answer, an error, its deadline or its signal. */
export class RequestSender {
  readonly #deadlines = new DeadlineQueue();
  readonly #aborts = new AbortWatch();
  readonly #given: HttpDispatcher | undefined;
  #connections: Connections | undefined;

  /** @param dispatcher - the caller's own; left out, there are as many connections as requests in flight. */
  constructor(dispatcher: HttpDispatcher | undefined) {
    this.#given = dispatcher;
  }

  /**
   * Sends one request.
   *
   * @throws TransportError where no whole answer came; the signal's reason where it fired.
   */
  send(request: WireRequest): Promise<WireResponse> {
    if (this.#given !== undefined) return this.#sendThrough(this.#given, request);
    if (this.#connections !== undefined) return this.#sendAlong(this.#connections, request);
    return this.#createConnections().then((connections) => this.#sendAlong(connections, request));
  }

  #sendAlong(connections: Connections, request: WireRequest): Promise<WireResponse> {
    const { origin } = request;
    const connection = connections.take(origin);
    return this.#sendThrough(connection, request, () => connections.give(origin, connection));
  }

  #sendThrough(dispatcher: HttpDispatcher, request: WireRequest, onEnd?: () => void): Promise<WireResponse> {
    return new Promise((resolve, reject) => {
      if (request.signal?.aborted === true) {
        onEnd?.();
        reject(request.signal.reason);
        return;
      }
      // A dispatcher of the caller's may be of another undici version, which may know only the newer handler methods.
      const Handler = this.#given === undefined ? Exchange : PortableExchange;
      const exchange = new Handler(request, resolve, reject, this.#deadlines, this.#aborts, onEnd);
      exchange.start();
      try {
        dispatcher.dispatch(
          {
            origin: request.origin,
            path: request.path,
            method: request.method,
            headers: request.headers,
            body: request.body ?? null,
            // Part copies answer when they are done, not before: only our own deadline counts.
            headersTimeout: 0,
            bodyTimeout: 0,
          },
          exchange,
        );
      } catch (error) {
        exchange.onError(error);
      }
    });
  }

  /** Waits for something that a request needs, no longer than the request itself may take. */
  waitFor<T>(promise: Promise<T>, deadlineMs: number, signal: CancelSource | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const member = {
        deadlineMs,
        deadlineSlot: -1,
        abortSlot: -1,
        // What is waited for may have nothing that does.
        holdsProcess: true,
        expire: () => settle(() => reject(new TransportError('it took too long', 'TimeoutError', false))),
        cancel: (reason: unknown) => settle(() => reject(reason)),
      };
      const settle = (end: () => void): void => {
        this.#deadlines.remove(member);
        if (signal !== undefined) this.#aborts.remove(signal, member);
        end();
      };
      this.#deadlines.add(member);
      if (signal !== undefined) this.#aborts.add(signal, member);
      // In any case: a failure that nobody hears of would end the process.
      promise.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
      if (signal?.aborted === true) member.cancel(signal.reason);
    });
  }

  async #createConnections(): Promise<Connections> {
    // Loading undici takes longer than loading all of this library: only who sends a request pays for it.
    const { Client: UndiciClient } = await import('undici');
    this.#connections ??= new Connections((origin): Client => new UndiciClient(origin, CONNECTION_OPTIONS));
    return this.#connections;
  }
}

/**
 * One request and its answer, as an undici handler. These are undici's own (older) method names, which it calls directly with
 * the raw headers; for the newer ones it wraps the handler and decodes every header, a tenth of the cost of a request.
 */
class Exchange implements Expiring, Cancellable {
  readonly deadlineMs: number;
  deadlineSlot = -1;
  abortSlot = -1;
  readonly #request: WireRequest;
  readonly #resolve: (response: WireResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #deadlines: DeadlineQueue;
  readonly #aborts: AbortWatch;
  readonly #onEnd: (() => void) | undefined;
  #settled = false;
  #abort: ((error: Error) => void) | undefined;
  #statusCode = 0;
  #rawHeaders: RawHeaders = [];
  #firstChunk: Buffer | undefined;
  #moreChunks: Buffer[] | undefined;
  #size = 0;

  constructor(
    request: WireRequest,
    resolve: (response: WireResponse) => void,
    reject: (error: unknown) => void,
    deadlines: DeadlineQueue,
    aborts: AbortWatch,
    onEnd: (() => void) | undefined,
  ) {
    this.deadlineMs = request.deadlineMs;
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#deadlines = deadlines;
    this.#aborts = aborts;
    this.#onEnd = onEnd;
  }

  start(): void {
    this.#deadlines.add(this);
    if (this.#request.signal !== undefined) this.#aborts.add(this.#request.signal, this);
  }

  expire(): void {
    this.#fail(new TransportError('no complete answer in time', 'TimeoutError', this.#abort !== undefined));
  }

  cancel(reason: unknown): void {
    this.#fail(reason);
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
    this.#settle();
    const first = this.#firstChunk;
    const body = this.#moreChunks === undefined ? first : Buffer.concat([first as Buffer, ...this.#moreChunks]);
    this.#resolve({
      statusCode: this.#statusCode,
      headers: new ResponseHeaders(this.#rawHeaders),
      body: body === undefined ? '' : body.toString(),
    });
  }

  onError(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(toTransportError(error, this.#abort !== undefined));
  }

  #settle(): void {
    this.#settled = true;
    this.#onEnd?.();
    this.#deadlines.remove(this);
    if (this.#request.signal !== undefined) this.#aborts.remove(this.#request.signal, this);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
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
class PortableExchange extends Exchange {
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
