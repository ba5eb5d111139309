import type { Build } from './builds.ts';
import type { InFlightSeries } from './report/in-flight-chart.ts';
import { formatTable } from './report/markdown-table.ts';
import { formatSpread, median } from './report/statistics.ts';
import { type Run, runOnce, type RunResult } from './run-once.ts';

/** How much is measured. */
export interface BenchOptions {
  /** The build of the last commit, and the one to measure it against. */
  readonly builds: readonly Build[];
  readonly quick: boolean;
  /** Also the tools that are no libraries, if they are installed. */
  readonly all: boolean;
  readonly profile?: string | undefined;
}

/** What a scenario found. */
export interface Section {
  readonly title: string;
  readonly markdown: string;
  /** What docs/speed.md shows of it. */
  readonly summary?: string;
  readonly chart?: { readonly fileName: string; readonly title: string; readonly series: readonly InFlightSeries[] };
}

export interface Scenario {
  readonly name: string;
  /** It loads what bench/package.json lists. */
  readonly needsPeers?: boolean;
  readonly measure: (options: BenchOptions) => Promise<Section>;
}

/** A client that takes part: what it is called in the table, and its driver. */
export interface Contestant {
  readonly label: string;
  readonly driver: string;
  readonly build?: string;
  readonly concurrency?: number;
  /** Address of the server of its queue. */
  readonly queue?: string;
}

export const FLOOR: Contestant = { label: 'bare undici `request()`, unsigned', driver: 'bare:request' };
export const PEERS: readonly Contestant[] = [
  { label: 'AWS SDK v3 + p-limit + p-retry', driver: 'aws-sdk' },
  { label: 'ali-oss', driver: 'ali-oss' },
  { label: 'aws-s3-multipart-copy', driver: 'aws-s3-multipart-copy' },
];

/** Tools outside Node.js, with `--all`. */
export const TOOLS: readonly Contestant[] = [
  { label: 'AWS CLI', driver: 'external:aws' },
  { label: 'rclone', driver: 'external:rclone' },
];

/** This package, once for each build; `remark` tells its variants apart. */
export function ours(builds: readonly Build[], variant = 's3', remark = ''): Contestant[] {
  return builds.map(({ label, folder }) => ({
    label: `copy-large-object${builds.length > 1 ? ` at ${label}` : ''}${remark}`,
    driver: `ours:${variant}`,
    build: folder,
  }));
}

export type Results = ReadonlyMap<Contestant, readonly RunResult[]>;

/**
 * Runs each contestant once a round, one after another, so that whatever else the machine does meets all of them. Each round begins
 * with another contestant. Results are by contestant, in the contestants' order, a round each.
 */
export async function runInterleaved(
  contestants: readonly Contestant[],
  rounds: number,
  run: Omit<Run, 'driver' | 'build'>,
): Promise<Results> {
  const results = new Map<Contestant, RunResult[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round++) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      const { label, driver, build = '', concurrency = run.concurrency, queue } = contestant;
      const result = await runOnce({ ...run, driver, build, concurrency, queue });
      results.get(contestant)?.push(result);
      const wallMs = Math.round(result.store.wallMs);
      process.stderr.write(
        `  ${run.model}, ${run.parts} parts: ${label} ${wallMs} ms, ${result.verdict} ${result.client.error ?? ''}\n`,
      );
    }
  }
  return results;
}

export interface Column {
  readonly heading: string;
  readonly cell: (runs: readonly RunResult[]) => string;
}

/** A line for each contestant. */
export function formatResults(results: Results, columns: readonly Column[]): string {
  const rows = [...results].map(([{ label }, runs]) => [label, ...columns.map(({ cell }) => cell(runs))]);
  return formatTable(['client', ...columns.map(({ heading }) => heading)], rows);
}

/** A column of medians. */
export function medianColumn(heading: string, pick: (run: RunResult) => number, digits = 0, unit = ''): Column {
  return { heading, cell: (runs) => `${median(runs.map(pick)).toFixed(digits)}${unit}` };
}

/** CPU of the copy alone, loading left out. */
export function cpuMs({ client }: RunResult): number {
  return client.userMs + client.systemMs;
}

export function peakRssMb({ client }: RunResult): number {
  return client.peakRssMb;
}

/** Wall time of the rounds that finished, and how much of it the store needed. */
export function wallColumns(idealMs: number, ideal = 'ideal'): readonly Column[] {
  const format = (runs: readonly RunResult[], text: (wallMs: readonly number[]) => string): string => {
    const finished = runs.filter(({ verdict }) => verdict === 'finished');
    return finished.length === 0 ? '–' : text(finished.map(({ store }) => store.wallMs));
  };
  return [
    { heading: 'wall ms', cell: (runs) => format(runs, (wallMs) => formatSpread(wallMs)) },
    { heading: `/ ${ideal}`, cell: (runs) => format(runs, (wallMs) => (median(wallMs) / idealMs).toFixed(2)) },
  ];
}

export const RSS: Column = medianColumn('peak RSS MB', peakRssMb);
export const IN_FLIGHT: Column = medianColumn('in flight', ({ store }) => store.averageInFlight, 1);
export const PART_REQUESTS: Column = medianColumn('part requests', ({ store }) => store.partRequests);
export const wasted = (parts: number): Column =>
  medianColumn('wasted', ({ store }) => (store.wastedRequests / parts) * 100, 1, ' %');

/** The verdicts of all rounds, in words. */
export const VERDICT: Column = {
  heading: 'verdict',
  cell(runs) {
    const counts = new Map<string, number>();
    for (const { verdict } of runs) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    if (counts.size === 1) return runs[0]?.verdict === 'finished' ? 'finished' : `**${runs[0]?.verdict}**`;
    return [...counts].map(([verdict, count]) => `${count} × ${verdict}`).join(', ');
  },
};
