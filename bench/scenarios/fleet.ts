import { startPostgres } from '../../test/fleet/start-postgres.ts';
import { startRedis } from '../../test/fleet/start-redis.ts';
import { median } from '../report/statistics.ts';
import {
  type Contestant,
  cpuMs,
  formatResults,
  medianColumn,
  ours,
  RSS,
  runInterleaved,
  type Scenario,
  VERDICT,
} from '../scenario.ts';

const CONCURRENCY = 64;

/** What a queue adds to the copies of small objects. */
export const fleet: Scenario = {
  name: 'fleet',
  async measure({ quick, builds, profile }) {
    const objects = quick ? 5000 : 20_000;
    const [redis, postgres] = [await startRedis(), await startPostgres()];
    try {
      const contestants = ours(builds).flatMap(({ label, build = '' }): Contestant[] => [
        { label: `${label}, \`copyObjects\``, driver: 'many:ours', build },
        { label: `${label}, a fleet on Redis`, driver: 'fleet:redis', build, queue: redis.url },
        { label: `${label}, a fleet on Postgres`, driver: 'fleet:postgres', build, queue: postgres.url },
      ]);
      const run = {
        parts: 0,
        concurrency: CONCURRENCY,
        timeoutMs: 300_000,
        objects,
        model: 'instant',
        profile,
      } as const;
      const results = await runInterleaved(contestants, quick ? 1 : 3, run);
      const alone = contestants.map((_, index) => contestants[index - (index % 3)] as Contestant);
      const ratios = new Map(
        [...results.values()].map((runs, index) => {
          const base = results.get(alone[index] as Contestant) ?? [];
          return [runs, runs.map((result, round) => cpuMs(result) / cpuMs(base[round] ?? result))] as const;
        }),
      );
      const table = formatResults(results, [
        medianColumn('CPU µs an object', (result) => (cpuMs(result) * 1000) / objects),
        { heading: '× `copyObjects`', cell: (runs) => median(ratios.get(runs) ?? []).toFixed(2) },
        medianColumn('requests an object', ({ store }) => store.requests / objects, 4),
        RSS,
        VERDICT,
      ]);
      const markdown = `${objects} objects on a store that answers at once. A process of a fleet enqueues, works and waits for the result; the CPU is its own, with the queue's client and without the queue's server. Ratios are medians of those of each round.\n\n${table}`;
      return { title: `A fleet: what a queue adds to ${objects} small objects`, markdown, summary: markdown };
    } finally {
      await redis.stop();
      await postgres.stop();
    }
  },
};
