import { type Run, runOnce, type RunResult } from './run-once.ts';
import type { InFlightSeries } from './report/in-flight-chart.ts';

/** How much is measured. */
export interface BenchOptions {
  readonly quick: boolean;
  /** Also the tools that are no libraries, where they are installed. */
  readonly all: boolean;
}

/** What a scenario found. */
export interface Section {
  readonly title: string;
  readonly markdown: string;
  readonly chart?: { readonly fileName: string; readonly title: string; readonly series: readonly InFlightSeries[] };
}

export interface Scenario {
  readonly name: string;
  readonly measure: (options: BenchOptions) => Promise<Section>;
}

/** A client that takes part: what it is called in the table, and its driver. */
export interface Contestant {
  readonly label: string;
  readonly driver: string;
  readonly concurrency?: number;
}

export const OURS: Contestant = { label: 'copy-large-object', driver: 'ours:s3' };
export const FLOOR: Contestant = { label: 'bare undici `request()`, unsigned', driver: 'bare-undici:none' };
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

/**
 * Runs each contestant once a round, one after another, so that whatever else the machine does meets all of them; results are by
 * contestant, a round each.
 */
export async function runInterleaved(
  contestants: readonly Contestant[],
  rounds: number,
  run: Omit<Run, 'driver' | 'concurrency'> & { readonly concurrency: number },
): Promise<Map<Contestant, RunResult[]>> {
  const results = new Map<Contestant, RunResult[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      const { driver, concurrency = run.concurrency } = contestant;
      const result = await runOnce({ ...run, driver, concurrency });
      results.get(contestant)?.push(result);
      process.stderr.write(
        `  ${run.model}, ${run.parts} parts: ${contestant.label} ${Math.round(result.store.wallMs)} ms, ${result.verdict}\n`,
      );
    }
  }
  return results;
}

/** The verdicts of all rounds, in words. */
export function formatVerdict(results: readonly RunResult[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of results) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  if (counts.size === 1) return results[0]?.verdict === 'finished' ? 'finished' : `**${results[0]?.verdict}**`;
  return [...counts].map(([verdict, count]) => `${count} × ${verdict}`).join(', ');
}

/** Those rounds that finished; only they have a meaningful wall time. */
export function pickFinished(results: readonly RunResult[]): readonly RunResult[] {
  return results.filter(({ verdict }) => verdict === 'finished');
}
