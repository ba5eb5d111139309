import { formatTable } from '../report/markdown-table.ts';
import { type RunResult, runOnce } from '../run-once.ts';
import {
  type Column,
  cpuMs,
  FLOOR,
  medianColumn,
  ours,
  RSS,
  runInterleaved,
  type Scenario,
  VERDICT,
} from '../scenario.ts';

const WALL = medianColumn('wall ms', ({ store }) => store.wallMs);
const CPU = medianColumn('CPU ms', cpuMs);

/** How cost grows with the number of parts, and of copies at the same time. */
export const scale: Scenario = {
  name: 'scale',
  async measure({ quick, builds }) {
    const load = { model: 'latency 5 ms', concurrency: 64 } as const;
    const partColumns = [WALL, CPU, RSS, VERDICT];
    const byParts: string[][] = [];
    for (const parts of [10, 100, 1000, 10_000]) {
      const results = await runInterleaved([...ours(builds), FLOOR], quick ? 1 : 3, { ...load, parts });
      for (const [{ label }, runs] of results) byParts.push([label, String(parts), ...format(partColumns, runs)]);
    }
    const byCopies: string[][] = [];
    const most = medianColumn('most parts in flight', ({ store }) => store.peakInFlight);
    const perCopy = medianColumn('CPU ms per copy', (run) => cpuMs(run) / run.store.objects, 1);
    const copyColumns = [WALL, CPU, perCopy, RSS, most, VERDICT];
    for (const copies of quick ? [1, 10, 100] : [1, 10, 100, 1000]) {
      for (const { label, driver, build = '' } of ours(builds, 's3,limiter')) {
        const run = await runOnce({ ...load, driver, build, parts: 10, copies });
        byCopies.push([label, String(copies), ...format(copyColumns, [run])]);
      }
    }
    const headings = (counted: string, columns: readonly Column[]): string[] => {
      return ['client', counted, ...columns.map(({ heading }) => heading)];
    };
    return {
      title: 'Scale: 5 ms a part, 64 at a time',
      markdown: [
        'One copy of so many parts:',
        formatTable(headings('parts', partColumns), byParts),
        'So many copies of 10 parts at the same time, sharing a limiter of 64 requests:',
        formatTable(headings('copies', copyColumns), byCopies),
      ].join('\n\n'),
    };
  },
};

function format(columns: readonly Column[], runs: readonly RunResult[]): string[] {
  return columns.map(({ cell }) => cell(runs));
}
