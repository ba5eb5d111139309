import { formatTable } from '../report/markdown-table.ts';
import { median } from '../report/statistics.ts';
import { pickFinished, runInterleaved, type Scenario } from '../scenario.ts';
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
  async measure({ quick }) {
    const parts = quick ? 1000 : 2000;
    const numbers = quick ? [8, 16, 24, 64] : [4, 8, 12, 16, 20, 24, 32, 48, 64];
    const auto = { label: 'auto', driver: 'ours:s3,auto', concurrency: 64 };
    const rows: string[][] = [];
    for (const model of MODELS) {
      const fixed = numbers.map((concurrency) => ({ label: String(concurrency), driver: 'ours:s3', concurrency }));
      const run = { model, parts, concurrency: 64, timeoutMs: 180_000 };
      const swept = await runInterleaved(fixed, 1, run);
      const found = await runInterleaved([auto], quick ? 1 : 3, run);
      const walls = fixed.map((contestant) => ({
        number: contestant.concurrency,
        wallMs: Math.min(...pickFinished(swept.get(contestant) ?? []).map(({ store }) => store.wallMs)),
      }));
      const best = walls.reduce((a, b) => (b.wallMs < a.wallMs ? b : a));
      const autoRuns = found.get(auto) ?? [];
      const autoMs = median(autoRuns.map(({ store }) => store.wallMs));
      rows.push([
        model,
        `${best.wallMs.toFixed(0)} (${best.number})`,
        autoMs.toFixed(0),
        `**${(autoMs / best.wallMs).toFixed(2)}**`,
        median(autoRuns.map(({ store }) => store.averageInFlight)).toFixed(1),
        `${(median(autoRuns.map(({ store }) => store.wastedRequests / parts)) * 100).toFixed(1)} %`,
      ]);
    }
    const headings = ['store', 'best fixed, ms (number)', 'auto, ms', 'auto / best', 'in flight on average', 'wasted'];
    return {
      title: `Unknown stores: \`concurrency: { max: 64 }\` against the best of fixed numbers, ${parts} parts`,
      markdown: `Fixed numbers tried: ${numbers.join(', ')}; they are cut by throttling, too.\n\n${formatTable(headings, rows)}`,
    };
  },
};
