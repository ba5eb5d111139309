import { formatTable } from '../report/markdown-table.ts';
import { formatSpread, median } from '../report/statistics.ts';
import { formatVerdict, OURS, PEERS, pickFinished, runInterleaved, type Scenario, type Section } from '../scenario.ts';
import type { StoreModelName } from '../store/store-models-by-name.ts';

const PARTS = 2000;

async function measureThrottled(quick: boolean, model: StoreModelName, idealMs: number): Promise<string> {
  const contestants = [
    OURS,
    { label: 'copy-large-object, `concurrency: { max: 64 }`', driver: 'ours:s3,auto' },
    ...PEERS,
  ];
  const results = await runInterleaved(contestants, quick ? 1 : 3, { model, parts: PARTS, concurrency: 64 });
  const rows = contestants.map((contestant) => {
    const runs = results.get(contestant) ?? [];
    const wallMs = pickFinished(runs).map(({ store }) => store.wallMs);
    return [
      contestant.label,
      wallMs.length === 0 ? '–' : formatSpread(wallMs),
      wallMs.length === 0 ? '–' : (median(wallMs) / idealMs).toFixed(2),
      median(runs.map(({ store }) => store.partRequests)).toFixed(0),
      `${(median(runs.map(({ store }) => store.wastedRequests / PARTS)) * 100).toFixed(1)} %`,
      formatVerdict(runs),
    ];
  });
  return formatTable(['client', 'wall ms', '/ ideal', 'part requests', 'wasted', 'verdict'], rows);
}

/** A store that grants less than the client would like. */
export const throttledStore: Scenario = {
  name: 'throttle',
  async measure({ quick }): Promise<Section> {
    const byRate = (1970 / 300) * 1000 + 50;
    const bySlots = Math.ceil(PARTS / 24) * 50;
    return {
      title: 'Throttled stores: 503 for what is too much, 2,000 parts, 64 at a time allowed',
      markdown: [
        `300 parts a second (30 at once), 50 ms each; ideal ${byRate.toFixed(0)} ms. Wasted: requests that copied nothing new, per part.`,
        await measureThrottled(quick, '300 a second', byRate),
        `24 parts at a time, 50 ms each; ideal ${bySlots} ms.`,
        await measureThrottled(quick, '24 slots, rejecting', bySlots),
      ].join('\n\n'),
    };
  },
};
