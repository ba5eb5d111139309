import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { copyLargeObject, createLimiter, StoreError } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endInFakeTime, waitMs } from './fake-time.ts';
import { expectWholeCopy, setUpCopy } from './set-up-copy.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('time that a copy waits by its caller’s wish doesn’t count towards retry.maxElapsedMs', () => {
  const retry = { minDelayMs: 1, maxDelayMs: 5, maxElapsedMs: 400 };

  it('while it is paused', async () => {
    let failures = 0;
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (operation === 'copyPart' && request['partNumber'] === 3 && ++failures <= 2)
            throw failure('copyPart', 'transient', 500, 'InternalError');
        },
      },
      { retry, concurrency: 1 },
    );
    const copy = copyLargeObject(options);
    copy.once('retry', () => {
      copy.pause();
      setTimeout(() => copy.resume(), 600);
    });
    expect((await endInFakeTime(copy, 10_000)).hasEnded).toBe(true);
    expectWholeCopy(fake);
  });

  it('while its parts wait for their turns of a shared limit', async () => {
    let failures = 0;
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (operation === 'copyPart' && request['partNumber'] === 20 && ++failures === 1)
            throw failure('copyPart', 'transient', 500, 'InternalError');
        },
      },
      { retry, concurrency: 20, limiter: createLimiter({ maxRequestsPerSecond: 25 }) },
    );
    expect((await endInFakeTime(copyLargeObject(options), 10_000)).hasEnded).toBe(true);
    expect(failures).toBe(2);
    expectWholeCopy(fake);
  });

  it('while another operation waits for its turn', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation === 'headObject' && count === 1) throw failure(operation, 'transient', 500, 'InternalError');
        },
      },
      { retry, limiter },
    );
    const release = await limiter.acquire();
    setTimeout(release, 600);
    expect((await endInFakeTime(copyLargeObject(options), 10_000)).hasEnded).toBe(true);
    expectWholeCopy(fake);
  });

  it('but all other time does', async () => {
    const { options } = setUpCopy(
      {
        hook: async ({ operation, request }) => {
          if (operation !== 'copyPart' || request['partNumber'] !== 3) return;
          await waitMs(60);
          throw failure('copyPart', 'transient', 500, 'InternalError');
        },
      },
      { retry: { ...retry, maxAttempts: 1000, maxElapsedMs: 150 } },
    );
    const { error } = await endInFakeTime(copyLargeObject(options), 10_000);
    expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 3 });
  });
});

describe('parts that wait for their turn of a shared limit', () => {
  it('are not sent while the copy is paused, and are afterwards', async () => {
    const { fake, options } = setUpCopy(
      { hook: ({ operation }) => (operation === 'copyPart' ? waitMs(50) : undefined) },
      { concurrency: 10, limiter: createLimiter({ maxRequestsPerSecond: 10 }) },
    );
    const copy = copyLargeObject(options);
    copy.once('part', () => copy.pause());
    await endInFakeTime(copy, 2000);
    const sentWhenPaused = fake.count('copyPart');
    expect(sentWhenPaused).toBeLessThan(5);
    await vi.advanceTimersByTimeAsync(5000);
    expect(fake.count('copyPart')).toBe(sentWhenPaused);
    copy.resume();
    expect(await endInFakeTime(copy, 10_000)).toMatchObject({ result: { parts: 20 } });
    expectWholeCopy(fake);
  });

  it('leave their turns to other copies while theirs is paused', async () => {
    const limiter = createLimiter({ maxConcurrency: 2 });
    const slow = setUpCopy(
      { hook: ({ operation }) => (operation === 'copyPart' ? waitMs(50) : undefined) },
      { concurrency: 10, limiter },
    );
    const paused = copyLargeObject(slow.options);
    paused.once('part', () => paused.pause());
    await endInFakeTime(paused, 1000);
    const other = setUpCopy({}, { limiter });
    expect(await endInFakeTime(copyLargeObject(other.options), 2000)).toMatchObject({ result: { parts: 20 } });
    paused.resume();
    expect(await endInFakeTime(paused, 10_000)).toMatchObject({ result: { parts: 20 } });
  });

  it('are not sent before the time that the store asked to wait (Retry-After)', async () => {
    const sentAt: number[] = [];
    let refusedAt = 0;
    const { fake, options } = setUpCopy(
      {
        hook: async ({ operation, count }) => {
          if (operation !== 'copyPart') return;
          sentAt.push(performance.now());
          await waitMs(30);
          if (count > 1) return;
          refusedAt = performance.now();
          throw new StoreError('slow down', { operation, kind: 'throttled', statusCode: 503, retryAfterMs: 2000 });
        },
      },
      { concurrency: 10, limiter: createLimiter({ maxRequestsPerSecond: 10 }) },
    );
    expect(await endInFakeTime(copyLargeObject(options), 10_000)).toMatchObject({ result: { parts: 20 } });
    expect(sentAt.filter((at) => at > refusedAt && at < refusedAt + 2000)).toEqual([]);
    expectWholeCopy(fake);
  });
});

