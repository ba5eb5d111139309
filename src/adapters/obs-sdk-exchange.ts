import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopback } from '../wire/endpoint.ts';
import { decodeBody, maxBodySize } from '../wire/read-body.ts';
import { isSameOperator } from '../wire/redirect.ts';
import type { StoreOperation } from '../store/copy-store.ts';
import type { RequestSubject } from '../wire/response-error.ts';
import { ResponseHeaders } from '../wire/response-headers.ts';
import type { WireResponse } from '../wire/send-request.ts';
import type { Port } from '../wire/speaks-tls.ts';
import type { VendorInput } from './obs-sdk-input.ts';
import { secretsOfRequest } from './vendor-call.ts';

/** The request that the vendor's client hands to its `RequestHook`: Node's `ClientRequest`, as far as it is used. */
export interface HookedRequest {
  readonly host?: string;
  readonly protocol?: string;
  readonly path?: string;
  getHeader(name: string): unknown;
  setHeader(name: string, value: string): unknown;
  on(event: 'error' | 'timeout', listener: (error?: Error) => void): unknown;
  on(event: 'socket', listener: (socket: Socket) => void): unknown;
  setTimeout(timeoutMs: number): unknown;
  abort(): void;
}

export interface WireDemands extends Pick<VendorInput, 'unsigned' | 'demands' | 'query'> {
  /** Holds keys that must not go over plain http to another machine. */
  readonly isSecret: boolean;
}

/**
 * One call of the vendor's client, as it looks on the wire. The client's hooks show the request before it leaves and the answer as it
 * comes; what the client itself makes of them isn't used, as it takes an error inside `200 OK` for a success.
 */
export class ObsExchange {
  readonly #bucket: string;
  readonly #operation: StoreOperation;
  readonly #maxBodySize: number;
  readonly #demands: WireDemands;
  readonly #requests: HookedRequest[] = [];
  #ended = false;
  #response: IncomingMessage | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #isWhole = false;
  #portNumber: number | undefined;

  /** Why the request was not let go. */
  refusal: string | undefined;
  /** What went wrong with the first request, before the client tried again by itself. */
  failure: { readonly code: string; readonly message: string } | undefined;
  /** Where the store sent the request, which wasn't followed. */
  redirectedTo: string | undefined;

  constructor({ bucket, operation }: RequestSubject, demands: WireDemands) {
    this.#bucket = bucket;
    this.#operation = operation;
    this.#maxBodySize = maxBodySize(operation);
    this.#demands = demands;
  }

  readonly hooks = {
    RequestHook: (request: HookedRequest): void => this.#leave(request),
    ResponseHook: (response: IncomingMessage): void => this.#arrive(response),
  } as const;

