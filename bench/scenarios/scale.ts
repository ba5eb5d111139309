import { formatTable } from '../report/markdown-table.ts';
import { median } from '../report/statistics.ts';
import { FLOOR, OURS, formatVerdict, runInterleaved, type Scenario } from '../scenario.ts';
import { runOnce } from '../run-once.ts';

/** How cost grows with the number of parts, and of copies at the same time. */
export const scale: Scenario = {
  name: 'scale',
  async measure({ quick }) {
    const rounds = quick ? 1 : 3;
    const byParts: string[][] = [];
    for (const parts of [10, 100, 1000, 10_000]) {
      const results = await runInterleaved([OURS, FLOOR], rounds, { model: 'latency 5 ms', parts, concurrency: 64 });
      for (const contestant of [OURS, FLOOR]) {
        const runs = results.get(contestant) ?? [];
        byParts.push([
          contestant.label,
          String(parts),
          median(runs.map(({ store }) => store.wallMs)).toFixed(0),
          median(runs.map(({ client }) => client.userMs + client.systemMs)).toFixed(0),
          median(runs.map(({ client }) => client.peakRssMb)).toFixed(0),
          formatVerdict(runs),
        ]);
      }
    }
    const byCopies: string[][] = [];
    for (const copies of quick ? [1, 10, 100] : [1, 10, 100, 1000]) {
      const driver = 'ours:s3,limiter';
      const run = await runOnce({ driver, model: 'latency 5 ms', parts: 10, concurrency: 64, copies });
      const cpuMs = run.client.userMs + run.client.systemMs;
      byCopies.push([
        String(copies),
        run.store.wallMs.toFixed(0),
        cpuMs.toFixed(0),
        (cpuMs / copies).toFixed(1),
        run.client.peakRssMb.toFixed(0),
        String(run.store.peakInFlight),
        run.verdict,
      ]);
    }
    return {
      title: 'Scale: 5 ms a part, 64 at a time',
      markdown: [
        'One copy of so many parts:',
        formatTable(['client', 'parts', 'wall ms', 'CPU ms', 'peak RSS MB', 'verdict'], byParts),
        'So many copies of 10 parts at the same time, sharing a limiter of 64 requests:',
        formatTable(
          ['copies', 'wall ms', 'CPU ms', 'CPU ms per copy', 'peak RSS MB', 'most parts in flight', 'verdict'],
          byCopies,
        ),
      ].join('\n\n'),
    };
  },
};
