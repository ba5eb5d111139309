/**
 * Copies at random through random faults, again and again:
 *
 *     npm run chaos -- --runs 5000 --seed 1     many runs
 *     npm run chaos -- --seed 1 --only 17       one of them again, in detail
 *     npm run chaos -- --ways all --seed 1      through the vendors' clients, too
 *     npm run chaos -- --matrix                 every operation by every fault, with both vendors
 */
import { randomInt } from 'node:crypto';
import { inspect, parseArgs } from 'node:util';
import { runInVirtualTime } from '../simulator/virtual-time.ts';
import { listCells, nameCell } from './matrix.ts';
import { runRandomly } from './random-run.ts';
import { startMatrix } from './run-matrix.ts';
import { describeTally, isClean, runMany } from './run-tally.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string' },
    only: { type: 'string' },
    ways: { type: 'string', default: 'own' },
    matrix: { type: 'boolean', default: false },
  },
});

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`--${name} must be a whole number, not ${text}`);
  return count;
}

if (values.ways !== 'own' && values.ways !== 'all')
  throw new RangeError(`--ways must be own or all, not ${values.ways}`);
const ways = values.ways === 'all' ? (['own', 'sdk'] as const) : undefined;
const seed = values.seed === undefined ? randomInt(1_000_000) : readCount('seed', values.seed);
let clean: boolean;
if (values.matrix) clean = await runMatrix();
else if (values.only === undefined) clean = await runSeed(readCount('runs', values.runs));
else clean = await runOne(readCount('only', values.only));
process.exitCode = clean ? 0 : 1;

async function runSeed(runs: number): Promise<boolean> {
  console.log(`seed ${seed}, ${runs} runs`);
  const startedAt = process.uptime();
  const tally = await runMany({ seed, first: 1, runs, ways }, (line) => console.log(line));
  console.log(describeTally(tally));
  console.log(`seed ${seed}, ${Math.round(process.uptime() - startedAt)} s`);
  return isClean(tally);
}

async function runOne(run: number): Promise<boolean> {
  console.log(`seed ${seed}, run ${run}`);
  const { plan, observed, violations } = await runInVirtualTime(() => runRandomly(seed, run, ways));
  console.log(inspect({ plan, observed, violations }, { depth: 6 }));
  return violations.length === 0;
}

async function runMatrix(): Promise<boolean> {
  const cells = [...listCells('each')];
  const runs = startMatrix(cells);
  let wrong = 0;
  for (const [index, cell] of cells.entries()) {
    const problems = (await runs[index]) ?? [];
    if (problems.length > 0) wrong++;
    for (const problem of problems) console.log(`${nameCell(cell)}: ${problem}`);
  }
  console.log(`${cells.length} cells, ${wrong} wrong`);
  return wrong === 0;
}
