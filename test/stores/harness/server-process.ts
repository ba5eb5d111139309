import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';

export interface ServerCommand {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServerProcess {
  readonly endpoint: string;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a server in a folder of its own and waits until it answers over HTTP.
 *
 * @param commandFor - the command to start it by, on a free port
 */
export async function startServer(
  commandFor: (folder: string, port: number) => ServerCommand | Promise<ServerCommand>,
): Promise<ServerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'store-'));
  try {
    const port = await freePort();
    const command = await commandFor(folder, port);
    const stopProcess = await startProcess(command, path.join(folder, 'server.log'), port);
    const stop = async (): Promise<void> => {
      await stopProcess();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    return { endpoint: `http://127.0.0.1:${port}`, stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Ends the server when its own stdin ends, which it also does if this process is killed. */
const guarded =
  'exec 3<&0; "$@" 3<&- </dev/null & server=$!; (cat <&3; kill -KILL $server) >/dev/null 2>&1 & wait $server';

async function startProcess(command: ServerCommand, logPath: string, port: number): Promise<() => Promise<void>> {
  const log = await open(logPath, 'w');
  const child = spawn('bash', ['-c', guarded, 'server', command.program, ...command.parameters], {
    cwd: path.dirname(logPath),
    env: { ...process.env, ...command.env },
    stdio: ['pipe', log.fd, log.fd],
  });
  const ended = once(child, 'exit');
  let isRunning = true;
  void ended.finally(() => (isRunning = false));
  const stop = async (): Promise<void> => {
    child.stdin?.destroy();
    await ended;
    await log.close();
  };
  for (const patience = performance.now() + 120_000; !(await answers(port)); await delay(50)) {
    if (isRunning && performance.now() < patience) continue;
    await stop();
    const written = (await readFile(logPath, 'utf8')).split('\n').slice(-15).join('\n');
    throw new Error(`${command.program} ${isRunning ? 'answers nothing' : 'ended at once'}:\n${written}`);
  }
  return stop;
}

async function answers(port: number): Promise<boolean> {
  try {
    const { body } = await request(`http://127.0.0.1:${port}/`, { headersTimeout: 5000 });
    await body.dump();
    return true;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
