import pLimit from 'p-limit';
import { messageOf } from '../../src/errors.ts';
import { mustSucceed } from './matrix.ts';
import { runInVirtualTime } from '../simulator/virtual-time.ts';
import { runCell, type MatrixCell } from './matrix-cell.ts';

/** What is wrong with a cell's run, in words; nothing if all is well. */
export type CellProblems = readonly string[];

/** Starts the runs of all cells, one after the other in virtual time, and gives a promise for each that never rejects. */
export function startMatrix(cells: readonly MatrixCell[]): readonly Promise<CellProblems>[] {
  const oneByOne = pLimit(1);
  let runs: readonly Promise<CellProblems>[] = [];
  void runInVirtualTime(() => {
    runs = cells.map((cell) => oneByOne(() => findProblemsIn(cell)));
    return Promise.all(runs);
  });
  return runs;
}

async function findProblemsIn(cell: MatrixCell): Promise<CellProblems> {
  try {
    return await findProblems(cell);
  } catch (error) {
    return [`the run itself failed: ${messageOf(error)}`];
  }
}

async function findProblems(cell: MatrixCell): Promise<CellProblems> {
  const { observed, violations, struck } = await runCell(cell);
  const problems = violations.map(({ kind, what }) => `${kind}: ${what}`);
  if (!struck) problems.push('the fault never struck');
  if (observed.failure !== undefined && mustSucceed(cell)) {
    problems.push(`it had to succeed, but failed: ${messageOf(observed.failure.error)}`);
  }
  return problems;
}
