import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CopyOptions, copyLargeObject } from '../../src/index.ts';
import { failure, type Hook } from './fake-store.ts';
import { endInFakeTime, waitMs } from './fake-time.ts';
import { expectWholeCopy, FAST_RETRY, setUpCopy } from './set-up-copy.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = (): Promise<never> => new Promise(() => undefined);

/** Copies 20 parts that take 20 ms each where `hook` doesn't say otherwise; waits for the end, for so many (fake) milliseconds at most. */
async function copyFor(limitMs: number, hook: Hook, more: Partial<CopyOptions> = {}) {
  const { fake, options } = setUpCopy(
    {
      hook: async (call) => {
        if (call.operation === 'copyPart') await waitMs(20);
        return hook(call);
      },
    },
    more,
  );
  const ended = await endInFakeTime(copyLargeObject(options), limitMs);
  const sent = (partNumber: number): number =>
    fake.calls.filter(({ operation, request }) => operation === 'copyPart' && request['partNumber'] === partNumber)
      .length;
  return { fake, ended, sent };
}

/** Leaves the first request for a part without an answer. */
function loseFirst(partNumber: number): Hook {
  let sent = 0;
  return ({ operation, request }) =>
    operation === 'copyPart' && request['partNumber'] === partNumber && ++sent === 1 ? never() : undefined;
}

describe('a part that is never answered', () => {
  it.each([10, 17, 20])('is sent again while others are answered (part %i of 20)', async (partNumber) => {
    const retry = { ...FAST_RETRY, maxAttempts: 2 };
    const { fake, ended, sent } = await copyFor(6000, loseFirst(partNumber), { retry });
    expect(ended).toMatchObject({ result: { parts: 20, hedges: 0 } });
    expect(sent(partNumber)).toBe(2);
    expectWholeCopy(fake);
  });

  it.each([
    [2, false],
    [2, true],
    [3, false],
    [3, true],
  ])('is sent again also in a copy of %i parts (hedged: %s)', async (parts, hedge) => {
    const retry = { ...FAST_RETRY, maxAttempts: 2 };
    const { fake, ended } = await copyFor(6000, loseFirst(parts), { retry, hedge, partSize: Math.ceil(200 / parts) });
    expect(ended).toMatchObject({ result: { parts, hedges: hedge ? 1 : 0 } });
    expectWholeCopy(fake);
  });

  it('is left to the store’s own timeout where it is the last attempt', async () => {
    for (const answersAtLast of [true, false]) {
      const { fake, ended } = await copyFor(
        100_000,
        async ({ operation, request }) => {
          if (operation !== 'copyPart' || request['partNumber'] !== 10) return;
          await waitMs(30_000);
          if (!answersAtLast) throw failure('copyPart', 'transient', undefined, 'ETIMEDOUT');
        },
        { retry: { maxAttempts: 1 } },
      );
      if (answersAtLast) expectWholeCopy(fake);
      else expect(ended.error).toMatchObject({ partNumber: 10, cause: { vendorCode: 'ETIMEDOUT' } });
      expect(fake.uploads.size).toBe(0);
    }
  });

  it('doesn’t keep a copy that has failed from ending', async () => {
    const { fake, ended } = await copyFor(
      20_000,
      (call) => {
        if (call.operation === 'copyPart' && call.request['partNumber'] === 15)
          throw failure('copyPart', 'permanent', 403, 'AccessDenied');
        return loseFirst(14)(call);
      },
      { retry: { maxAttempts: 1 } },
    );
    expect(ended.error).toMatchObject({ name: 'PartFailedError', partNumber: 15 });
    expect(fake.uploads.size).toBe(0);
  });
});

describe('a store that stands still for a while', () => {
  it.each([
    [1, 7000],
    [2, 7000],
    [2, 17_000],
    [3, 40_000],
  ])('fails no part, with %i attempts and %i ms', async (maxAttempts, stillMs) => {
    let sent = 0;
    let stillUntil = 0;
    const { fake, ended } = await copyFor(
      stillMs + 2000,
      async ({ operation }) => {
        if (operation !== 'copyPart') return;
        if (++sent === 12) stillUntil = performance.now() + stillMs;
        await waitMs(Math.max(0, stillUntil - performance.now()));
      },
      { retry: { ...FAST_RETRY, maxAttempts } },
    );
    expect(ended.error).toBeUndefined();
    expect(ended.elapsedMs).toBeGreaterThan(stillMs);
    expectWholeCopy(fake);
  });
});
