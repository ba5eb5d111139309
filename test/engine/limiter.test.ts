import { getEventListeners } from 'node:events';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CopyOptionsError } from '../../src/errors.ts';
import { createLimiter, type Limiter, type LimiterOptions } from '../../src/request/limiter.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Takes a turn and tells when (fake milliseconds) it was granted. */
async function takeTurn(limiter: Limiter, signal?: AbortSignal): Promise<{ at: number; release: () => void }> {
  const release = await limiter.acquire(signal);
  return { at: performance.now(), release };
}

describe('createLimiter', () => {
  it.each<[unknown, RegExp]>([
    [
      { maxConcurrency: 0 },
      /^Option 'maxConcurrency' of createLimiter must be a whole number from 1 to 2\^53 - 1: current value is 0$/,
    ],
    [{ maxConcurrency: 1.5 }, /current value is 1\.5$/],
    [{ maxConcurrency: '8' }, /current value is "8"$/],
    [{ maxConcurrency: Number.NaN }, /current value is NaN$/],
    [
      { maxRequestsPerSecond: 0 },
      /^Option 'maxRequestsPerSecond' of createLimiter must be a number above 0: current value is 0$/,
    ],
    [{ maxRequestsPerSecond: -1 }, /current value is -1$/],
    [{ maxRequestsPerSecond: Number.NaN }, /current value is NaN$/],
    [
      { maxRequestPerSecond: 5 },
      /^Unknown option 'maxRequestPerSecond' of createLimiter: did you mean 'maxRequestsPerSecond'\? Known are/,
    ],
    [undefined, /^The options of createLimiter must be an object/],
    [null, /^The options of createLimiter must be an object/],
    [64, /^The options of createLimiter must be an object: current value is 64$/],
  ])('refuses %j', (options, message) => {
    const make = (): Limiter => createLimiter(options as LimiterOptions);
    expect(make).toThrow(CopyOptionsError);
    expect(make).toThrow(message);
  });

  it('tells its bounds, and Infinity where there is none', () => {
    expect(createLimiter({ maxConcurrency: 4 })).toMatchObject({ maxConcurrency: 4, maxRequestsPerSecond: Infinity });
    expect(createLimiter({ maxRequestsPerSecond: 0.5 })).toMatchObject({
      maxConcurrency: Infinity,
      maxRequestsPerSecond: 0.5,
    });
    expect(createLimiter({ maxConcurrency: undefined })).toMatchObject({ maxConcurrency: Infinity });
  });
});

describe('maxConcurrency', () => {
  it('answers at once, without a promise, while a turn is free', () => {
    const limiter = createLimiter({ maxConcurrency: 2 });
    expect(limiter.acquire()).toBeTypeOf('function');
    expect(limiter.acquire()).toBeTypeOf('function');
    expect(limiter.acquire()).toBeInstanceOf(Promise);
  });

  it('gives turns in the order in which they were asked for, and none twice', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const first = await takeTurn(limiter);
    const order: string[] = [];
    const waiting = ['a', 'b', 'c'].map(async (name) => {
      const { release } = await takeTurn(limiter);
      order.push(name);
      release();
    });
    first.release();
    // Asked for while others wait: it must not overtake them though its turn may be free at this moment.
    waiting.push(
      (async () => {
        const { release } = await takeTurn(limiter);
        order.push('late');
        release();
      })(),
    );
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'c', 'late']);
  });

  it('releases a turn once, however often it is called', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const { release } = await takeTurn(limiter);
    release();
    release();
    expect(limiter.acquire()).toBeTypeOf('function');
    expect(limiter.acquire()).toBeInstanceOf(Promise);
  });
});

