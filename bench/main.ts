import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { drawInFlight } from './report/in-flight-chart.ts';
import { clientCpu } from './scenarios/client-cpu.ts';
import { constantLatency } from './scenarios/constant-latency.ts';
import { footprint } from './scenarios/footprint.ts';
import { heavyTail } from './scenarios/heavy-tail.ts';
import { scale } from './scenarios/scale.ts';
import { throttledStore } from './scenarios/throttled-store.ts';
import { unknownStore } from './scenarios/unknown-store.ts';

const SCENARIOS = [clientCpu, constantLatency, heavyTail, throttledStore, unknownStore, scale, footprint];
const USAGE = `npm run bench -- [--quick] [--all] [--only ${SCENARIOS.map(({ name }) => name).join('|')}]…

  --quick   one round, fewer parts: minutes instead of a quarter of an hour
  --all     also the AWS CLI and rclone, where they are installed
  --only    this scenario alone; may be given several times. Nothing is written but to the terminal`;

const benchFolder = path.join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
const unknown = values.only.find((only) => SCENARIOS.every(({ name }) => name !== only));
if (values.help || unknown !== undefined) {
  console.log(unknown === undefined ? USAGE : `There is no scenario ${unknown}.\n\n${USAGE}`);
  process.exit(unknown === undefined ? 0 : 2);
}

installPeers();
const chosen = SCENARIOS.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
const sections: string[] = [];
for (const scenario of chosen) {
  process.stderr.write(`${scenario.name}\n`);
  const { title, markdown, chart } = await scenario.measure(values);
  sections.push(`## ${title}\n\n${markdown}`);
  console.log(`\n${sections.at(-1)}\n`);
  if (chart !== undefined) {
    const svg = drawInFlight(chart.title, chart.series);
    if (values.only.length === 0) await writeFile(path.join(benchFolder, chart.fileName), svg);
    sections.push(`![${chart.title}](${chart.fileName})`);
  }
}
if (values.only.length === 0) {
  const machine = `Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}`;
  const intro = `# Measured\n\nMade by \`npm run bench${values.quick ? ' -- --quick' : ''}\` on ${machine}, plain HTTP over loopback, client and store in processes of their own; medians (lowest–highest) over interleaved rounds. Compare lines within a table, not milliseconds between machines.`;
  await writeFile(path.join(benchFolder, 'results.md'), `${[intro, ...sections].join('\n\n')}\n`);
}

/** The clients to compare with are no dependencies of the package: they are installed beside the benchmark, once. */
function installPeers(): void {
  if (existsSync(path.join(benchFolder, 'node_modules/ali-oss'))) return;
  process.stderr.write('Installing the clients to compare with …\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: benchFolder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ci in ${benchFolder} ended with code ${status}`);
}
