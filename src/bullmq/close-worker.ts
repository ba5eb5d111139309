import { sleep } from '../request/sleep.ts';

/** What is needed of a `Worker` of BullMQ to close it. */
export interface ClosableWorker {
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 100;
/** A worker without jobs closes in milliseconds, unless it waits for a connection. */
const IDLE_MS = 2000;

const runningJobs = new WeakMap<object, number>();

/** Counts a job that a worker runs. @returns a function that ends that */
export function countJob(worker: object): () => void {
  const add = (count: number) => runningJobs.set(worker, (runningJobs.get(worker) ?? 0) + count);
  add(1);
  return () => void add(-1);
}

/**
 * Closes a worker with `copyProcessor`, whose `signal` has handed back its jobs, and waits no longer than the grace time.
 *
 * `worker.close()` alone waits without end if its connection to Redis is lost at that moment, also if Redis comes back.
 *
 * @param graceMs - milliseconds, for the jobs to be handed back. @default 25000
 * @returns whether the worker is closed. If not, end the process: its jobs are back two seconds earlier, or the queue doesn't answer, and
 * finds them itself
 */
export async function closeWorker(worker: ClosableWorker, graceMs = 25_000): Promise<boolean> {
  const closed = worker.close().then(() => true);
  const startedAt = performance.now();
  let busyAt = startedAt;
  for (;;) {
    if (await Promise.race([closed, sleep(LOOK_EVERY_MS)])) return true;
    const now = performance.now();
    if ((runningJobs.get(worker) ?? 0) > 0) busyAt = now;
    if (now - busyAt >= IDLE_MS || now - startedAt >= graceMs) return false;
  }
}
