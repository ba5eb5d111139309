import { formatTable } from '../report/markdown-table.ts';
import { formatSpread, median } from '../report/statistics.ts';
import { FLOOR, formatVerdict, OURS, PEERS, runInterleaved, type Scenario } from '../scenario.ts';

const REFERENCES = [
  { label: 'bare undici `dispatch()`, unsigned', driver: 'bare-undici:dispatch' },
  { label: 'bare undici `request()`, OBS signature', driver: 'bare-undici:obs' },
  { label: 'bare undici `request()`, SigV4', driver: 'bare-undici:sigv4' },
];
const VARIANTS = [
  { label: 'copy-large-object, OBS signature', driver: 'ours:obs' },
  { label: 'copy-large-object, listening to every event', driver: 'ours:s3,listen' },
];

/** What each part costs the client when the store answers at once. */
export const clientCpu: Scenario = {
  name: 'cpu',
  async measure({ quick }) {
    const parts = quick ? 2000 : 10_000;
    const contestants = [FLOOR, OURS, ...VARIANTS, ...REFERENCES, ...PEERS];
    const results = await runInterleaved(contestants, quick ? 1 : 5, { model: 'instant', parts, concurrency: 64 });
    const cpuMs = (driver: (typeof contestants)[number]): number[] =>
      (results.get(driver) ?? []).map(({ client }) => client.userMs + client.systemMs);
    const floor = cpuMs(FLOOR);
    const rows = contestants.map((contestant) => {
      const runs = results.get(contestant) ?? [];
      const cpu = cpuMs(contestant);
      return [
        contestant.label,
        formatSpread(cpu.map((ms) => (ms * 1000) / parts)),
        median(cpu.map((ms, round) => ms / (floor[round] as number))).toFixed(2),
        median(runs.map(({ store }) => (parts / store.wallMs) * 1000)).toFixed(0),
        median(runs.map(({ client }) => client.peakRssMb)).toFixed(0),
        median(runs.map(({ store }) => store.connections)).toFixed(0),
        formatVerdict(runs),
      ];
    });
    const headings = ['client', 'µs of CPU per part', '× floor', 'parts/s', 'peak RSS MB', 'connections', 'verdict'];
    return {
      title: `Client CPU: a store that answers at once, ${parts} parts, 64 at a time`,
      markdown: `CPU of the copy alone, loading left out. × floor: the median of the ratios to the first line's run of the same round.\n\n${formatTable(headings, rows)}`,
    };
  },
};
