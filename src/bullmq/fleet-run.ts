import { CopyError, CopyOptionsError } from '../errors.ts';
import type { JobCounts, JobFailure } from '../jobs/index.ts';
import type { ObjectReport } from '../many/report.ts';
import { sleep } from '../request/sleep.ts';
import { acrossRestarts } from './across-restarts.ts';
import type { BucketReport } from './bucket-report.ts';
import { findMissingJobs } from './find-missing-jobs.ts';
import { findRunRecords } from './beside-queue.ts';
import { type FleetProgress, progressOf } from './fleet-progress.ts';
import type { CopyQueue } from './queue.ts';
import { type ReportWriter, writerOf } from './report-writer.ts';
import type { RunRecords, RunState } from './run-records.ts';

/** What the jobs of a run have done that have ended. */
export interface FleetResult extends JobCounts {
  readonly id: string;
  readonly listed: number;
  /** The first 1,000; `failures()` gives all. */
  readonly failures: readonly JobFailure[];
  readonly elapsedMs: number;
  /** Name of the report, if there is one. */
  readonly report?: string | undefined;
}

/** How {@link FleetRun.result} waits. */
export interface ResultOptions {
  /** Ends the waiting; the run goes on. */
  readonly signal?: AbortSignal | undefined;
  /** How often a run in which no job ends is looked at for jobs that are missing in the queue. @default 30000 */
  readonly lookEveryMs?: number | undefined;
}

const MOST_FAILURES = 1000;
const POLL_MS = { first: 100, last: 1000 };
const LOOK_EVERY_MS = 30_000;

/** A run on a queue: what its records say, at any time, from any process. */
export class FleetRun {
  readonly id: string;
  /** Whether the run had ended already when it was enqueued or opened. */
  readonly isFinished: boolean;
  readonly #queue: CopyQueue;
  readonly #records: RunRecords;
  readonly #report: ObjectReport | BucketReport | undefined;

  /** @internal */
  constructor(
    queue: CopyQueue,
    records: RunRecords,
    id: string,
    report: ObjectReport | BucketReport | undefined,
    isFinished: boolean,
  ) {
    this.#queue = queue;
    this.#records = records;
    this.#report = report;
    this.id = id;
    this.isFinished = isFinished;
  }

  /** @throws CopyError if the records of the run are gone */
  async progress(): Promise<FleetProgress> {
    const state = await this.#read();
    return progressOf(state, await this.#queue.getWorkersCount());
  }

  /** All failures so far. */
  async *failures(): AsyncGenerator<JobFailure, void, undefined> {
    for (let from = 0; ; from += MOST_FAILURES) {
      const page = await this.#failures(from);
      yield* page;
      if (page.length < MOST_FAILURES) return;
    }
  }

  /**
   * Waits for the end of the run, and writes its report. Only one process at a time may wait for a run that has a report.
   *
   * @throws CopyError if jobs of the run were removed from the queue, or ended there without a record. Nothing is lost then: the same
   * `enqueueCopies` adds them again
   */
  async result({ signal, lookEveryMs = LOOK_EVERY_MS }: ResultOptions = {}): Promise<FleetResult> {
    const writer = this.#report && writerOf(this.#report, this.#records, this.id);
    try {
      const state = await this.#waitForEnd(writer, signal, lookEveryMs);
      await writer?.write(state);
      const { objects: listed, copied, skipped, failed, gone, bytes, requests, startedAt, endedAt = startedAt } = state;
      const { id } = this;
      const failures = await this.#failures(0);
      const elapsedMs = endedAt - startedAt;
      const report = this.#report?.name;
      return { id, listed, copied, skipped, failed, gone, bytes, requests, failures, elapsedMs, report };
    } finally {
      await writer?.close();
    }
  }

  /** Forgets the run: its counts, failures, and that its jobs have ended. Jobs that are in the queue are run all the same. */
  async remove(): Promise<void> {
    await acrossRestarts(() => this.#records.remove(this.id));
  }

  async #waitForEnd(
    writer: ReportWriter | undefined,
    signal: AbortSignal | undefined,
    lookEveryMs: number,
  ): Promise<RunState> {
    let pauseMs = POLL_MS.first;
    let jobsDone = -1;
    let lookedAt = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      const state = await this.#read(signal);
      if (state.endedAt !== undefined) return state;
      await writer?.write(state);
      if (state.jobsDone !== jobsDone) {
        jobsDone = state.jobsDone;
        lookedAt = performance.now();
      } else if (state.isListed && performance.now() - lookedAt >= lookEveryMs) {
        await this.#assertComplete();
        lookedAt = performance.now();
      }
      await sleep(pauseMs, signal);
      pauseMs = Math.min(POLL_MS.last, pauseMs * 2);
    }
  }

  async #assertComplete(): Promise<void> {
    const missing = await findMissingJobs(this.#queue, this.#records, this.id);
    const first = missing[0];
    if (first === undefined) return this.#assertKept();
    const ended = missing.find(({ state }) => state !== 'removed') ?? first;
    const reason = (await acrossRestarts(() => this.#queue.getJob(ended.id)))?.failedReason;
    const which = reason === undefined ? ended.id : `${ended.id}, ${reason}`;
    const removed = missing.filter(({ state }) => state === 'removed').length;
    throw new CopyError(
      `Run ${this.id} can't end as ${removed} of its jobs were removed from the queue and ${missing.length - removed} ended there without a record (the first: ${which}): enqueue it again, and they are added again`,
    );
  }

  /** @throws CopyError if the run waits for jobs that its records don't name any more */
  async #assertKept(): Promise<void> {
    const { ids, cursor } = await acrossRestarts(() => this.#records.pending(this.id));
    const { jobs, jobsDone, endedAt } = await this.#read();
    if (ids.length > 0 || cursor !== undefined || endedAt !== undefined) return;
    throw new CopyError(
      `Run ${this.id} can't end as the records of ${jobs - jobsDone} of its jobs are gone: Redis must not evict keys (maxmemory-policy noeviction). Remove the run, and enqueue it again`,
    );
  }

  async #read(signal?: AbortSignal): Promise<RunState> {
    const state = await acrossRestarts(() => this.#records.read(this.id), signal);
    if (state === undefined) throw new CopyError(`There is no run '${this.id}' in queue '${this.#queue.name}'`);
    return state;
  }

  async #failures(from: number): Promise<JobFailure[]> {
    const lines = await acrossRestarts(() => this.#records.failures(this.id, from, MOST_FAILURES));
    return lines.map((line) => JSON.parse(line) as JobFailure);
  }
}

/**
 * Opens a run that some process enqueued, to watch it or to wait for it.
 *
 * @param report - the report that the run was enqueued with, if this process is to write it
 * @throws CopyOptionsError if there is no such run
 */
export async function openRun(queue: CopyQueue, id: string, report?: ObjectReport | BucketReport): Promise<FleetRun> {
  const records = await findRunRecords(queue);
  const state = await acrossRestarts(() => records.read(id));
  if (state !== undefined) return new FleetRun(queue, records, id, report, state.endedAt !== undefined);
  const known = await records.list();
  const others = known.length === 0 ? 'it has none' : `it has ${known.slice(-10).join(', ')}`;
  throw new CopyOptionsError(`There is no run '${id}' in queue '${queue.name}': ${others}`);
}

/** The ids of all runs of a queue, the oldest first. */
export async function listRuns(queue: CopyQueue): Promise<readonly string[]> {
  const records = await findRunRecords(queue);
  return acrossRestarts(() => records.list());
}
