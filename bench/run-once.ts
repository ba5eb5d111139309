import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { DriverReport } from './drivers/drive.ts';
import type { DriverOptions } from './drivers/driver.ts';
import type { StoreReport } from './store/run-report.ts';
import { PART_SIZE, type StoreModelName } from './store/store-models-by-name.ts';
import type { StoreServerOptions } from './store/store-server.ts';

/** One run: a client in one process copies from a store in another. */
export interface Run {
  readonly driver: string;
  /** Folder of the build of this package, for its driver. */
  readonly build?: string;
  readonly model: StoreModelName;
  /** 0: a small object, copied by one request. */
  readonly parts: number;
  readonly concurrency: number;
  /** Small objects of one prefix that are copied, instead of one object. */
  readonly objects?: number;
  readonly copies?: number;
  readonly oneByOne?: boolean;
  readonly queue?: string | undefined;
  readonly controlMs?: number;
  readonly seed?: number;
  readonly timeoutMs?: number;
  /** Where the client's CPU profile goes. */
  readonly profile?: string | undefined;
}

export interface RunResult {
  readonly client: DriverReport;
  readonly store: StoreReport;
  /** `finished` if every object came out right, by the store's books. */
  readonly verdict: 'finished' | 'wrong' | 'failed, aborted' | 'failed, upload left' | 'resolved, no object' | 'hung';
}

const folder = import.meta.dirname;
const SMALL_SIZE = 4096;
const STORE_CORE = 0;
const CLIENT_CORE = 1;

/** Whether client and store each have a core. */
export const isPinned = [STORE_CORE, CLIENT_CORE].every(
  (core) => spawnSync('taskset', ['-c', String(core), 'true']).status === 0,
);

/** Runs once and checks the result. */
export async function runOnce(run: Run): Promise<RunResult> {
  const { build = '', copies = 1, oneByOne = false, parts, concurrency } = run;
  // The last part is a byte shorter, so that a range that is off by one is found.
  const size = parts === 0 ? SMALL_SIZE : parts * PART_SIZE - 1;
  const { model, controlMs = 0, seed = 7, objects = 0 } = run;
  const store = forkOn(STORE_CORE, 'store/store-server.js', {
    model,
    controlMs,
    size,
    objects,
    seed,
  } satisfies StoreServerOptions);
  try {
    const { port } = await receive<{ port: number }>(store, 10_000);
    const client = startClient(
      {
        driver: run.driver,
        library: path.join(build, 'dist/index.js'),
        endpoint: `http://127.0.0.1:${port}`,
        size,
        partSize: PART_SIZE,
        concurrency,
        copies,
        oneByOne,
        queue: run.queue,
      },
      run.profile,
    );
    const clientReport = await receive<DriverReport>(client, run.timeoutMs ?? 120_000);
    store.send('report');
    const storeReport = await receive<StoreReport>(store, 10_000);
    return {
      client: clientReport,
      store: storeReport,
      verdict: judge(
        clientReport,
        storeReport,
        objects === 0 ? parts * copies : objects,
        objects === 0 ? copies : objects,
      ),
    };
  } finally {
    store.kill();
  }
}

/** Starts a client's process, which sends a {@link DriverReport}. */
export function startClient(options: DriverOptions, profile?: string): ChildProcess {
  const name = `${options.driver.replaceAll(/\W/g, '-')}.${Date.now()}.cpuprofile`;
  const nodeOptions =
    profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}`];
  return forkOn(CLIENT_CORE, 'drivers/drive.js', options, nodeOptions);
}

function forkOn(core: number, file: string, options: object, nodeOptions: readonly string[] = []): ChildProcess {
  const node = isPinned
    ? { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...nodeOptions] }
    : { execArgv: [...nodeOptions] };
  return fork(path.join(folder, file), [JSON.stringify(options)], {
    ...node,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function judge(client: DriverReport, store: StoreReport, copiesOfAll: number, objects: number): RunResult['verdict'] {
  if (client.error === 'hung') return 'hung';
  if (client.error !== undefined) return store.openUploads > 0 ? 'failed, upload left' : 'failed, aborted';
  if (store.fault !== undefined) return 'wrong';
  if (store.objects !== objects) return 'resolved, no object';
  return store.partsCopied === copiesOfAll ? 'finished' : 'wrong';
}

/** Waits for the next message; a client that sends none in time is ended. */
export async function receive<Message>(child: ChildProcess, timeoutMs: number): Promise<Message> {
  const over = new AbortController();
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal: over.signal }),
      once(child, 'exit', { signal: over.signal }).then(() => {
        const nothing = { userMs: 0, systemMs: 0, peakRssMb: 0, rssBeforeMb: 0 };
        return [{ error: 'hung', wallMs: timeoutMs, ...nothing } satisfies DriverReport];
      }),
    ])) as [Message];
    return message;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
