import { formatTable } from '../report/markdown-table.ts';
import { formatSpread, median } from '../report/statistics.ts';
import { FLOOR, formatVerdict, OURS, PEERS, pickFinished, runInterleaved, type Scenario, TOOLS } from '../scenario.ts';

const CONTROL_MS = 10;
const PART_MS = 50;

/** How much of the time that the store needs is lost. */
export const constantLatency: Scenario = {
  name: 'latency',
  async measure({ quick, all }) {
    const parts = 2000;
    const contestants = [OURS, FLOOR, ...PEERS, ...(all ? TOOLS : [])];
    const run = { model: 'latency 50 ms', parts, concurrency: 64, controlMs: CONTROL_MS, timeoutMs: 180_000 } as const;
    const results = await runInterleaved(contestants, quick ? 1 : 5, run);
    const idealMs = 3 * CONTROL_MS + Math.ceil(parts / 64) * PART_MS;
    const rows = contestants.map((contestant) => {
      const runs = results.get(contestant) ?? [];
      const finished = pickFinished(runs);
      const wallMs = finished.map(({ store }) => store.wallMs);
      return [
        contestant.label,
        wallMs.length === 0 ? '–' : formatSpread(wallMs),
        wallMs.length === 0 ? '–' : (median(wallMs) / idealMs).toFixed(2),
        median(runs.map(({ store }) => store.averageInFlight)).toFixed(1),
        median(runs.map(({ store }) => store.requests)).toFixed(0),
        formatVerdict(runs),
      ];
    });
    return {
      title: `Constant latency: ${PART_MS} ms a part, ${CONTROL_MS} ms for everything else, ${parts} parts, 64 at a time`,
      markdown: `Ideal: HEAD, Create and Complete, and ${Math.ceil(parts / 64)} waves of parts: ${idealMs} ms. Wall: from the first request to the answer of Complete.\n\n${formatTable(['client', 'wall ms', '/ ideal', 'in flight', 'requests', 'verdict'], rows)}`,
    };
  },
};
