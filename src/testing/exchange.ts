import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeXml } from './answer-xml.ts';
import type { Answer } from './call.ts';
import { Content } from './content.ts';
import type { ServiceError } from './service-error.ts';
import type { StoreRequest } from './store-request.ts';
import type { Timers } from './timers.ts';

const PIECE_SIZE = 256 * 1024;

/** One request and the answer to it, down to the bytes on the connection. */
export class Exchange {
  readonly request: StoreRequest;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #timers: Timers;
  readonly #ownHeaders: Readonly<Record<string, string>>;
  /** More headers for whatever is answered. */
  readonly extraHeaders: Record<string, string> = {};

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    request: StoreRequest,
    timers: Timers,
    ownHeaders: Readonly<Record<string, string>>,
  ) {
    this.#message = message;
    this.#response = response;
    this.request = request;
    this.#timers = timers;
    this.#ownHeaders = ownHeaders;
    response.sendDate = false;
  }

  /** Whether nobody is there any more to be answered. */
  get isGone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  async answer(answer: Answer): Promise<void> {
    if (this.isGone) return;
    const { body } = answer;
    if (body instanceof Content) return this.#answerContent(answer, body);
    this.#begin(answer, body === undefined ? 0 : Buffer.byteLength(body));
    this.#response.end(this.#hasBody ? body : undefined);
  }

  /** @param body what stands in place of the `<Error>` document */
  async answerError(error: ServiceError, body?: 'html' | 'json'): Promise<void> {
    const answer = errorAnswer(error, this.request, this.#ownHeaders);
    return this.answer(body === undefined ? answer : { ...answer, ...otherErrorBodies[body](error) });
  }

  /** An `<Error>` document under a status of its own, e.g. 200. */
  async answerErrorDocument(error: ServiceError, status: number, suffix: string): Promise<void> {
    const answer = errorAnswer(error, this.request, this.#ownHeaders);
    const body = typeof answer.body === 'string' ? answer.body + suffix : undefined;
    return this.answer({ ...answer, status, body });
  }

  /** Cuts the connection, as a crashing server or an impatient proxy does. */
  cut(): void {
    const { socket } = this.#message;
    if ('encrypted' in socket) socket.destroy();
    else socket.resetAndDestroy();
  }

  /** Reads what the client still sends, and says nothing. */
  ignore(): void {
    this.#message.resume();
  }

  /** Sends half of the body that was announced, then cuts the connection. */
  async answerHalf(answer: Answer): Promise<void> {
    const text = typeof answer.body === 'string' ? answer.body : '';
    if (this.isGone) return;
    this.#begin(answer, sizeOf(answer) ?? 100);
    if (this.#hasBody) this.#response.write(text.slice(0, Math.floor(text.length / 2)));
    else this.#response.flushHeaders();
    // The half must be on its way before the cut, or the client sees a reset alone.
    await this.#timers.sleep(20);
    this.#message.socket.destroy();
  }

  /** Sends the body byte by byte; that of an object as it is. */
  async answerSlowly(answer: Answer, delayMs: number): Promise<void> {
    const text = typeof answer.body === 'string' ? answer.body : '';
    if (this.isGone) return;
    if (answer.body instanceof Content && this.#hasBody) return this.answer(answer);
    this.#begin(answer, sizeOf(answer) ?? 0);
    const startedMs = performance.now();
    const bytes = Buffer.from(this.#hasBody ? text : '');
    for (let sent = 0; sent < bytes.length && !this.#response.destroyed;) {
      await this.#timers.sleep(delayMs / bytes.length);
      const due = Math.ceil(((performance.now() - startedMs) / delayMs) * bytes.length);
      const upTo = Math.min(bytes.length, Math.max(sent + 1, due));
      this.#response.write(bytes.subarray(sent, upTo));
      sent = upTo;
    }
    this.#response.end();
  }

  /** Sends 200 at once, blanks while `work` lasts, and then what it gives. */
  async answerAfterBlanks(delayMs: number, body: string): Promise<void> {
    if (this.isGone) return;
    this.#begin({ status: 200, headers: { 'content-type': 'application/xml' } }, undefined);
    const declarationEnd = body.indexOf('?>') + 2;
    this.#response.write(body.slice(0, declarationEnd));
    for (let waitedMs = 0; waitedMs < delayMs && !this.#response.destroyed; waitedMs += 20) {
      await this.#timers.sleep(20);
      this.#response.write('\n ');
    }
    this.#response.end(body.slice(declarationEnd));
  }

  /** Sends blanks without end, or nearly so. */
  async answerBlanks(status: number, size: number): Promise<void> {
    const blanks = ' '.repeat(PIECE_SIZE);
    this.#begin({ status, headers: { 'content-type': 'application/xml' } }, undefined);
    for (let sent = 0; sent < size && !this.#response.destroyed; sent += PIECE_SIZE) {
      if (!this.#response.write(blanks)) await this.#drained();
    }
    this.#response.end();
  }

  get #hasBody(): boolean {
    return this.request.method !== 'HEAD' && this.#response.statusCode !== 304;
  }

  /** Writes status and headers; a length of undefined makes the body chunked. */
  #begin({ status, headers }: Answer, length: number | undefined): void {
    const all: Record<string, string> = { ...this.#ownHeaders, ...headers, ...this.extraHeaders };
    if (length !== undefined && status !== 204 && all['transfer-encoding'] === undefined)
      all['content-length'] ??= String(length);
    this.#response.writeHead(status, all);
  }

  async #answerContent(answer: Answer, content: Content): Promise<void> {
    this.#begin(answer, content.size);
    if (this.#hasBody) {
      for (const piece of content.pieces(PIECE_SIZE)) {
        if (this.#response.destroyed) return;
        if (!this.#response.write(piece)) await this.#drained();
      }
    }
    this.#response.end();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.off('drain', done);
        this.#response.off('close', done);
        resolve();
      };
      this.#response.on('drain', done);
      this.#response.on('close', done);
    });
  }
}

/** Bodies of errors on servers that let their framework speak. */
const otherErrorBodies = {
  html: ({ status, message }: ServiceError): Partial<Answer> => ({
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html>\n<html lang=en>\n<title>${status} ${message}</title>\n<h1>${message}</h1>\n`,
  }),
  json: ({ status, message }: ServiceError): Partial<Answer> => ({
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ detail: message, status }),
  }),
};

/** Bytes of an answer's body, also where it isn't sent as the request was HEAD. */
function sizeOf({ body }: Answer): number | undefined {
  if (body === undefined || body === '') return undefined;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.size;
}

function errorAnswer(error: ServiceError, request: StoreRequest, ownHeaders: Readonly<Record<string, string>>): Answer {
  const { prefix } = request.dialect;
  const headers: Record<string, string> = { ...error.headers };
  if (request.method === 'HEAD') {
    // OBS says in headers what HEAD has no body for; S3 says nothing.
    if (request.dialect.name === 'obs') {
      headers['x-obs-error-code'] = error.code;
      headers['x-obs-error-message'] = error.message;
    }
    return { status: error.status, headers: { 'content-type': 'application/xml', ...headers } };
  }
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: writeXml('Error', undefined, {
      Code: error.code,
      Message: error.message,
      Resource: request.rawPath,
      ...error.details,
      RequestId: ownHeaders[`${prefix}request-id`],
      HostId: ownHeaders[`${prefix}id-2`],
    }),
  };
}
