import { isLoopback } from '../wire/endpoint.ts';
import { decodeBody, maxBodySize } from '../wire/read-body.ts';
import type { Draft } from '../wire/request-draft.ts';
import { errorOfRequest } from '../wire/response-error.ts';
import { ResponseHeaders } from '../wire/response-headers.ts';
import type { WireResponse } from '../wire/send-request.ts';
import { secretsOfHeaders } from '../wire/sse-headers.ts';
import type { S3Command } from './aws-sdk-commands.ts';
import { bytesToText, textToBytes } from './header-text.ts';
import { secretsOfRequest } from './vendor-call.ts';

interface PipelineMessage {
  method?: string;
  protocol?: string;
  hostname?: string;
  port?: number;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  statusCode?: number;
  body?: unknown;
}
type PipelineStep = (args: { request?: PipelineMessage }) => Promise<{ response?: PipelineMessage }>;
type Middleware = (next: PipelineStep) => PipelineStep;

/** What a request was signed with: the access key's id, the session token (or ''), and the time. */
export interface Signing {
  readonly accessKeyId: string;
  readonly sessionToken: string;
  readonly timeMs: number;
}

/** What goes over the wire for one command: the draft as its request, and the whole answer. */
export class S3Exchange {
  readonly #draft: Draft;
  readonly #keysAllowed: boolean;
  readonly #secrets: Set<string>;
  /** Undefined if no whole answer came. */
  answer: WireResponse | undefined;
  /** Undefined if the request wasn't signed, or in some other way than SigV4 by an access key. */
  signing: Signing | undefined;
  hostname: string | undefined;
  protocol: string | undefined;
  port: number | undefined;

  /**
   * @param keysAllowed - SSE-C keys may be sent, whatever the endpoint
   * @param secrets - gets what must not be repeated from the answer
   */
  constructor(draft: Draft, keysAllowed: boolean, secrets: Set<string>) {
    this.#draft = draft;
    this.#keysAllowed = keysAllowed;
    this.#secrets = secrets;
  }

  /**
   * Hooks into a command, and into nothing else: the client stays as it is.
   *
   * - The request becomes that of the draft before the SDK adds checksums and signs it. Host and path stay the SDK's.
   * - `retryMiddleware` is replaced by nothing, so that a request is sent once: retrying is the engine's, which knows what a
   *   repetition may do, and two that retry multiply.
   * - Header values beyond ASCII are written as the UTF-8 that was signed; Node would write other bytes, or refuse.
   * - The answer is taken down before the SDK reads it: whatever it makes of it, the wire's own readers decide.
   */
  attach(command: S3Command): void {
    const add = command.middlewareStack.add.bind(command.middlewareStack) as (
      middleware: Middleware,
      options: object,
    ) => void;
    const retryNever: Middleware = (next) => next;
    add(retryNever, { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high', override: true });
    const writeDraft: Middleware = (next) => (args) => {
      if (args.request !== undefined) this.#write(args.request);
      return next(args);
    };
    add(writeDraft, { name: 'copyLargeObjectDraft', step: 'build', priority: 'high' });
    const watchWire: Middleware = (next) => async (args) => {
      const headers = args.request?.headers ?? {};
      // The SDK comes here again when it follows a redirect to another region.
      this.answer = undefined;
      this.signing = readSigning(headers);
      this.hostname = args.request?.hostname;
      this.protocol = args.request?.protocol;
      this.port = args.request?.port;
      for (const secret of secretsOfRequest((name) => headers[name])) this.#secrets.add(secret);
      for (const [name, value] of Object.entries(headers)) headers[name] = textToBytes(value);
      const result = await next(args);
      if (result.response !== undefined) await this.#take(result.response);
      return result;
    };
    // The last step before the request handler: after signing, before the answer is read.
    add(watchWire, { name: 'copyLargeObjectWire', step: 'deserialize', priority: 'low' });
  }

  #write(request: PipelineMessage): void {
    const { method, query, headers, body } = this.#draft;
    const { protocol, hostname = '' } = request;
    if (protocol === 'http:' && !isLoopback(hostname) && !this.#keysAllowed && secretsOfHeaders(headers).length > 0) {
      throw errorOfRequest(
        this.#draft,
        `an SSE-C key must not be sent over plain http to ${hostname}: use https, or set traits.secure`,
      );
    }
    request.method = method;
    request.query = Object.fromEntries(pairsOf(query));
    request.headers = Object.fromEntries(pairsOf(headers).map(([name, bytes]) => [name, this.#textOf(name, bytes)]));
    request.body = body;
  }

  #textOf(name: string, bytes: string): string {
    const text = bytesToText(bytes);
    if (text !== undefined) return text;
    throw errorOfRequest(
      this.#draft,
      `the value of ${name.replace(/^x-amz-meta-(.*)/, "metadata '$1'")} holds bytes that are not UTF-8, which the AWS SDK can't sign`,
    );
  }

  async #take(response: PipelineMessage): Promise<void> {
    const { statusCode = 0, headers = {} } = response;
    const stream = this.#draft.method === 'HEAD' ? undefined : streamOf(response.body);
    let body = '';
    if (stream !== undefined) {
      const bytes = await readAll(stream, maxBodySize(this.#draft.operation));
      body = decodeBody(this.#draft.operation, statusCode, bytes);
      response.body = new Uint8Array(bytes);
    }
    // Only now, as an answer that broke off is none.
    this.answer = { statusCode, headers: new ResponseHeaders(Object.entries(headers).flat()), body };
  }
}

function pairsOf(list: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < list.length; index += 2) pairs.push([list[index] ?? '', list[index + 1] ?? '']);
  return pairs;
}

function readSigning(headers: Readonly<Record<string, string>>): Signing | undefined {
  const accessKeyId = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headers['authorization'] ?? '')?.[1];
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (accessKeyId === undefined || Number.isNaN(timeMs)) return undefined;
  return { accessKeyId, sessionToken: headers['x-amz-security-token'] ?? '', timeMs };
}

async function readAll(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, maxSize: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxSize) break;
    }
  } catch (error) {
    const { message, code } = error as { message?: unknown; code?: unknown };
    const reason = typeof message === 'string' ? message : 'no reason given';
    throw brokenAnswer(`the answer broke off: ${reason}`, typeof code === 'string' ? code : 'ECONNRESET');
  }
  if (size > maxSize) throw brokenAnswer(`the answer is larger than ${maxSize} bytes`, 'BodyTooLarge');
  return Buffer.concat(chunks);
}

/** Passes through the SDK, to come out as what the call fails with. */
function brokenAnswer(message: string, code: string): Error {
  return Object.assign(new Error(message), { name: 'BrokenAnswerError', code });
}

/** A body as the SDK's handlers give it: a stream, or without one, a Blob or the bytes. */
function streamOf(body: unknown): AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined {
  if (body instanceof Uint8Array) return [body];
  if (body instanceof Blob) return body.stream();
  const isStream = typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
  return isStream ? (body as AsyncIterable<Uint8Array>) : undefined;
}
