import { expect, test } from 'vitest';
import { describeTally, isClean, runMany } from './run-tally.ts';

const SEED = 20_260;
const RUNS = 600;

test(`of ${RUNS} random runs (seed ${SEED}) none lies, leaves an upload in silence, hangs or leaves a rejection unhandled`, async () => {
  const told: string[] = [];
  const tally = await runMany({ seed: SEED, first: 1, runs: RUNS }, (line) => told.push(line));
  process.stdout.write(`${describeTally(tally)}\n`);
  expect(told).toEqual([]);
  expect(isClean(tally)).toBe(true);
  expect(tally.runs).toBe(RUNS);
  // A library that gave up at once would pass all of the above.
  expect(tally.completedRight).toBeGreaterThan(RUNS / 2);
  // And so would one that nothing ever happened to.
  expect(tally.met).toBeGreaterThan(RUNS / 2);
});
