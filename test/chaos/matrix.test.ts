import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listCells, nameCell } from './matrix.ts';
import { startMatrix, type CellProblems } from './run-matrix.ts';

const cells = [...listCells('in turn')];
let running: readonly Promise<CellProblems>[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeAll(() => {
  process.on('unhandledRejection', onUnhandled);
  running = startMatrix(cells);
});

afterAll(() => {
  process.off('unhandledRejection', onUnhandled);
});

describe('a copy ends with the right bytes, or with a true error and nothing changed, at', () => {
  test.for(cells.map((cell, index) => [nameCell(cell), index] as const))('%s', async ([, index]) => {
    expect(await running[index]).toEqual([]);
  });

  test('and no rejection was left unhandled', () => {
    expect(unhandled).toEqual([]);
  });
});