describe('duplicates of stragglers', () => {
  it.each([
    ['the last twenty', (partNumber: number) => partNumber > 80],
    ['twenty in the middle', (partNumber: number) => partNumber > 40 && partNumber <= 60],
  ])('are never more than their share, though %s straggle at once', async (_, isSlow) => {
    const { fake, options } = setUpCopy(
      {
        hook: async ({ operation, request }) => {
          if (operation !== 'copyPart') return;
          const partNumber = request['partNumber'] as number;
          await waitMs(isSlow(partNumber) ? 1000 + 10 * partNumber : 10);
        },
      },
      { concurrency: 20, hedge: { maxRatio: 0.05 } },
      1000,
    );
    const { result } = await endInFakeTime(copyLargeObject(options), 30_000);
    expect(result?.hedges).toBeGreaterThan(0);
    expect(fake.count('copyPart')).toBe(100 + (result?.hedges ?? 0));
    expect(result?.hedges).toBeLessThanOrEqual(5);
    expectWholeCopy(fake, 1000);
  });

  it('that were not sent after all leave their share to others', async () => {
    const limiter = createLimiter({ maxConcurrency: 4 });
    const { fake, options } = setUpCopy(
      {
        hook: async ({ operation, request }) => {
          if (operation !== 'copyPart') return;
          // Four straggle together and hold all turns, so that no duplicate finds one before they end; later, one stays away.
          const partNumber = request['partNumber'] as number;
          const isFirst = fake.calls.filter((call) => call.request['partNumber'] === partNumber).length === 1;
          if (partNumber > 20 && partNumber <= 24) await waitMs(500);
          else await waitMs(partNumber === 60 && isFirst ? 3000 : 10);
        },
      },
      { concurrency: 8, limiter, hedge: { maxRatio: 0.01 } },
      1000,
    );
    const { result, elapsedMs } = await endInFakeTime(copyLargeObject(options), 30_000);
    expect(result?.hedges).toBe(1);
    expect(elapsedMs).toBeLessThan(2000);
    expectWholeCopy(fake, 1000);
  });
});

describe('a store that refuses all parts as too many requests', () => {
  it.each([1, 8, 64, 'auto'] as const)(
    'is given up in little more than retry.maxElapsedMs (concurrency %s)',
    async (concurrency) => {
      const { fake, options } = setUpCopy(
        {
          hook: async ({ operation }) => {
            await waitMs(5);
            if (operation === 'copyPart') throw failure(operation, 'throttled', 503, 'SlowDown');
          },
        },
        { retry: { maxElapsedMs: 10_000 }, concurrency },
        5000,
      );
      const { error, elapsedMs } = await endInFakeTime(copyLargeObject(options), 120_000);
      expect(error).toMatchObject({ name: 'PartFailedError' });
      // A hold or two, and a request that is under way, come on top.
      expect(elapsedMs).toBeLessThan(20_000);
      expect(fake.uploads.size).toBe(0);
    },
  );

  it.each([1, 4])('is given up as soon by a copy that shares a limiter of %s requests', async (maxConcurrency) => {
    const { options } = setUpCopy(
      {
        hook: async ({ operation }) => {
          await waitMs(1);
          if (operation === 'copyPart') throw failure(operation, 'throttled', 503, 'SlowDown');
        },
      },
      {
        retry: { minDelayMs: 1, maxDelayMs: 20, maxElapsedMs: 2000 },
        concurrency: 2,
        limiter: createLimiter({ maxConcurrency }),
      },
    );
    const { error, elapsedMs } = await endInFakeTime(copyLargeObject(options), 120_000);
    expect(error).toMatchObject({ name: 'PartFailedError' });
    expect(elapsedMs).toBeLessThan(10_000);
  });

  it('is given up also where attempts follow each other without a delay', async () => {
    const { options } = setUpCopy(
      {
        hook: async ({ operation }) => {
          await waitMs(1);
          if (operation === 'createMultipartUpload') throw failure(operation, 'throttled', 503, 'SlowDown');
        },
      },
      { retry: { minDelayMs: 0, maxElapsedMs: 5000 } },
    );
    const { error, elapsedMs } = await endInFakeTime(copyLargeObject(options), 60_000);
    expect(error).toMatchObject({ operation: 'createMultipartUpload' });
    expect(elapsedMs).toBeLessThan(12_000);
  });
});
