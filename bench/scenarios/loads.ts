import type { RunResult } from '../run-once.ts';
import {
  type BenchOptions,
  type Column,
  type Contestant,
  cpuMs,
  FLOOR,
  medianColumn,
  type Results,
  runInterleaved,
} from '../scenario.ts';
import { formatSpread, median } from '../report/statistics.ts';

const CONTROL_MS = 10;
const PART_MS = 50;
const LATENCY_PARTS = 2000;

/** HEAD, Create and Complete, and the waves of parts. */
export const IDEAL_MS: number = 3 * CONTROL_MS + Math.ceil(LATENCY_PARTS / 64) * PART_MS;
export const CPU_LOAD = 'A store that answers at once, 64 parts at a time. CPU of the copy alone, loading left out.';
export const LATENCY_LOAD: string =
  `${LATENCY_PARTS} parts of ${PART_MS} ms, 64 at a time, ${CONTROL_MS} ms for every other request. ` +
  `Ideal: HEAD, Create, Complete and ${Math.ceil(LATENCY_PARTS / 64)} waves of parts, ${IDEAL_MS} ms. Wall: from the first request to the answer of Complete.`;

/** 10,000 parts, no latency: what each part costs the client. */
export async function loadCpu(contestants: readonly Contestant[], rounds: number, { quick, profile }: BenchOptions) {
  const parts = quick ? 2000 : 10_000;
  const run = { model: 'instant', parts, concurrency: 64, profile } as const;
  return await runInterleaved(contestants, quick ? 1 : rounds, run);
}

/** Constant latency: how much of the time that the store needs is lost. */
export async function loadLatency(
  contestants: readonly Contestant[],
  rounds: number,
  { quick, profile }: BenchOptions,
) {
  const run = { model: 'latency 50 ms', parts: LATENCY_PARTS, concurrency: 64, controlMs: CONTROL_MS } as const;
  return await runInterleaved(contestants, quick ? 1 : rounds, { ...run, timeoutMs: 180_000, profile });
}

/** A figure a round; NaN if the run didn't finish. */
export function listFigures(results: Results, contestant: Contestant, pick: (run: RunResult) => number): number[] {
  return (results.get(contestant) ?? []).map((run) => (run.verdict === 'finished' ? pick(run) : Number.NaN));
}

/** CPU over the bare loop's of the same round. */
export function overFloor(results: Results, contestant: Contestant): number[] {
  const floor = listFigures(results, FLOOR, cpuMs);
  return listFigures(results, contestant, cpuMs).map((ms, round) => ms / (floor[round] as number));
}

export function cpuColumns(results: Results): readonly Column[] {
  const contestantOf = new Map([...results].map(([contestant, runs]) => [runs, contestant]));
  const perPart = (ms: number, parts: number): number => (ms * 1000) / parts;
  return [
    {
      heading: 'µs of CPU per part',
      cell: (runs) => formatSpread(runs.map((run) => perPart(cpuMs(run), run.store.partsCopied))),
    },
    medianColumn('of it user', ({ client, store }) => perPart(client.userMs, store.partsCopied)),
    {
      heading: '× floor',
      cell: (runs) => median(overFloor(results, contestantOf.get(runs) as Contestant)).toFixed(2),
    },
    medianColumn('parts/s', ({ store }) => (store.partsCopied / store.wallMs) * 1000),
  ];
}

export const CONNECTIONS: Column = medianColumn('connections', ({ store }) => store.connections);
