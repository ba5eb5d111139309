import type { Build } from '../builds.ts';
import {
  formatResults,
  ours,
  PART_REQUESTS,
  PEERS,
  runInterleaved,
  type Scenario,
  VERDICT,
  wallColumns,
  wasted,
} from '../scenario.ts';
import type { StoreModelName } from '../store/store-models-by-name.ts';

const PARTS = 2000;

async function measureThrottled(
  builds: readonly Build[],
  rounds: number,
  model: StoreModelName,
  idealMs: number,
): Promise<string> {
  const contestants = [...ours(builds), ...ours(builds, 's3,auto', ', `concurrency: { max: 64 }`'), ...PEERS];
  const results = await runInterleaved(contestants, rounds, { model, parts: PARTS, concurrency: 64 });
  return formatResults(results, [...wallColumns(idealMs), PART_REQUESTS, wasted(PARTS), VERDICT]);
}

/** A store that grants less than the client would like. */
export const throttledStore: Scenario = {
  name: 'throttle',
  needsPeers: true,
  async measure({ quick, builds }) {
    const rounds = quick ? 1 : 3;
    const byRate = (1970 / 300) * 1000 + 50;
    const bySlots = Math.ceil(PARTS / 24) * 50;
    return {
      title: 'Throttled stores: 503 for what is too much, 2,000 parts, 64 at a time allowed',
      markdown: [
        `300 parts a second (30 at once), 50 ms each; ideal ${byRate.toFixed(0)} ms. Wasted: requests that copied nothing new, per part.`,
        await measureThrottled(builds, rounds, '300 a second', byRate),
        `24 parts at a time, 50 ms each; ideal ${bySlots} ms.`,
        await measureThrottled(builds, rounds, '24 slots, rejecting', bySlots),
      ].join('\n\n'),
    };
  },
};
