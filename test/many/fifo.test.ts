import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, it } from 'vitest';
import { Fifo } from '../../src/many/fifo.ts';

it('gives what was put in, in that order, and undefined once it is empty', () => {
  const fifo = new Fifo<number>();
  let put = 0;
  let taken = 0;
  for (const [puts, takes] of [
    [3, 3],
    [5000, 1],
    [0, 3000],
    [10, 2009],
    [1, 1],
  ] as const) {
    for (let count = 0; count < puts; count++) fifo.push(put++);
    for (let count = 0; count < takes; count++) expect(fifo.shift()).toBe(taken++);
    expect(fifo.size).toBe(put - taken);
  }
  expect([fifo.size, fifo.shift()]).toEqual([0, undefined]);
});

it('holds no memory for what has left, though it is never empty', () => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const heapMb = (): number => {
    collect();
    return process.memoryUsage().heapUsed / 1e6;
  };
  const before = heapMb();
  const fifo = new Fifo<number>();
  fifo.push(-1);
  for (let index = 0; index < 3_000_000; index++) {
    fifo.push(index);
    fifo.shift();
  }
  // It would be 24 MB with a place for each.
  expect(heapMb() - before).toBeLessThan(5);
  expect(fifo.size).toBe(1);
});
