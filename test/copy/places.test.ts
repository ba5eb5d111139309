import { describe, expect, it } from 'vitest';
import { copyLargeObject, StoreError } from '../../src/index.ts';
import { expectWholeCopy, openPromise, setUpCopy } from './set-up-copy.ts';

describe('a place in flight', () => {
  it('that a hedge waited for is used by the next part where the hedge is needed no more', async () => {
    const gate = openPromise();
    const { fake, options } = setUpCopy(
      {
        hook: async ({ operation, request }) => {
          if (operation !== 'copyPart' || request['partNumber'] !== 30) return;
          // Longer than it takes to be seen to straggle; the hedge can't start, as the only place is taken.
          setTimeout(gate.resolve, 80);
          await gate.promise;
        },
      },
      { hedge: { factor: 1, minDelayMs: 0, maxRatio: 1 }, concurrency: 1 },
      400,
    );
    await copyLargeObject(options);
    expectWholeCopy(fake, 400);
  });

  it('is used by the next part while a failed one waits for its next attempt', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation !== 'copyPart' || count > 1) return;
          throw new StoreError('not now', { operation, kind: 'transient', statusCode: 500, retryAfterMs: 100 });
        },
      },
      { concurrency: 1 },
    );
    const copy = copyLargeObject(options);
    const order: number[] = [];
    copy.on('part', ({ partNumber }) => order.push(partNumber));
    await copy;
    expect(order.indexOf(1)).toBeGreaterThan(0);
    expectWholeCopy(fake);
  });

  it('may be waited for by many failed parts without a warning of Node', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', onWarning);
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation !== 'copyPart' || count > 20) return;
          throw new StoreError('not now', { operation, kind: 'transient', statusCode: 500, retryAfterMs: 20 });
        },
      },
      { concurrency: 20 },
    );
    await copyLargeObject(options);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expectWholeCopy(fake);
  });
});
