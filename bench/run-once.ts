import { type ChildProcess, fork } from 'node:child_process';
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
  readonly model: StoreModelName;
  readonly parts: number;
  readonly concurrency: number;
  readonly copies?: number;
  readonly controlMs?: number;
  readonly seed?: number;
  readonly timeoutMs?: number;
  /** Of node, for the client's process: `--cpu-prof` … */
  readonly nodeOptions?: readonly string[];
}

export interface RunResult {
  readonly client: DriverReport;
  readonly store: StoreReport;
  /** `finished` where every object came out right, by the store's books. */
  readonly verdict: 'finished' | 'wrong' | 'failed, aborted' | 'failed, upload left' | 'resolved, no object' | 'hung';
}

const folder = import.meta.dirname;

/** Runs once and checks the result. */
export async function runOnce(run: Run): Promise<RunResult> {
  const { copies = 1, parts, concurrency } = run;
  // The last part is a byte shorter, so that ranges that are off by one don't go unnoticed.
  const size = parts * PART_SIZE - 1;
  const storeOptions: StoreServerOptions = {
    model: run.model,
    controlMs: run.controlMs ?? 0,
    size,
    seed: run.seed ?? 7,
  };
  const store = fork(path.join(folder, 'store/store-server.js'), [JSON.stringify(storeOptions)], { execArgv: [] });
  try {
    const { port } = await receive<{ port: number }>(store, 10_000);
    const endpoint = `http://127.0.0.1:${port}`;
    const options: DriverOptions = { driver: run.driver, endpoint, size, partSize: PART_SIZE, concurrency, copies };
    const client = fork(path.join(folder, 'drivers/drive.js'), [JSON.stringify(options)], {
      execArgv: [...(run.nodeOptions ?? [])],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const clientReport = await receive<DriverReport>(client, run.timeoutMs ?? 120_000);
    store.send('report');
    const storeReport = await receive<StoreReport>(store, 10_000);
    return { client: clientReport, store: storeReport, verdict: judge(clientReport, storeReport, parts, copies) };
  } finally {
    store.kill();
  }
}

function judge(client: DriverReport, store: StoreReport, parts: number, copies: number): RunResult['verdict'] {
  if (client.error === 'hung') return 'hung';
  if (client.error !== undefined) return store.openUploads > 0 ? 'failed, upload left' : 'failed, aborted';
  if (store.fault !== undefined) return 'wrong';
  if (store.objects !== copies) return 'resolved, no object';
  return store.partsCopied === parts * copies ? 'finished' : 'wrong';
}

/** Waits for the next message; a client that says nothing in time is ended. */
async function receive<Message>(child: ChildProcess, timeoutMs: number): Promise<Message> {
  const over = new AbortController();
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal: over.signal }),
      once(child, 'exit', { signal: over.signal }).then(() => {
        const report: DriverReport = {
          error: 'hung',
          wallMs: timeoutMs,
          userMs: 0,
          systemMs: 0,
          peakRssMb: 0,
          rssBeforeMb: 0,
        };
        return [report];
      }),
    ])) as [Message];
    return message;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