describe('maxRequestsPerSecond', () => {
  it('grants never more than that in any second, and loses less than 3 % of it', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 100 });
    const turns = Array.from({ length: 500 }, async () => (await takeTurn(limiter)).at);
    await vi.runAllTimersAsync();
    const times = await Promise.all(turns);
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
    expect(busiest).toBeLessThanOrEqual(100);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(5000 * 1.03);
  });

  it('holds for twenty copies together, each with many parts at once', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 200, maxConcurrency: 30 });
    const times: number[] = [];
    let inFlight = 0;
    let most = 0;
    const copyPart = async (): Promise<void> => {
      const { at, release } = await takeTurn(limiter);
      times.push(at);
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 80));
      inFlight -= 1;
      release();
    };
    const copies = Array.from({ length: 20 }, () => Promise.all(Array.from({ length: 40 }, copyPart)));
    await vi.runAllTimersAsync();
    await Promise.all(copies);
    expect(times).toHaveLength(800);
    expect(most).toBeLessThanOrEqual(30);
    expect(most).toBeGreaterThan(10);
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
    expect(busiest).toBeLessThanOrEqual(200);
    expect(times.at(-1)! - times[0]!).toBeLessThan(4200);
  });

  it('lets nobody overtake one who waits, though a token is there before the timer fires', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 300 });
    while (typeof limiter.acquire() === 'function');
    const waiting = Promise.resolve(limiter.acquire());
    await vi.advanceTimersByTimeAsync(3);
    // 300 a second, less what may be taken at once: a token every 3.4 ms, but timers count whole milliseconds.
    await vi.advanceTimersByTimeAsync(0.7);
    expect(limiter.acquire()).toBeInstanceOf(Promise);
    await vi.runAllTimersAsync();
    await expect(waiting).resolves.toBeTypeOf('function');
  });

  it('waits for fractions of a request per second', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 0.5 });
    const start = (await takeTurn(limiter)).at;
    const second = takeTurn(limiter);
    await vi.runAllTimersAsync();
    expect((await second).at - start).toBe(2000);
  });

  it('a rate slower than any timer does not spin', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 1e-7 });
    await takeTurn(limiter);
    void limiter.acquire();
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('a long rest does not save up more than a fiftieth of a second', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 100 });
    await vi.advanceTimersByTimeAsync(60_000);
    const atOnce = Array.from({ length: 10 }, () => limiter.acquire()).filter((turn) => !(turn instanceof Promise));
    expect(atOnce).toHaveLength(3);
  });

  it('leaves no timer behind when nobody waits', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 10 });
    const turns = [takeTurn(limiter), takeTurn(limiter), takeTurn(limiter)];
    expect(vi.getTimerCount()).toBe(1);
    await vi.runAllTimersAsync();
    await Promise.all(turns);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the signal', () => {
  it('rejects with its reason where it had fired already, though a turn is free', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const reason = new Error('enough');
    await expect(limiter.acquire(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(limiter.acquire()).toBeTypeOf('function');
  });

  it('takes a waiter out of the queue and leaves its turn to the next', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const { release } = await takeTurn(limiter);
    const controller = new AbortController();
    const cancelled = Promise.resolve(limiter.acquire(controller.signal));
    const next = takeTurn(limiter);
    controller.abort(new Error('cancelled'));
    await expect(cancelled).rejects.toThrow('cancelled');
    release();
    await expect(next).resolves.toBeDefined();
  });

  it('stops the timer that only the cancelled one needed', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 1 });
    await takeTurn(limiter);
    const controller = new AbortController();
    const cancelled = Promise.resolve(limiter.acquire(controller.signal));
    expect(vi.getTimerCount()).toBe(1);
    controller.abort(new Error('cancelled'));
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has no listener left when all that waited under it have had their turn', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const { signal } = new AbortController();
    const first = await takeTurn(limiter, signal);
    const turns = Array.from({ length: 20 }, async () => (await takeTurn(limiter, signal)).release());
    first.release();
    await Promise.all(turns);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('cancels all that wait under it, and nobody else', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const { release } = await takeTurn(limiter);
    const controller = new AbortController();
    const cancelled = Array.from({ length: 3 }, () => Promise.resolve(limiter.acquire(controller.signal)));
    const other = takeTurn(limiter);
    controller.abort(new Error('cancelled'));
    expect((await Promise.allSettled(cancelled)).map((turn) => turn.status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ]);
    release();
    await expect(other).resolves.toBeDefined();
  });
});
