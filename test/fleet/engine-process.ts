import { type ChildProcess, execFile, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** What users run a queue on, on 127.0.0.1. */
export interface Engine {
  readonly url: string;
  /** Kills it as a crash would (SIGKILL), and starts it again on the same data. */
  restart(downMs?: number): Promise<void>;
  /** Restarts, and keeps what it has by then. */
  keep(): Promise<void>;
  /** Restarts with what was kept, as after a failover to a replica that lagged. */
  setBack(): Promise<void>;
  /** Stops it, and deletes its data. */
  stop(): Promise<void>;
}

/** How an engine is started. */
export interface EngineProgram {
  readonly name: string;
  readonly packageName: string;
  readonly url: (port: number) => string;
  /** A program and its parameters, separated by spaces; is run in the directory of its data. */
  readonly command: (port: number) => string;
  /** Is run once, in the empty directory. */
  readonly prepare?: string;
  /** Asks whether it takes requests. */
  readonly isReady: (url: string) => Promise<boolean>;
}

const EACH = 'find . -mindepth 1 -maxdepth 1 ! -name kept';
const READY_WITHIN_MS = 60_000;
/** `nobody`: Postgres refuses to be run by root. */
const OTHER_USER = 65_534;

/** Starts an engine of its own in a temporary folder, and ends it with this process, however that ends. */
export async function startEngine(program: EngineProgram): Promise<Engine> {
  const directory = await mkdtemp(path.join(tmpdir(), `${program.name}-`));
  const asUser: SpawnOptions = process.getuid?.() === 0 ? { uid: OTHER_USER, gid: OTHER_USER } : {};
  if (asUser.uid !== undefined) await chown(directory, OTHER_USER, OTHER_USER);
  const port = await findFreePort();
  const url = program.url(port);
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const startChild = (): ChildProcess => run(program, program.command(port), { ...asUser, cwd: directory });
    child = startChild();
    let written = gatherOutput(child);
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await program.isReady(url))) {
      if (Date.now() > deadline) throw new Error(`${program.name} didn't get ready:\n${written()}`);
      // Postgres refuses to start while a process of the killed one still ends. Whatever keeps a server up starts it again.
      if (child.exitCode !== null) {
        child = startChild();
        written = gatherOutput(child);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 30);
      });
    }
    endWithThisProcess(child, directory);
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const stop = async (): Promise<void> => {
    await kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };
  const restartAfter = async (script: string): Promise<void> => {
    await kill('SIGKILL');
    await promisify(execFile)('bash', ['-c', script], { cwd: directory });
    await start();
  };
  try {
    if (program.prepare !== undefined) await runToEnd(program, program.prepare, { ...asUser, cwd: directory });
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    restart: async (downMs = 0) => {
      await kill('SIGKILL');
      await new Promise((resolve) => {
        setTimeout(resolve, downMs);
      });
      await start();
    },
    keep: () => restartAfter(`mkdir kept && ${EACH} -exec cp -a {} kept ';'`),
    setBack: () => restartAfter(`${EACH} -exec rm -rf {} + && cp -a kept/. .`),
    stop,
  };
}

function run({ name, packageName }: EngineProgram, command: string, options: SpawnOptions): ChildProcess {
  const [file = '', ...parameters] = command.split(' ');
  const child = spawn(file, parameters, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  child.on('error', (error) => {
    throw new Error(`Cannot start ${name}: on Debian or Ubuntu, apt-get install ${packageName}`, { cause: error });
  });
  return child;
}

async function runToEnd(program: EngineProgram, command: string, options: SpawnOptions): Promise<void> {
  const child = run(program, command, options);
  const written = gatherOutput(child);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`${command} failed:\n${written()}`);
}

/** The last of what it writes; also keeps its pipes from filling up. */
function gatherOutput({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2000);
    });
  }
  return () => text;
}

/** A process of its own waits for the end of this one, as that may be killed. */
function endWithThisProcess({ pid = 0 }: ChildProcess, directory: string): void {
  const script =
    'while kill -0 "$1" 2>/dev/null && kill -0 "$2" 2>/dev/null; do sleep 1; done; kill -0 "$1" 2>/dev/null || { kill -9 "$2" 2>/dev/null; rm -rf "$3"; }';
  spawn('bash', ['-c', script, 'end-engine', String(process.pid), String(pid), directory], {
    detached: true,
    stdio: 'ignore',
  }).unref();
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}

/** Sends bytes and tells whether the answer begins as it should. */
export function answers(url: string, bytes: Uint8Array | string, begin: string): Promise<boolean> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', timeout: 1000 }, () => socket.write(bytes));
    const end = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.on('data', (chunk: Buffer) => end(chunk.toString('latin1').startsWith(begin)));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('timeout', () => end(false));
  });
}
