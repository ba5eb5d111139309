/**
 * Options of a BullMQ `Worker` for the jobs of copies; write your own behind them.
 *
 * - `maxStalledCount`: BullMQ's default of 1 fails a job whose worker was killed twice, whatever its `attempts`. Here it has no limit.
 * - `lockDuration`, `stalledInterval`: the job of a worker that died is another's after at most 75 s.
 * - `concurrency`: jobs at a time; each sends as many requests at a time as its store bears.
 *
 * It has no `limiter`, as BullMQ's counts jobs, in fixed windows: give `copyProcessor` or `enqueueCopies` a rate of requests.
 */
export const copyWorkerOptions: {
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
} = Object.freeze({ concurrency: 4, lockDuration: 30_000, stalledInterval: 15_000, maxStalledCount: 2 ** 31 - 1 });
