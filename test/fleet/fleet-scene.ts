import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPostgresBackend, Queue } from 'bullmq';
import type { FleetResult } from '../../src/bullmq/index.ts';
import type { ObjectOutcome } from '../../src/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import type { Engine } from './engine-process.ts';
import type { EngineName } from './queues.ts';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

const MiB = 1024 * 1024;
const PART_SIZE = 8 * MiB;
const LOCK_MS = 5000;
const STANDSTILL_MS = 60_000;
/** Requests of one worker at a time: two jobs of eight. */
export const REQUESTS_OF_A_WORKER = 16;

/** What is there to copy. */
export interface FleetObjects {
  /** Objects of 100 bytes. */
  readonly small: number;
  /** Objects in parts. */
  readonly large: number;
  /** Parts of each. */
  readonly parts: number;
}

/** An engine, a store and processes of its own, and what can happen to them. */
export class FleetScene {
  readonly store: TestStore;
  readonly report: string;
  readonly #engineName: EngineName;
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #workers: ChildProcess[] = [];
  readonly #parents = new Set<ChildProcess>();
  readonly #cut: { isCut: boolean };

  static async open(engineName: EngineName, { small, large, parts }: FleetObjects): Promise<FleetScene> {
    const cut = { isCut: false };
    const store = await startTestStore({
      series: [{ bucket: 'src', prefix: 't/small/', count: small, size: 100 }],
      objects: Array.from({ length: large }, (_, index) => ({
        bucket: 'src',
        key: `t/large-${index}`,
        size: parts * PART_SIZE,
      })),
      buckets: ['dst'],
      latency: { copyPart: { minMs: 50, maxMs: 250 }, copyObject: { minMs: 5, maxMs: 50 }, default: 2 },
      faults: [() => (cut.isCut ? { kind: 'reset' } : undefined)],
    });
    const engine = await (engineName === 'redis' ? startRedis() : startPostgres());
    const folder = await mkdtemp(path.join(tmpdir(), 'fleet-'));
    if (engineName === 'postgres') await migrate(engine.url);
    return new FleetScene(engineName, store, engine, folder, cut);
  }

  private constructor(
    engineName: EngineName,
    store: TestStore,
    engine: Engine,
    folder: string,
    cut: { isCut: boolean },
  ) {
    this.#engineName = engineName;
    this.store = store;
    this.#engine = engine;
    this.#folder = folder;
    this.#cut = cut;
    this.report = path.join(folder, 'run.ndjson');
  }

  /** Objects that stand at the destination. */
  get copied(): number {
    return this.store.keys('dst').length;
  }

  /** Waits until so many objects stand at the destination: by progress, not by time, on a slow machine, too. */
  async untilCopied(count: number): Promise<void> {
    const look = () => ({ copied: this.copied, requests: this.store.stats().requests, at: performance.now() });
    let last = look();
    while (last.copied < count) {
      await pause(20);
      const now = look();
      if (now.copied !== last.copied) last = now;
      if (now.at - last.at > STANDSTILL_MS) {
        const requests = now.requests - last.requests;
        throw new Error(
          `No object was copied for ${STANDSTILL_MS / 1000} s, in which ${requests} requests came: ${now.copied} of ${count} are`,
        );
      }
    }
  }

  startWorkers(count: number): void {
    while (this.#workers.length < count) this.#workers.push(this.#start('worker-process.mjs', this.#asked()));
  }

  /** Kills a worker as a crash would, and starts another one. */
  async killWorker(index: number): Promise<void> {
    const [worker] = this.#workers.splice(index % this.#workers.length, 1);
    if (worker !== undefined) await kill(worker);
    this.startWorkers(this.#workers.length + 1);
  }

  /** Ends a worker as a platform does. @returns how many milliseconds it took to end */
  async endWorker(index: number): Promise<number> {
    const [worker] = this.#workers.splice(index % this.#workers.length, 1);
    const startedAt = performance.now();
    if (worker !== undefined) await kill(worker, 'SIGTERM');
    return performance.now() - startedAt;
  }

  /** Stops a worker for longer than its locks last, and lets it come back. */
  async pauseWorker(index: number): Promise<void> {
    const worker = this.#workers[index % this.#workers.length];
    worker?.kill('SIGSTOP');
    await pause(LOCK_MS * 1.6);
    worker?.kill('SIGCONT');
  }

  restartEngine(downMs: number): Promise<void> {
    return this.#engine.restart(downMs);
  }

  async cutStore(ms: number): Promise<void> {
    this.#cut.isCut = true;
    await pause(ms);
    this.#cut.isCut = false;
  }

  /** Enqueues the run once more, and doesn't wait for it. */
  async enqueueAgain(): Promise<void> {
    const child = this.#start('parent-process.mjs', this.#asked({ report: undefined }));
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    if (exitCode !== 0) throw new Error('The second parent failed');
  }

  /** Enqueues the run, and waits for it. */
  async runParent(): Promise<FleetResult | undefined> {
    const child = this.#start('parent-process.mjs', this.#asked({ report: this.report }));
    this.#parents.add(child);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    if (exitCode !== null && exitCode !== 0) throw new Error('The parent failed');
    this.#parents.delete(child);
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    return last.startsWith('{') ? (JSON.parse(last) as FleetResult) : undefined;
  }

  async killParent(): Promise<void> {
    for (const parent of this.#parents) await kill(parent);
  }

  /** Keys that the report names, one for each line. */
  async reportedKeys(): Promise<string[]> {
    const lines = (await readFile(this.report, 'utf8')).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as ObjectOutcome).map(({ source }) => source.key);
  }

  async close(): Promise<void> {
    for (const child of [...this.#workers, ...this.#parents]) await kill(child);
    await this.#engine.stop();
    await this.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #asked(more: object = {}): object {
    const { endpoint, credentials } = this.store;
    return {
      engine: this.#engineName,
      url: this.#engine.url,
      queue: 'copies',
      endpoint,
      credentials,
      worker: { concurrency: 2, lockDuration: LOCK_MS, stalledInterval: 1000 },
      copies: {
        from: 'eu',
        runId: 'chaos',
        source: { bucket: 'src', prefix: 't/' },
        destination: { bucket: 'dst', prefix: 'c/' },
        multipartThreshold: 64 * MiB,
        partSize: PART_SIZE,
      },
      ...more,
    };
  }

  #start(program: string, asked: object): ChildProcess {
    const parameters = [path.join(import.meta.dirname, program), JSON.stringify(asked)];
    const child = spawn(process.execPath, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout?.resume();
    return child;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function migrate(connectionString: string): Promise<void> {
  const queue = new Queue('copies', { connection: { connectionString, migrate: true } }, createPostgresBackend);
  await queue.waitUntilReady();
  await queue.close();
}
