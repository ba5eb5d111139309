import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LatencyModel, type LatencyOption } from '../../src/testing/latency.ts';
import { createRandom } from '../../src/testing/random.ts';
import type { RequestInfo } from '../../src/testing/request-info.ts';
import { Throttle, type ThrottleOptions } from '../../src/testing/throttle.ts';
import { Timers } from '../../src/testing/timers.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { copyRequests, outcomeOf, sendRaw } from './raw-request.ts';

const request: RequestInfo = {
  operation: 'copyPart',
  bucket: 'b',
  key: 'k',
  uploadId: 'u',
  partNumber: 3,
  attempt: 1,
  bytes: 1000,
  headers: {},
};

describe('latency', () => {
  const draw = (option: LatencyOption, count = 1): number[] => {
    const model = new LatencyModel(option, createRandom(7));
    return Array.from({ length: count }, () => model.draw(request));
  };

  test('is what it is', () => {
    expect(draw(5)).toEqual([5]);
    expect(draw({ copyPart: 6, default: 7 })).toEqual([6]);
    expect(draw({ headObject: 6, default: 7 })).toEqual([7]);
    expect(draw({ headObject: 6 })).toEqual([0]);
    expect(draw(({ bytes, partNumber = 0 }) => bytes / 100 + partNumber)).toEqual([13]);
    expect(draw({ medianMs: 100 })).toEqual([100]);
  });

  test('between two bounds fills the room between them', () => {
    const drawn = draw({ minMs: 10, maxMs: 20 }, 1000);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10);
    expect(Math.min(...drawn)).toBeLessThan(10.1);
    expect(Math.max(...drawn)).toBeGreaterThan(19.9);
    expect(Math.max(...drawn)).toBeLessThan(20);
  });

  test('that is log-normal has its median, its spread and its tail', () => {
    const drawn = draw({ medianMs: 100, sigma: 0.1, tailRatio: 0.01, tailFactor: 20 }, 10_000).toSorted(
      (a, b) => a - b,
    );
    expect(drawn[5000]).toBeCloseTo(100, -1);
    const slow = drawn.filter((ms) => ms > 1000);
    expect(slow.length).toBeGreaterThan(60);
    expect(slow.length).toBeLessThan(140);
    expect(drawn[1587]).toBeCloseTo(100 * Math.exp(-0.1), -1);
  });

  test('is the same for the same seed', () => {
    expect(draw({ minMs: 0, maxMs: 1 }, 10)).toEqual(draw({ minMs: 0, maxMs: 1 }, 10));
  });
});

describe('throttle', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => vi.useRealTimers());
  const start = (options: ThrottleOptions): Throttle => new Throttle(options, new Timers());

  /** How many of so many requests get in. */
  const admitted = (throttle: Throttle, count: number): number => {
    let got = 0;
    for (let index = 0; index < count; index += 1) {
      try {
        throttle.admit('copyPart');
        got += 1;
      } catch {
        // Refused.
      }
    }
    return got;
  };

  test('lets in a burst, and then the rate', () => {
    const throttle = start({ maxRequestsPerSecond: 100, burst: 10 });
    expect(admitted(throttle, 50)).toBe(10);
    vi.advanceTimersByTime(50);
    expect(admitted(throttle, 50)).toBe(5);
    vi.advanceTimersByTime(10_000);
    expect(admitted(throttle, 50)).toBe(10);
  });

  test('lets in as many as there are slots, until one is given back', () => {
    const throttle = start({ slots: 2 });
    const release = throttle.admit('copyPart');
    expect(admitted(throttle, 5)).toBe(1);
    release();
    expect(admitted(throttle, 5)).toBe(1);
  });

  test('leaves other operations alone unless told', () => {
    const throttle = start({ slots: 0 });
    expect(() => throttle.admit('headObject')).not.toThrow();
    expect(() => throttle.admit('copyPart')).toThrow('reduce your request rate');
    expect(() => start({ slots: 0, operations: ['headObject'] }).admit('headObject')).toThrow(
      'reduce your request rate',
    );
  });

  test('shares bandwidth evenly among those that are there', async () => {
    const throttle = start({ bytesPerSecond: 1000 });
    const ended: [string, number][] = [];
    const transfer = async (name: string, bytes: number): Promise<void> => {
      await throttle.transfer('copyPart', bytes);
      ended.push([name, Math.round(performance.now() / 100) * 100 - begun]);
    };
    const begun = Math.round(performance.now() / 100) * 100;
    const first = transfer('large', 1000);
    const second = transfer('small', 250);
    await vi.advanceTimersByTimeAsync(500);
    // Both had 250 bytes by now; 750 are left for one alone.
    const third = transfer('late', 250);
    await vi.advanceTimersByTimeAsync(2000);
    await Promise.all([first, second, third]);
    expect(ended).toEqual([
      ['small', 500],
      ['late', 1000],
      ['large', 1500],
    ]);
  });
});

describe('a store under throttle', () => {
  test('refuses with the status and the wait it was told, and counts it', async () => {
    for (const [options, outcome] of [
      [{ slots: 0 }, '503 SlowDown'],
      [{ slots: 0, status: 429, retryAfterSeconds: 2 }, '429 TooManyRequests'],
    ] as const) {
      const store = await startTestStore({
        credentials: false,
        objects: [{ bucket: 'b', key: 'k', size: 1 }],
        throttle: options,
      });
      const { create, copyPart } = copyRequests(store, 'b', 'copy');
      const answer = await copyPart(await create(), 1, 'b/k');
      expect(outcomeOf(answer)).toBe(outcome);
      expect(answer.headers['retry-after']).toBe(outcome.startsWith('429') ? '2' : undefined);
      expect(store.stats()).toMatchObject({ throttled: 1, copiedParts: 0 });
      store.setThrottle(undefined);
      expect(outcomeOf(await copyPart(await create(), 1, 'b/k'))).toBe('200');
      await store.close();
    }
  });

  test('counts requests, statuses, connections and what is in work', async () => {
    const store = await startTestStore({
      credentials: false,
      objects: [{ bucket: 'b', key: 'k', size: 1000 }],
      // long enough that all four arrive before the first is answered, on a busy machine, too
      latency: { copyPart: 500 },
    });
    const { create, copyPart } = copyRequests(store, 'b', 'copy');
    const uploadId = await create();
    await Promise.all([1, 2, 3, 3].map((number) => copyPart(uploadId, number, 'b/k')));
    await sendRaw(store, 'GET', '/b/nothing');
    expect(store.stats()).toMatchObject({
      requests: 6,
      operations: { createMultipartUpload: 1, copyPart: 4, getObject: 1 },
      statuses: { 200: 5, 404: 1 },
      copiedParts: 4,
      duplicateParts: 1,
      bytesCopied: 4000,
      maxInFlight: 4,
      maxPartsInFlight: 4,
    });
    // Four at once need as many; whether a fifth is made depends on when the first is free again.
    expect([4, 5]).toContain(store.stats().connections);
    await store.close();
  });

  test('is told the size of a part before its time begins', async () => {
    const seen: number[] = [];
    const store = await startTestStore({
      credentials: false,
      objects: [{ bucket: 'b', key: 'k', size: 1000 }],
      latency: {
        copyPart: ({ bytes }) => {
          seen.push(bytes);
          return 0;
        },
      },
    });
    const { create, copyPart } = copyRequests(store, 'b', 'copy');
    await copyPart(await create(), 1, 'b/k', 'bytes=10-19');
    expect(seen).toEqual([10]);
    await store.close();
  });
});
