import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCopyCommand } from '../../src/cli/copy-command.ts';
import { SELF_SIGNED } from '../wire/self-signed.ts';

/** Runs `copy` on a terminal against a port. @returns what it wrote so far, and how it ends */
async function copyFrom(server: Server, scheme: 'http' | 'https') {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'sesame');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const terminal = () => Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true });
  const stderr = terminal();
  const endpoint = `${scheme}://127.0.0.1:${port}`;
  const flags = { endpoint, region: 'us-east-1', progress: 'plain' as const };
  const ended = runCopyCommand('s3://media/a', 's3://archive/b', flags, { stdout: terminal(), stderr });
  return { port, stderr, ended };
}

test('https on a port that speaks http is named, and no certificate', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'));
  const { stderr, ended } = await copyFrom(server, 'https');
  expect(await ended).toBe(1);
  const text = String(stderr.read());
  expect(text).toContain('Hint: the port speaks http: write http:// in --endpoint, or name the port for https');
  expect(text).not.toContain('certificate');
});

test('http on a port that speaks https is named at once', async () => {
  const { stderr, ended } = await copyFrom(createTlsServer(SELF_SIGNED), 'http');
  expect(await ended).toBe(1);
  const text = String(stderr.read());
  expect(text).toContain('Hint: the port speaks https: write https:// in --endpoint');
  expect(text).not.toContain('trying again');
});

test('a port that accepts and never answers is named after five seconds, and Ctrl-C ends the copy', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { port, stderr, ended } = await copyFrom(createServer(), 'http');
  await vi.advanceTimersByTimeAsync(4000);
  expect(stderr.read()).toBeNull();
  await vi.advanceTimersByTimeAsync(1000);
  expect(String(stderr.read())).toMatch(new RegExp(`^http://127.0.0.1:${port}: no answer for 5.* s.*\\n$`));
  process.emit('SIGINT');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await ended).toBe(130);
  expect(String(stderr.read())).toContain('No upload was begun.');
});
