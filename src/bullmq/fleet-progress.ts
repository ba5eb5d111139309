import type { RunState } from './run-records.ts';

/** A snapshot of a run. Objects and bytes count when their job has ended. */
export interface FleetProgress {
  readonly listed: number;
  /** Whether that is all of them. */
  readonly isListed: boolean;
  readonly copied: number;
  readonly skipped: number;
  readonly failed: number;
  readonly gone: number;
  readonly bytes: number;
  /** Of the objects in jobs, as far as their sizes are known. */
  readonly bytesTotal: number;
  readonly jobs: number;
  readonly jobsDone: number;
  /** Workers of the queue that are connected. */
  readonly workers: number;
  /** Since the start. */
  readonly objectsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Estimated time left in milliseconds; undefined while not everything is listed, or nothing has ended. */
  readonly etaMs: number | undefined;
  readonly elapsedMs: number;
  readonly isFinished: boolean;
}

/** What the records of a run say of its progress. */
export function progressOf(state: RunState, workers: number): FleetProgress {
  const { objects, isListed, copied, skipped, failed, gone, bytes, bytesTotal, startedAt, endedAt, now } = state;
  const elapsedMs = Math.max(1, (endedAt ?? now) - startedAt);
  const ended = copied + skipped + failed + gone;
  const leftMs = [(objects - ended) / (ended / elapsedMs), (bytesTotal - bytes) / (bytes / elapsedMs)].filter((ms) =>
    Number.isFinite(ms),
  );
  const isKnown = isListed && leftMs.length > 0;
  return {
    listed: objects,
    isListed,
    copied,
    skipped,
    failed,
    gone,
    bytes,
    bytesTotal,
    jobs: state.jobs,
    jobsDone: state.jobsDone,
    workers,
    objectsPerSecond: Math.round((ended / elapsedMs) * 10_000) / 10,
    bytesPerSecond: Math.round((bytes / elapsedMs) * 1000),
    etaMs: endedAt !== undefined ? 0 : isKnown ? Math.round(Math.max(...leftMs)) : undefined,
    elapsedMs,
    isFinished: endedAt !== undefined,
  };
}
