import type { WireResponse } from '../wire/http-client.ts';
import { ResponseHeaders } from '../wire/response-headers.ts';
import { judgeBody, maxBodySize } from './aws-sdk-body.ts';
import type { S3Command, S3CommandName } from './aws-sdk-commands.ts';
import { textToBytes } from './header-text.ts';
import { secretsOfRequest } from './vendor-failure.ts';

/** A request or an answer in the SDK's pipeline. */
interface PipelineMessage {
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

/** An answer that broke off, or that is longer than any answer to the command. */
class BrokenAnswerError extends Error {
  override readonly name: string = 'BrokenAnswerError';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** What went over the wire for one command, beside what the SDK tells. */
export class S3Exchange {
  readonly #command: S3CommandName;
  readonly #secrets: Set<string>;
  /** Status and headers of the whole answer; undefined where none came. */
  statusCode: number | undefined;
  headers: Readonly<Record<string, string>> = {};
  /** Undefined where the request wasn't signed, or in some other way than SigV4 by an access key. */
  signing: Signing | undefined;
  /** A 2xx answer that isn't the result, which the SDK may not notice: the store's error, or nothing that can be trusted. */
  lie: { readonly kind: 'error' | 'unknown'; readonly answer: WireResponse } | undefined;

  /** @param secrets - told what must not be repeated from the answer */
  constructor(command: S3CommandName, secrets: Set<string>) {
    this.#command = command;
    this.#secrets = secrets;
  }

  /**
   * Hooks into a command, and into nothing else: the client stays as it is.
   *
   * - `retryMiddleware` is replaced by nothing, so that a request is sent once: retrying is the engine's, which knows what a
   *   repetition may do, and two that retry multiply.
   * - Header values beyond ASCII are written as the UTF-8 that was signed; Node would write other bytes, or refuse.
   * - `headers` are added before the request is signed.
   */
  attach(command: S3Command, headers: Readonly<Record<string, string>>): void {
    const add = command.middlewareStack.add.bind(command.middlewareStack) as (
      middleware: Middleware,
      options: object,
    ) => void;
    const retryNever: Middleware = (next) => next;
    add(retryNever, { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high', override: true });
    if (Object.keys(headers).length > 0) {
      const addHeaders: Middleware = (next) => (args) => {
        Object.assign(args.request?.headers ?? {}, headers);
        return next(args);
      };
      add(addHeaders, { name: 'copyLargeObjectHeaders', step: 'build', priority: 'low' });
    }
    const watchWire: Middleware = (next) => async (args) => {
      // The SDK comes here again where it follows a redirect to another region.
      this.statusCode = undefined;
      this.headers = {};
      this.lie = undefined;
      this.signing = readSigning(args.request?.headers ?? {});
      for (const secret of secretsOfRequest((name) => args.request?.headers?.[name])) this.#secrets.add(secret);
      writeHeaderBytes(args.request?.headers);
      const result = await next(args);
      if (result.response !== undefined) await this.#take(result.response);
      return result;
    };
    // The last step before the request handler: after signing, before the answer is read.
    add(watchWire, { name: 'copyLargeObjectWire', step: 'deserialize', priority: 'low' });
  }

  /**
   * Takes the answer down, and its body from the stream: the SDK knows an error inside `200 OK` only by a body that ends in exactly
   * `</Error>`, and takes one with a line break behind it for a success.
   */
  async #take(response: PipelineMessage): Promise<void> {
    const { statusCode, headers = {} } = response;
    const stream = streamOf(response.body);
    if (this.#command !== 'HeadObjectCommand' && stream !== undefined) {
      const bytes = trimBytes(await readAll(stream, maxBodySize(this.#command)));
      response.body = bytes;
      if (statusCode !== undefined && statusCode >= 200 && statusCode < 300) {
        const answer = {
          statusCode,
          headers: new ResponseHeaders(Object.entries(headers).flat()),
          body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'),
        };
        const kind = judgeBody(this.#command, answer);
        if (kind !== 'result') {
          this.lie = { kind, answer };
          throw new Error('the answer is not the result');
        }
      }
    }
    // Only now, as an answer that broke off is none.
    this.statusCode = statusCode;
    this.headers = { ...headers };
  }
}

function readSigning(headers: Readonly<Record<string, string>>): Signing | undefined {
  const accessKeyId = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headers['authorization'] ?? '')?.[1];
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (accessKeyId === undefined || Number.isNaN(timeMs)) return undefined;
  return { accessKeyId, sessionToken: headers['x-amz-security-token'] ?? '', timeMs };
}

function writeHeaderBytes(headers: Record<string, string> | undefined): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (headers !== undefined && typeof value === 'string') headers[name] = textToBytes(value);
  }
}

async function readAll(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, maxSize: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxSize) throw new BrokenAnswerError(`the answer is larger than ${maxSize} bytes`, 'BodyTooLarge');
    }
  } catch (error) {
    if (error instanceof BrokenAnswerError) throw error;
    const { message, code } = error as { message?: unknown; code?: unknown };
    throw new BrokenAnswerError(
      `the answer broke off: ${typeof message === 'string' ? message : 'no reason given'}`,
      typeof code === 'string' ? code : 'ECONNRESET',
    );
  }
  return Buffer.concat(chunks);
}

/** White space at both ends is what keeps a connection alive, and what ends a line. */
function trimBytes(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] as number) <= 0x20) end--;
  while (start < end && (bytes[start] as number) <= 0x20) start++;
  return new Uint8Array(bytes.subarray(start, end));
}

/** A body as the SDK's handlers give it: a stream, or where they have none, a Blob or the bytes. */
function streamOf(body: unknown): AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined {
  if (body instanceof Uint8Array) return [body];
  if (body instanceof Blob) return body.stream();
  const isStream = typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
  return isStream ? (body as AsyncIterable<Uint8Array>) : undefined;
}
