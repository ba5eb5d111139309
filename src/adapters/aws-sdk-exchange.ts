import { textToBytes } from './header-text.ts';

/** A command of the AWS SDK, as far as it is used here. */
export interface S3Command {
  readonly middlewareStack: {
    // Methods, so that the SDK's own, far more exact types fit.
    add(middleware: never, options: never): void;
  };
}

/** A request or an answer in the SDK's pipeline. */
interface PipelineMessage {
  headers?: Record<string, string>;
  statusCode?: number;
  body?: unknown;
}
type PipelineStep = (args: { request?: PipelineMessage }) => Promise<{ response?: PipelineMessage }>;
type Middleware = (next: PipelineStep) => PipelineStep;

/** Answers to these are documents of a few lines; anything longer isn't one, and is left to the SDK. */
const MAX_DOCUMENT_SIZE = 1024 * 1024;

/** What went over the wire for one command, beside what the SDK tells. */
export class S3Exchange {
  /** Status and headers of the answer; undefined where none came. */
  statusCode: number | undefined;
  headers: Readonly<Record<string, string>> = {};

  /**
   * Hooks into a command, and into nothing else: the client stays as it is.
   *
   * - `retryMiddleware` is replaced by nothing, so that a request is sent once: retrying is the engine's, which knows what a
   *   repetition may do, and two that retry multiply.
   * - Header values beyond ASCII are written as the UTF-8 that was signed; Node would write other bytes, or refuse.
   * - `headers` are added before the request is signed.
   */
  attach(command: S3Command, headers: Readonly<Record<string, string>>, endsInDocument: boolean): void {
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
      writeHeaderBytes(args.request?.headers);
      const result = await next(args);
      const { response } = result;
      this.statusCode = response?.statusCode;
      this.headers = { ...response?.headers };
      if (endsInDocument && response !== undefined) response.body = await trimDocument(response.body);
      return result;
    };
    // The last step before the request handler: after signing, before the answer is read.
    add(watchWire, { name: 'copyLargeObjectWire', step: 'deserialize', priority: 'low' });
  }
}

function writeHeaderBytes(headers: Record<string, string> | undefined): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (headers !== undefined && typeof value === 'string') headers[name] = textToBytes(value);
  }
}

/**
 * Reads a short document and takes the white space off its end: the SDK knows an error inside `200 OK` only by a body that ends
 * in exactly `</Error>`, and takes one with a line break behind it for a success.
 */
async function trimDocument(body: unknown): Promise<unknown> {
  if (!isByteStream(body)) return body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_DOCUMENT_SIZE) throw new Error(`the answer is longer than ${MAX_DOCUMENT_SIZE} bytes`);
  }
  const bytes = Buffer.concat(chunks);
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] as number) <= 0x20) end--;
  return new Uint8Array(bytes.subarray(0, end));
}

function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