  /** The whole answer; undefined if there is none. */
  get answer(): WireResponse | undefined {
    const response = this.#response;
    const statusCode = response?.statusCode;
    if (response === undefined || statusCode === undefined) return undefined;
    // The client cuts a redirect off before its body.
    if (!this.#isWhole && (statusCode < 300 || statusCode >= 400)) return undefined;
    return {
      statusCode,
      headers: new ResponseHeaders(response.rawHeaders),
      body: decodeBody(this.#operation, statusCode, Buffer.concat(this.#chunks)),
    };
  }

  /** The prefix of the vendor's headers in this exchange. */
  get signature(): 'obs' | 'v2' {
    const authorization = this.#requests.at(-1)?.getHeader('authorization');
    if (typeof authorization === 'string') return authorization.startsWith('AWS ') ? 'v2' : 'obs';
    return this.#response?.rawHeaders.some((name) => name.toLowerCase() === 'x-amz-request-id') === true ? 'v2' : 'obs';
  }

  /** What must not be repeated from the answer, nor from what the client says. */
  get secrets(): readonly string[] {
    return this.#requests.flatMap((request) => secretsOfRequest((name) => request.getHeader(name)));
  }

  /** Where the first request went, if it was connected by plain http. */
  get plainPort(): Port | undefined {
    const { protocol, host: hostname } = this.#requests[0] ?? {};
    if (protocol !== 'http:' || hostname === undefined || this.#portNumber === undefined) return undefined;
    return { protocol, hostname, port: `:${this.#portNumber}` };
  }

  /** Cuts the request, and every one that the client begins for this call from now on. */
  end(): void {
    this.#ended = true;
    for (const request of this.#requests) request.abort();
  }

  #leave(request: HookedRequest): void {
    // The client listens to the first error only; a second one would end the process.
    request.on('error', (error) => this.#fail(error));
    request.on('timeout', () => this.#fail({ code: 'TimeoutError', message: 'the connection was idle for too long' }));
    // The client leaves the port out of the Host header.
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        this.#portNumber = socket.remotePort;
      });
    });
    this.#refuse(request);
    this.#requests.push(request);
    if (this.#ended || this.refusal !== undefined) {
      this.end();
      return;
    }
    for (const [name, value] of Object.entries(this.#demands.unsigned)) request.setHeader(name, value);
    // The client sets its own limit right after this hook: it would cut off whatever the store copies for longer, which the caller minds.
    process.nextTick(() => request.setTimeout(0));
  }

  #refuse(request: HookedRequest): void {
    const [first] = this.#requests;
    if (first !== undefined && !this.#isRedirect(first, request)) {
      this.refusal = 'a retry of the vendor’s client';
      return;
    }
    this.#response = undefined;
    const { isSecret, query, demands } = this.#demands;
    const host = this.#serviceHost(request);
    if (isSecret && request.protocol === 'http:' && !isLoopback(host)) {
      this.refusal = `an SSE-C key must not be sent over plain http to ${host}: use https, or set traits.secure`;
    }
    const written = new URLSearchParams(request.path?.split('?')[1]);
    for (let index = 0; index < query.length; index += 2) {
      const [name = '', value = ''] = query.slice(index, index + 2);
      const found = written.get(name);
      if (found !== value) this.#misses(`query parameter ${name}`, found ?? undefined);
    }
    for (const { name, what, value } of demands) {
      const written =
        request.getHeader(`x-obs-${name}`) ?? request.getHeader(`x-amz-${name}`) ?? request.getHeader(name);
      if (typeof written !== 'string' || !isSame(written, value)) this.#misses(what, written);
    }
  }

  #misses(what: string, written: unknown): void {
    this.refusal ??= `esdk-obs-nodejs can't send ${what} as it is: it would ${
      written === undefined ? 'leave it out' : `write ${JSON.stringify(written)}`
    }`;
  }

  /** Whether the client follows a redirect to where keys and signatures may go. Everything else that it begins anew is a retry. */
  #isRedirect(first: HookedRequest, next: HookedRequest): boolean {
    const statusCode = this.#response?.statusCode ?? 0;
    if (statusCode < 300 || statusCode >= 400) return false;
    const downgraded = first.protocol === 'https:' && next.protocol !== 'https:';
    const from = this.#serviceHost(first);
    const to = this.#serviceHost(next);
    if (!downgraded && this.#requests.length <= 3 && isSameOperator(from, to)) return true;
    this.redirectedTo = `${next.protocol ?? 'https:'}//${to}`;
    return false;
  }

  #serviceHost({ host = '' }: HookedRequest): string {
    return host.startsWith(`${this.#bucket}.`) ? host.slice(this.#bucket.length + 1) : host;
  }

  #arrive(response: IncomingMessage): void {
    this.#response = response;
    this.#chunks = [];
    this.#size = 0;
    this.#isWhole = false;
    response.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      if (this.#size > this.#maxBodySize) {
        this.#fail({ code: 'BodyTooLarge', message: `the answer is larger than ${this.#maxBodySize} bytes` });
        this.end();
      }
    });
    response.on('end', () => {
      this.#isWhole = response.complete;
    });
    response.on('error', (error) => this.#fail(error));
  }

  #fail(error: { readonly code?: unknown; readonly message: string } | undefined): void {
    if (this.#ended) return;
    this.failure ??= {
      code: typeof error?.code === 'string' ? error.code : 'UnknownError',
      message: error?.message ?? 'no answer came',
    };
  }
}

/** Whether a header says what it must; by the headers of S3, `kms` is called `aws:kms`. */
function isSame(written: string, value: string | undefined): boolean {
  if (value === undefined) return written !== '';
  return written === value || (value === 'kms' && written === 'aws:kms');
}
