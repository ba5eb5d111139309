import { type SharedRate, shareRate } from '../jobs/shared-rate.ts';
import type { Limiter } from '../request/limiter.ts';
import { findRateBoard } from './beside-queue.ts';
import type { OnEngine } from './queue.ts';
import type { RunRecords } from './run-records.ts';

/** A worker leaves the rate of a run that it has had no job of for so long. */
const IDLE_MS = 10_000;

interface OpenRate {
  readonly rate: Promise<SharedRate | undefined>;
  jobs: number;
  idle?: NodeJS.Timeout;
}

/** The rates of the runs whose jobs a worker runs: all workers share the rate of a run. */
export class RunRates {
  readonly #open = new Map<string, OpenRate>();

  /**
   * Runs a job within the rate of its run, if it has one.
   *
   * @throws what `work` throws, or what the records can't be read with
   */
  async within<T>(
    worker: OnEngine,
    records: RunRecords,
    run: string,
    work: (rate: SharedRate | undefined) => Promise<T>,
  ): Promise<T> {
    const open = this.#open.get(run) ?? { rate: openRate(worker, records, run), jobs: 0 };
    this.#open.set(run, open);
    clearTimeout(open.idle);
    open.jobs++;
    try {
      return await work(await open.rate);
    } finally {
      open.jobs--;
      if (open.jobs === 0) this.#closeWhenIdle(run, open);
    }
  }

  #closeWhenIdle(run: string, open: OpenRate): void {
    open.idle = setTimeout(() => {
      this.#open.delete(run);
      // If it fails, the others soon see that nothing is heard of this worker.
      open.rate.then((rate) => rate?.close()).catch(() => undefined);
    }, IDLE_MS);
    open.idle.unref();
  }
}

async function openRate(worker: OnEngine, records: RunRecords, run: string): Promise<SharedRate | undefined> {
  const { maxRequestsPerSecond } = (await records.read(run)) ?? {};
  return maxRequestsPerSecond === undefined
    ? undefined
    : shareRate(await findRateBoard(worker), run, maxRequestsPerSecond);
}

/** A limiter that lets through what both let through. */
export function bothLimiters(rate: Limiter, other: Limiter | undefined): Limiter {
  if (other === undefined) return rate;
  return {
    maxRequestsPerSecond: Math.min(rate.maxRequestsPerSecond, other.maxRequestsPerSecond),
    maxConcurrency: Math.min(rate.maxConcurrency, other.maxConcurrency),
    acquire: async (signal) => {
      const releases = [await rate.acquire(signal)];
      const release = (): void => {
        for (const one of releases) one();
      };
      try {
        releases.push(await other.acquire(signal));
        return release;
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}
