import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server answers: a document, or whatever a function does with the response. */
export type Answer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string }
  | ((response: ServerResponse, request: SeenRequest) => void);

export interface ScriptedServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: SeenRequest[];
  /** Answers to come, in order; the last one is repeated. */
  answers: Answer[];
}

/** Starts a server on loopback that records requests and answers as it is told. */
export async function startScriptedServer(...answers: Answer[]): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const seen = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
      requests.push(seen);
      const answer = (scripted.answers.length > 1 ? scripted.answers.shift() : scripted.answers[0]) ?? { status: 500 };
      if (typeof answer === 'function') {
        answer(response, seen);
        return;
      }
      response.writeHead(answer.status ?? 200, { 'x-obs-request-id': 'REQ', ...answer.headers });
      response.end(answer.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answers,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return scripted;
}
