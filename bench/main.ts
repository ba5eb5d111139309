import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { type Build, findCommit, findUncommitted, makeBuild } from './builds.ts';
import { drawInFlight } from './report/in-flight-chart.ts';
import { writeSection } from './report/written-section.ts';
import { isPinned } from './run-once.ts';
import type { Scenario } from './scenario.ts';
import { cost } from './scenarios/cost.ts';
import { fleet } from './scenarios/fleet.ts';
import { footprint } from './scenarios/footprint.ts';
import { heavyTail } from './scenarios/heavy-tail.ts';
import { many } from './scenarios/many.ts';
import { peers } from './scenarios/peers.ts';
import { scale } from './scenarios/scale.ts';
import { throttledStore } from './scenarios/throttled-store.ts';
import { unknownStore } from './scenarios/unknown-store.ts';

/** In the order of the results. A scenario is a file in `scenarios/` and its place here. */
const SCENARIOS: readonly Scenario[] = [
  cost,
  peers,
  heavyTail,
  throttledStore,
  unknownStore,
  scale,
  footprint,
  many,
  fleet,
];
const USAGE = `npm run bench -- [SCENARIO…] [--against REV] [--quick] [--all] [--profile FOLDER] [--allow-dirty]

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}.
Builds the last commit, measures it, and replaces the sections of these scenarios in bench/results.md and in docs/speed.md.

  --against REV     measures the build of that commit, too, in the same rounds
  --quick           one round, fewer parts; writes nothing
  --all             also the AWS CLI and rclone, if they are installed
  --profile FOLDER  leaves a CPU profile of each client there; writes nothing else
  --allow-dirty     measures uncommitted changes; writes nothing`;

const root = path.join(import.meta.dirname, '../../..');
const { values, positionals } = readArguments();
const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const uncommitted = findUncommitted(root);
if (uncommitted !== undefined && !values['allow-dirty']) {
  fail(`${uncommitted} To only look at figures, use --allow-dirty.`);
}
const commits = ['HEAD', ...(values.against === undefined ? [] : [values.against])].map((revision) => {
  return findCommit(root, revision) ?? fail(`There is no commit ${revision}.`);
});

if (chosen.some(({ needsPeers }) => needsPeers)) installPeers();
const builds: Build[] = [];
for (const [index, commit] of commits.entries())
  builds.push(makeBuild(root, commit, index === 0 && uncommitted !== undefined));

const isWritten = !values.quick && !values['allow-dirty'] && values.profile === undefined;
const resultsFile = path.join(root, 'bench/results.md');
for (const scenario of chosen) {
  process.stderr.write(`${scenario.name}\n`);
  const { title, markdown, chart, summary } = await scenario.measure({ ...values, builds });
  const command = `npm run bench -- ${scenario.name}${values.against === undefined ? '' : ` --against ${commits[1]}`}`;
  const pinned = isPinned ? 'each on a core of its own' : 'not pinned to cores';
  const origin = `Commit ${builds.map(({ label }) => `\`${label}\``).join(' beside ')}, ${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}; client and store ${pinned}; \`${command}\`.`;
  const draw = (from: string): string => (chart === undefined ? '' : `\n\n![${chart.title}](${from}${chart.fileName})`);
  const section = `## ${title}\n\n${origin}\n\n${markdown}${draw('')}`;
  console.log(`\n${section}\n`);
  if (!isWritten) continue;
  if (chart !== undefined) {
    await writeFile(path.join(root, 'bench', chart.fileName), drawInFlight(chart.title, chart.series));
  }
  await writeSection(resultsFile, scenario.name, section);
  if (summary !== undefined) {
    await writeSection(path.join(root, 'docs/speed.md'), scenario.name, `${summary}${draw('../bench/')}\n\n${origin}`);
  }
}
// A client that was ended may have left handles open.
process.exit();

function readArguments() {
  const parsed = parseArguments();
  const unknown = parsed.positionals.find((given) => SCENARIOS.every(({ name }) => name !== given));
  if (unknown !== undefined) fail(`There is no scenario ${unknown}.\n\n${USAGE}`);
  if (parsed.values.help) {
    console.log(USAGE);
    process.exit();
  }
  return parsed;
}

function parseArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        against: { type: 'string' },
        quick: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
        profile: { type: 'string' },
        'allow-dirty': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

/** The clients to compare with are no dependencies of the package: they are installed beside the benchmark, once. */
function installPeers(): void {
  if (existsSync(path.join(root, 'bench/node_modules/ali-oss'))) return;
  process.stderr.write('Installing the clients to compare with …\n');
  const cwd = path.join(root, 'bench');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ci in ${cwd} ended with code ${status}`);
}
