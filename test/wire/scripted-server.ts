import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** A request as it was on the wire. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly url: string;
  /** Names in lower case; values as latin1 characters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers one request in whatever odd way a test needs. */
export type Answer = (seen: SeenRequest, response: ServerResponse, request: IncomingMessage) => void;

/** A server on loopback that does what the test says. It is closed after the test. */
export interface ScriptedServer {
  readonly endpoint: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Connections that were opened. */
  connections: number;
  /** Connections that are open. */
  readonly open: Set<unknown>;
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Starts a server that answers each request by the next of `answers`, and then always by the last one. */
export async function startScriptedServer(...answers: readonly Answer[]): Promise<ScriptedServer> {
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
      const seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers,
        body: Buffer.concat(chunks).toString(),
      };
      scripted.seen.push(seen);
      const answer = answers[Math.min(count++, answers.length - 1)];
      answer?.(seen, response, request);
    });
  });
  server.on('connection', (socket) => {
    scripted.connections++;
    scripted.open.add(socket);
    socket.on('close', () => scripted.open.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const scripted: ScriptedServer = {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    seen: [],
    connections: 0,
    open: new Set(),
  };
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return scripted;
}

/** An answer with a status, a body and headers. */
export function answer(statusCode: number, body = '', headers: Record<string, string> = {}): Answer {
  return (_seen, response) => {
    response.writeHead(statusCode, headers);
    response.end(body);
  };
}

/** An error document of S3. */
export function errorDocument(code: string, more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>about ${code}</Message>${more}</Error>`;
}

export const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
} as const;

export const MD5 = '3858f62230ac3c915f300c664312c11f';
export const COPY_PART_RESULT = `<CopyPartResult><LastModified>2024-02-29T10:00:00.000Z</LastModified><ETag>"${MD5}"</ETag></CopyPartResult>`;
