import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createPort, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyLargeObject } from '../../src/index.ts';
import { SELF_SIGNED } from '../wire/self-signed.ts';
import { fourWays } from './four-ways.ts';

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 's' };
const USE_HTTPS = /use an endpoint with https:\/\//;
const USE_HTTP = /an endpoint with http:\/\//;

/** What a port does with a request of the wrong scheme. */
const PORTS: Record<string, readonly [scheme: 'http' | 'https', makeServer: () => Server, advice: RegExp]> = {
  'http, and the port for https just closes': ['http', () => createHttpsServer(SELF_SIGNED), USE_HTTPS],
  'http, and the port for https sends an alert': ['http', alerting, USE_HTTPS],
  'http, and the port for https says so': ['http', explaining, USE_HTTPS],
  'https, and the port speaks http': ['https', () => createHttpServer((_, response) => response.end()), USE_HTTP],
};

function alerting(): Server {
  const server = createTlsServer(SELF_SIGNED);
  server.on('connection', (socket) => {
    socket.removeAllListeners('data');
    socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]));
  });
  return server.on('tlsClientError', () => {});
}

function explaining(): Server {
  return createHttpServer((_, response) => {
    response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n');
  });
}

async function listen(server: Server): Promise<{ port: number; connections: () => number }> {
  let count = 0;
  server.on('connection', () => count++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => count };
}

/** The end of a copy whose HEAD is its first request. */
function failureOf(name: string, endpoint: string): Promise<Error> {
  const store = fourWays[name]!({ endpoint, credentials: CREDENTIALS });
  const source = { bucket: 'b', key: 'k' };
  const task = copyLargeObject({
    store,
    source,
    destination: { bucket: 'b', key: 'copy' },
    retry: { maxAttempts: 8, minDelayMs: 1 },
  });
  return task.then(
    () => new Error('it worked'),
    (error: unknown) => error as Error,
  );
}

describe.each(Object.keys(fourWays))('%s', (name) => {
  it.each(Object.entries(PORTS))(
    'is told by the first try that the scheme is wrong: %s',
    async (_, [scheme, makeServer, advice]) => {
      const { port, connections } = await listen(makeServer());
      const error = await failureOf(name, `${scheme}://127.0.0.1:${port}`);
      expect(error).toMatchObject({ kind: 'permanent', message: expect.stringMatching(advice) });
      // The request and one that asks why, with its optional headers and without them.
      expect(connections()).toBeLessThanOrEqual(4);
    },
  );

  it('tries again where a port closes each connection, and says nothing of a scheme', async () => {
    const { port, connections } = await listen(
      createPort((socket) => void socket.once('data', () => socket.destroy())),
    );
    const error = await failureOf(name, `http://127.0.0.1:${port}`);
    expect(error).toMatchObject({ kind: 'transient' });
    expect(error.message).not.toMatch(/https?:\/\/ /);
    expect(error.message).not.toContain('use an endpoint');
    expect(connections()).toBeGreaterThanOrEqual(2);
  });
});
