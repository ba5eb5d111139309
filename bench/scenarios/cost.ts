import type { Build } from '../builds.ts';
import { formatTable } from '../report/markdown-table.ts';
import { formatSpread, median } from '../report/statistics.ts';
import { type RunResult, runOnce } from '../run-once.ts';
import {
  type Contestant,
  FLOOR,
  formatResults,
  IN_FLIGHT,
  ours,
  peakRssMb,
  type Results,
  RSS,
  type Scenario,
  VERDICT,
  wallColumns,
} from '../scenario.ts';
import { measureInstalledSize } from './installed-size.ts';
import { CPU_LOAD, cpuColumns, IDEAL_MS, LATENCY_LOAD, loadCpu, listFigures, loadLatency, overFloor } from './loads.ts';

const DISPATCH: Contestant = { label: 'bare undici `dispatch()`, unsigned', driver: 'bare:dispatch' };
const SIGNED: Contestant = { label: 'bare undici `request()`, SigV4', driver: 'bare:request,sigv4' };
const NODE_HTTP: Contestant = { label: 'bare node:http, SigV4', driver: 'bare:http,sigv4' };
const CPU_TARGET = 1.05;
const RSS_TARGET_MB = 8;
const WALL_TARGET = 1.02;
const CONNECTIONS_TARGET = 2;
const INSTALLED_TARGET_MB = 6;
const SMALL_COPIES = 200;

/** One line of the table of costs. */
interface Cost {
  readonly what: string;
  readonly target: string;
  /** By build. */
  readonly values: readonly (readonly number[])[];
  readonly digits?: number;
  /** The median must not exceed it. */
  readonly most: number;
  readonly beside: string;
}

/** What a copy costs beside a loop that only sends the requests. */
export const cost: Scenario = {
  name: 'cost',
  async measure(options) {
    const { builds } = options;
    const v4 = ours(builds, 's3', ', SigV4');
    const obs = ours(builds, 'obs', ', OBS signature');
    const listening = ours(builds.slice(0, 1), 's3,listen', ', SigV4, listening to every event');
    const traced = ours(builds.slice(0, 1), 's3,trace', ', SigV4, both channels subscribed');
    const cpu = await loadCpu([FLOOR, ...v4, ...obs, ...listening, ...traced, DISPATCH, SIGNED], 9, options);
    const latency = await loadLatency([FLOOR, ...v4, NODE_HTTP], 7, options);
    const costs = [
      ...describeCpu(cpu, v4, obs),
      describeWall(latency, v4),
      await describeConnections(v4),
      await describeInstalled(builds),
    ];
    const summary = formatCosts(builds, costs);
    return {
      title: 'Costs',
      summary,
      markdown: [
        summary,
        `Medians (lowest–highest) over interleaved rounds. The bare loop is undici's \`request()\`, unsigned; ratios and differences are to its run of the same round.`,
        CPU_LOAD,
        formatResults(cpu, [...cpuColumns(cpu), RSS, VERDICT]),
        LATENCY_LOAD,
        formatResults(latency, [...wallColumns(IDEAL_MS), IN_FLIGHT, VERDICT]),
      ].join('\n\n'),
    };
  },
};

function formatCosts(builds: readonly Build[], costs: readonly Cost[]): string {
  const rows = costs.map(({ what, target, values, digits = 0, most, beside }) => [
    what,
    target,
    ...values.map((value) => judge(value, digits, most)),
    beside,
  ]);
  return formatTable(['cost', 'target', ...builds.map(({ label }) => `\`${label}\``), 'in the same run'], rows);
}

function judge(values: readonly number[], digits: number, most: number): string {
  if (values.some(Number.isNaN)) return '**failed**';
  return `${formatSpread(values, digits)} ${median(values) <= most ? 'met' : 'missed'}`;
}

function describeCpu(results: Results, v4: readonly Contestant[], obs: readonly Contestant[]): Cost[] {
  const target = `≤ ${CPU_TARGET.toFixed(2)}`;
  const over = (contestant: Contestant): number[] => overFloor(results, contestant);
  const floorMb = listFigures(results, FLOOR, peakRssMb);
  const aboveMb = (contestant: Contestant): number[] =>
    listFigures(results, contestant, peakRssMb).map((mb, round) => mb - (floorMb[round] as number));
  const references = `bare SigV4 loop ${median(over(SIGNED)).toFixed(2)}, \`dispatch()\` alone ${median(over(DISPATCH)).toFixed(2)}`;
  const line = { target, digits: 2, most: CPU_TARGET };
  return [
    { ...line, what: 'CPU per part over the bare loop, SigV4', values: v4.map(over), beside: references },
    { ...line, what: 'CPU per part over the bare loop, OBS signature', values: obs.map(over), beside: '' },
    {
      what: 'peak RSS above the bare loop, MB',
      target: `≤ ${RSS_TARGET_MB}`,
      values: v4.map(aboveMb),
      most: RSS_TARGET_MB,
      beside: `bare loop ${median(floorMb).toFixed(0)}`,
    },
  ];
}

function describeWall(results: Results, v4: readonly Contestant[]): Cost {
  const overIdeal = (contestant: Contestant): number[] =>
    listFigures(results, contestant, ({ store }) => store.wallMs / IDEAL_MS);
  const bare = median(overIdeal(FLOOR));
  return {
    what: 'wall / ideal, 50 ms a part',
    target: `≤ bare loop + 2 % (${(bare * WALL_TARGET).toFixed(3)})`,
    values: v4.map(overIdeal),
    digits: 3,
    most: bare * WALL_TARGET,
    beside: `bare loop ${bare.toFixed(3)}, bare node:http with SigV4 ${median(overIdeal(NODE_HTTP)).toFixed(3)}`,
  };
}

async function describeConnections(v4: readonly Contestant[]): Promise<Cost> {
  const runs: RunResult[] = [];
  for (const { driver, build = '' } of v4) {
    const small = { model: 'instant', parts: 0, concurrency: 1, copies: SMALL_COPIES, oneByOne: true } as const;
    runs.push(await runOnce({ ...small, driver, build }));
  }
  return {
    what: `HTTP connections for ${SMALL_COPIES} small copies one after another`,
    target: `≤ ${CONNECTIONS_TARGET}`,
    values: runs.map(({ store, verdict }) => [verdict === 'finished' ? store.connections : Number.NaN]),
    most: CONNECTIONS_TARGET,
    beside: `${runs.map(({ store }) => store.requests).join(' / ')} requests`,
  };
}

async function describeInstalled(builds: readonly Build[]): Promise<Cost> {
  const sizes = [];
  for (const { folder } of builds) sizes.push(await measureInstalledSize(folder));
  const largest = sizes[0]?.largest.map(({ name, kilobytes }) => `${name} ${(kilobytes / 1024).toFixed(1)}`) ?? [];
  return {
    what: 'installed with dependencies, MB (`du -sm node_modules`)',
    target: `≤ ${INSTALLED_TARGET_MB}`,
    values: sizes.map(({ megabytes }) => [megabytes]),
    most: INSTALLED_TARGET_MB,
    beside: largest.join(', '),
  };
}
