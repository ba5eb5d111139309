import { spawnSync } from 'node:child_process';

import { median } from '../report/statistics.ts';
import {
  type Contestant,
  cpuMs,
  formatResults,
  medianColumn,
  ours,
  RSS,
  runInterleaved,
  type Scenario,
  VERDICT,
  wallColumns,
  wasted,
} from '../scenario.ts';
import { measurePageOfKeys } from './page-of-keys.ts';

const CONCURRENCY = 64;
const LATENCY_MS = 20;

const FLOOR_OF_MANY: Contestant = { label: 'bare undici loop, SigV4, one page ahead', driver: 'many:floor' };
const UNSIGNED: Contestant = { label: 'the same, unsigned', driver: 'many:floor,unsigned' };
const TOOLS = ['s5cmd', 'rclone', 'aws'] as const;

/** Whether a program is there, and says so. */
function isInstalled(program: string): boolean {
  return spawnSync(program, [program === 's5cmd' ? 'version' : '--version'], { stdio: 'ignore' }).status === 0;
}

/** What copying a prefix of small objects costs. */
export const many: Scenario = {
  name: 'many',
  async measure({ quick, builds }) {
    const rounds = quick ? 1 : 3;
    const installed = TOOLS.filter((program) => isInstalled(program));
    const missing = TOOLS.filter((program) => !installed.includes(program));
    const tools = installed.map((program): Contestant => ({ label: program, driver: `external:many-${program}` }));
    const own = [...named(ours(builds), 'ours', ''), ...named(ours(builds), 'ours,auto', ", 'auto'")];
    const asJobs = named(ours(builds), 'ours,jobs', ', as jobs of up to 100 objects, without a queue');
    const run = { parts: 0, concurrency: CONCURRENCY, timeoutMs: 300_000 };
    const requests = (objects: number) =>
      medianColumn('requests an object', ({ store }) => store.requests / objects, 4);

    const objects = quick ? 5000 : 20_000;
    const costs = await runInterleaved([FLOOR_OF_MANY, UNSIGNED, ...own, ...asJobs], rounds, {
      ...run,
      objects,
      model: 'instant',
    });
    const floorMs = median((costs.get(FLOOR_OF_MANY) ?? []).map(cpuMs));
    const cost = formatResults(costs, [
      medianColumn('CPU µs an object', (result) => (cpuMs(result) * 1000) / objects),
      medianColumn('× the floor', (result) => cpuMs(result) / floorMs, 2),
      requests(objects),
      RSS,
      VERDICT,
    ]);

    const distant = quick ? 1280 : 6400;
    const idealMs = (distant / CONCURRENCY) * LATENCY_MS;
    const walls = await runInterleaved([FLOOR_OF_MANY, ...own, ...tools], rounds, {
      ...run,
      objects: distant,
      model: 'latency 20 ms',
      controlMs: LATENCY_MS,
    });
    const wall = formatResults(walls, [...wallColumns(idealMs), requests(distant), VERDICT]);

    const limited = quick ? 600 : 3000;
    const throttled = await runInterleaved(own, 1, { ...run, objects: limited, model: '300 a second' });
    const waste = formatResults(throttled, [...wallColumns((limited / 300) * 1000), wasted(limited), VERDICT]);

    const absent = missing.length === 0 ? '' : `\n\nNot installed, and so not measured: ${missing.join(', ')}.`;
    return {
      title: `Many small objects of one prefix, ${CONCURRENCY} at a time`,
      markdown:
        `${objects} objects on a store that answers at once:\n\n${cost}\n\n` +
        `${distant} objects at ${LATENCY_MS} ms a request:\n\n${wall}${absent}\n\n` +
        `${limited} objects on a store that takes 300 requests a second:\n\n${waste}\n\n${measurePageOfKeys()}`,
    };
  },
};

function named(contestants: readonly Contestant[], variant: string, remark: string): Contestant[] {
  return contestants.map(({ label, ...rest }) => ({ ...rest, label: label + remark, driver: `many:${variant}` }));
}
