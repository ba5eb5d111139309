import { simulateCopy } from '../../test/simulator/simulate-copy.ts';
import { formatTable } from '../report/markdown-table.ts';
import { formatSpread, median } from '../report/statistics.ts';
import { FLOOR, formatVerdict, OURS, PEERS, pickFinished, runInterleaved, type Scenario } from '../scenario.ts';
import { STORE_MODELS } from '../store/store-models-by-name.ts';

const PARTS = 2000;
const SEED = 7;

/** Knows beforehand what is usual. */
const ORACLE = {
  observe(): void {},
  thresholdMs: () => 300,
  hedgesAllowed: () => true,
  lostThresholdMs: () => undefined,
};

/** What stragglers cost, and what hedging them saves. */
export const heavyTail: Scenario = {
  name: 'tail',
  async measure({ quick }) {
    const contestants = [
      OURS,
      { label: 'copy-large-object, `hedge: false`', driver: 'ours:s3,no-hedge' },
      FLOOR,
      ...PEERS,
    ];
    const results = await runInterleaved(contestants, quick ? 1 : 3, {
      model: 'heavy tail',
      parts: PARTS,
      concurrency: 64,
      seed: SEED,
    });
    const simulated = { store: STORE_MODELS['heavy tail'], parts: PARTS, concurrency: 64, seed: SEED };
    const idealMs = simulateCopy({ ...simulated, stragglers: ORACLE }).wallMs;
    const plainMs = simulateCopy(simulated).wallMs;
    const rows = contestants.map((contestant) => {
      const runs = results.get(contestant) ?? [];
      const wallMs = pickFinished(runs).map(({ store }) => store.wallMs);
      return [
        contestant.label,
        wallMs.length === 0 ? '–' : formatSpread(wallMs),
        wallMs.length === 0 ? '–' : (median(wallMs) / idealMs).toFixed(2),
        median(runs.map(({ store }) => store.averageInFlight)).toFixed(1),
        median(runs.map(({ store }) => store.partRequests)).toFixed(0),
        formatVerdict(runs),
      ];
    });
    const title = 'Heavy tail: median 100 ms, one part in a hundred takes 20 times as long, 2,000 parts, 64 at a time';
    return {
      title,
      markdown: `Ideal, by simulation with the same durations: ${idealMs.toFixed(0)} ms where each part that runs longer than 3 × the median is sent once more; ${plainMs.toFixed(0)} ms for a pool that only waits.\n\n${formatTable(['client', 'wall ms', '/ hedged ideal', 'in flight', 'part requests', 'verdict'], rows)}`,
      chart: {
        fileName: 'parts-in-flight.svg',
        title: 'Parts in flight: one part in a hundred takes 20 times as long',
        series: [OURS, ...PEERS].flatMap((contestant) => {
          const run = results.get(contestant)?.[0];
          return run === undefined ? [] : [{ label: contestant.label, ...run.store.inFlight }];
        }),
      },
    };
  },
};
