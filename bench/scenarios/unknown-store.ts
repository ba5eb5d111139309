import { formatTable } from '../report/markdown-table.ts';
import { median } from '../report/statistics.ts';
import { IN_FLIGHT, ours, runInterleaved, type Scenario, wasted } from '../scenario.ts';
import type { StoreModelName } from '../store/store-models-by-name.ts';

const MODELS: readonly StoreModelName[] = [
  'latency 50 ms, varying',
  '24 slots, queueing',
  'bandwidth',
  '300 a second',
  '12, then 48 slots',
];

/** Whether `auto` finds what a store likes. */
export const unknownStore: Scenario = {
  name: 'auto',
  async measure({ quick, builds }) {
    const parts = quick ? 1000 : 2000;
    const numbers = quick ? [8, 16, 24, 64] : [4, 8, 12, 16, 20, 24, 32, 48, 64];
    const columns = [IN_FLIGHT, wasted(parts)];
    const rows: string[][] = [];
    for (const model of MODELS) {
      const run = { model, parts, concurrency: 64, timeoutMs: 180_000 };
      const fixed = numbers.flatMap((concurrency) => {
        return ours(builds.slice(0, 1)).map((contestant) => ({ ...contestant, concurrency }));
      });
      const swept = await runInterleaved(fixed, 1, run);
      const found = await runInterleaved(ours(builds, 's3,auto'), quick ? 1 : 3, run);
      const walls = [...swept].flatMap(([{ concurrency }, runs]) => {
        const finished = runs.filter(({ verdict }) => verdict === 'finished');
        return finished.map(({ store: { wallMs } }) => ({ concurrency, wallMs }));
      });
      const best = walls.reduce((a, b) => (b.wallMs < a.wallMs ? b : a));
      for (const [{ label }, runs] of found) {
        const autoMs = median(runs.map(({ store }) => store.wallMs));
        rows.push([
          model,
          label,
          `${best.wallMs.toFixed(0)} (${best.concurrency})`,
          autoMs.toFixed(0),
          `**${(autoMs / best.wallMs).toFixed(2)}**`,
          ...columns.map(({ cell }) => cell(runs)),
        ]);
      }
    }
    const headings = ['store', 'client', 'best fixed, ms (number)', 'auto, ms', 'auto / best'];
    return {
      title: `Unknown stores: \`concurrency: { max: 64 }\` against the best of fixed numbers, ${parts} parts`,
      markdown: `Fixed numbers tried: ${numbers.join(', ')}; throttling lowers them, too.\n\n${formatTable([...headings, ...columns.map(({ heading }) => heading)], rows)}`,
    };
  },
};
