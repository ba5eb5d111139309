import { simulateCopy } from '../../test/simulator/simulate-copy.ts';
import {
  FLOOR,
  formatResults,
  IN_FLIGHT,
  ours,
  PART_REQUESTS,
  PEERS,
  runInterleaved,
  type Scenario,
  VERDICT,
  wallColumns,
} from '../scenario.ts';
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
  needsPeers: true,
  async measure({ quick, builds }) {
    const contestants = [...ours(builds), ...ours(builds, 's3,no-hedge', ', `hedge: false`'), FLOOR, ...PEERS];
    const load = { parts: PARTS, concurrency: 64, seed: SEED };
    const results = await runInterleaved(contestants, quick ? 1 : 3, { ...load, model: 'heavy tail' });
    const simulated = { ...load, store: STORE_MODELS['heavy tail'] };
    const idealMs = simulateCopy({ ...simulated, stragglers: ORACLE }).wallMs;
    const plainMs = simulateCopy(simulated).wallMs;
    const table = formatResults(results, [...wallColumns(idealMs, 'hedged ideal'), IN_FLIGHT, PART_REQUESTS, VERDICT]);
    return {
      summary: `If one part in a hundred takes 20 times as long, hedging pays; nobody else hedges:\n\n${table}`,
      title: 'Heavy tail: median 100 ms, one part in a hundred takes 20 times as long, 2,000 parts, 64 at a time',
      markdown: `Ideal, by simulation with the same durations: ${idealMs.toFixed(0)} ms if each part that runs longer than 3 × the median is sent once more; ${plainMs.toFixed(0)} ms for a pool that only waits.\n\n${table}`,
      chart: {
        fileName: 'parts-in-flight.svg',
        title: 'Parts in flight: one part in a hundred takes 20 times as long',
        series: [...ours(builds.slice(0, 1)), ...PEERS].flatMap(({ driver, label }) => {
          const [, runs] = [...results].find(([contestant]) => contestant.driver === driver) ?? [];
          return runs?.[0] === undefined ? [] : [{ label, ...runs[0].store.inFlight }];
        }),
      },
    };
  },
};
