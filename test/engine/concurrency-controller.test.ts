import { describe, expect, it } from 'vitest';

import { ConcurrencyController } from '../../src/engine/pace/concurrency-controller.ts';
import { createRandom } from '../simulator/random.ts';

const DURATION_MS = 50;

function createFixed(max: number): ConcurrencyController {
  return new ConcurrencyController({ initial: max, min: 1, max, adaptive: false });
}

function createAdaptive(options: { initial?: number; min?: number; max?: number } = {}): ConcurrencyController {
  return new ConcurrencyController({ initial: 8, min: 1, max: 256, adaptive: true, ...options });
}

/** Rounds in which all parts start together and take the same time; returns when the last one ended. */
function copyRounds(
  controller: ConcurrencyController,
  rounds: number,
  from = 0,
  getDurationMs = (): number => DURATION_MS,
): number {
  let now = from;
  for (let round = 0; round < rounds; round++) {
    const startedAt = now;
    now += getDurationMs();
    for (let left = controller.limit - 1; left >= 0; left--) {
      controller.onSuccess({ now, startedAt, bytes: 1000, inFlight: left });
    }
  }
  return now;
}

describe('a fixed number', () => {
  it('stays where it is while nothing is wrong', () => {
    const controller = createFixed(64);
    copyRounds(controller, 20);
    expect(controller.limit).toBe(64);
    expect(controller.holdUntil).toBe(0);
  });

  it('is cut by a throttle, once for all requests that were started before', () => {
    const controller = createFixed(64);
    const cuts = [];
    for (let inFlight = 63; inFlight >= 24; inFlight--)
      cuts.push(controller.onThrottle({ now: 2, startedAt: 0, inFlight }));
    expect(cuts.filter(Boolean)).toHaveLength(1);
    expect(cuts[0]).toBe(true);
    expect(controller.limit).toBeLessThanOrEqual(24);
    expect(controller.limit).toBeGreaterThanOrEqual(12);
  });

  it('cuts again for a request that was started after the last cut', () => {
    const controller = createFixed(64);
    controller.onThrottle({ now: 2, startedAt: 0, inFlight: 63 });
    const before = controller.limit;
    expect(controller.onThrottle({ now: 60, startedAt: 30, inFlight: 40 })).toBe(true);
    expect(controller.limit).toBeLessThan(before);
  });

  it('comes back to where it was', () => {
    const controller = createFixed(64);
    for (let inFlight = 63; inFlight >= 24; inFlight--) controller.onThrottle({ now: 2, startedAt: 0, inFlight });
    copyRounds(controller, 30, 10);
    expect(controller.limit).toBe(64);
  });
});

describe('pauses', () => {
  it('holds for as long as the store asks', () => {
    const controller = createFixed(8);
    controller.onThrottle({ now: 100, startedAt: 0, inFlight: 7, retryAfterMs: 3000 });
    expect(controller.holdUntil).toBe(3100);
    // A shorter wish doesn't shorten it.
    controller.onThrottle({ now: 110, startedAt: 0, inFlight: 6, retryAfterMs: 10 });
    expect(controller.holdUntil).toBe(3100);
  });

  it('pauses briefly after a cut, longer and longer while nothing gets through, two seconds at most', () => {
    const controller = createFixed(16);
    const pauses: number[] = [];
    let now = 10;
    for (let i = 0; i < 20; i++) {
      controller.onThrottle({ now, startedAt: now - 1, inFlight: 0 });
      pauses.push(controller.holdUntil - now);
      now = controller.holdUntil + 2;
    }
    expect(pauses[0]).toBeLessThanOrEqual(20);
    for (let i = 1; i < pauses.length; i++) expect(pauses[i]! + 1e-6).toBeGreaterThanOrEqual(pauses[i - 1]!);
    expect(pauses.at(-1)).toBeCloseTo(2000);
    expect(controller.limit).toBeGreaterThanOrEqual(1);
  });

  it('runs less than one part at a time by waiting between parts', () => {
    const controller = createFixed(1);
    let now = copyRounds(controller, 3);
    controller.onThrottle({ now: now + 1, startedAt: now, inFlight: 0 });
    now += DURATION_MS;
    controller.onSuccess({ now, startedAt: now - DURATION_MS, bytes: 1000, inFlight: 0 });
    expect(controller.limit).toBe(1);
    expect(controller.holdUntil).toBeGreaterThan(now);
    expect(controller.holdUntil).toBeLessThan(now + DURATION_MS);
  });
});

describe('auto', () => {
  it('starts where it is told and doubles each round while parts take no longer', () => {
    const controller = createAdaptive();
    expect(controller.limit).toBe(8);
    const limits = [1, 2, 3, 4, 5].map((round) => {
      copyRounds(controller, 1, round * 1000);
      return controller.limit;
    });
    expect(limits).toEqual([16, 32, 64, 128, 256]);
  });

  it('never exceeds its bounds', () => {
    const controller = createAdaptive({ min: 4, max: 20 });
    copyRounds(controller, 10);
    expect(controller.limit).toBe(20);
    for (let i = 1; i <= 40; i++) controller.onThrottle({ now: 1000 * i + 1, startedAt: 1000 * i, inFlight: 0 });
    expect(controller.limit).toBe(4);
  });

  it('does not grow while it is not used', () => {
    const controller = createAdaptive({ initial: 16 });
    let now = 0;
    for (let i = 0; i < 400; i++) {
      now += DURATION_MS;
      // A shared limit lets only two parts run.
      controller.onSuccess({ now, startedAt: now - DURATION_MS, bytes: 1000, inFlight: 1 });
    }
    expect(controller.limit).toBeLessThanOrEqual(32);
  });

  it('gives way when the store says that it delayed a request', () => {
    const controller = createAdaptive();
    const now = copyRounds(controller, 3);
    const before = controller.limit;
    controller.onSuccess({ now: now + 100, startedAt: now, bytes: 1000, inFlight: before - 1, qosDelayMs: 40 });
    expect(controller.limit).toBe(Math.ceil(before * 0.6));
    // Of the same event.
    controller.onSuccess({ now: now + 101, startedAt: now, bytes: 1000, inFlight: before - 2, qosDelayMs: 40 });
    expect(controller.limit).toBe(Math.ceil(before * 0.6));
  });
});

describe('a spell of delays', () => {
  /** Parts that take `durationMs` each; the first `delayed` of them were held back for half of that. */
  function copyThroughSpell(durationMs: number, delayed: number, parts: number) {
    const controller = createAdaptive();
    const running: { readonly startedAt: number; readonly endsAt: number; readonly isDelayed: boolean }[] = [];
    let now = 0;
    let started = 0;
    let longestHoldMs = 0;
    for (let copied = 0; copied < parts; copied++) {
      while (started < parts && running.length < controller.limit) {
        if (running.length === 0) now = Math.max(now, controller.holdUntil);
        if (now < controller.holdUntil) break;
        running.push({ startedAt: now, endsAt: now + durationMs, isDelayed: started++ < delayed });
      }
      const ended = running.shift();
      if (ended === undefined) break;
      now = Math.max(now, ended.endsAt);
      const qosDelayMs = ended.isDelayed ? durationMs / 2 : undefined;
      controller.onSuccess({ now, startedAt: ended.startedAt, bytes: 1000, inFlight: running.length, qosDelayMs });
      longestHoldMs = Math.max(longestHoldMs, controller.holdUntil - now);
    }
    return { controller, elapsedMs: now, longestHoldMs };
  }

  it.each([1000, 10_000, 60_000])('of parts of %i ms is soon made up for', (durationMs) => {
    const spell = copyThroughSpell(durationMs, 40, 40);
    const whole = copyThroughSpell(durationMs, 40, 240);
    expect(whole.controller.limit).toBeGreaterThanOrEqual(8);
    // Eight at a time, as before the spell, they would take 25 × as long as one part.
    expect(whole.elapsedMs - spell.elapsedMs).toBeLessThan(2 * 25 * durationMs);
    expect(whole.longestHoldMs).toBeLessThanOrEqual(durationMs);
  });

  it('and of refusals, with long parts, has no wait that is longer than a part', () => {
    const controller = createFixed(1);
    const durationMs = 60_000;
    let now = copyRounds(controller, 3, 0, () => durationMs);
    for (let i = 0; i < 20; i++) {
      controller.onThrottle({ now: now + 1, startedAt: now, inFlight: 0 });
      now += durationMs;
      controller.onSuccess({ now, startedAt: now - durationMs + 2, bytes: 1000, inFlight: 0 });
      expect(controller.holdUntil - now).toBeLessThanOrEqual(durationMs);
    }
  });
});

describe('failures that are no throttling', () => {
  it('cut nothing while they are few', () => {
    const controller = createFixed(64);
    const now = copyRounds(controller, 2);
    for (let i = 0; i < 4; i++) controller.onFailure({ now: now + 5, startedAt: now, inFlight: 63 - i });
    expect(controller.limit).toBe(64);
  });

  it('cut when they pile up, once at a time and never to a standstill', () => {
    const controller = createFixed(64);
    for (let i = 0; i < 64; i++) controller.onFailure({ now: 5, startedAt: 0, inFlight: 63 - i });
    expect(controller.limit).toBe(45);
    for (let round = 1; round < 50; round++) {
      for (let i = 0; i < 64; i++) controller.onFailure({ now: 100 * round + 5, startedAt: 100 * round, inFlight: 3 });
    }
    expect(controller.limit).toBe(4);
  });
});

describe('fix', () => {
  it('makes it a fixed number', () => {
    const controller = createAdaptive();
    copyRounds(controller, 3);
    controller.fix(20);
    expect(controller.limit).toBe(20);
    // Parts begin to wait for each other: anything adaptive would try whether fewer do as well.
    copyRounds(controller, 3, 1000);
    copyRounds(controller, 60, 2000, () => DURATION_MS * 1.4 * (controller.limit / 20));
    expect(controller.limit).toBe(20);
    controller.onThrottle({ now: 90_001, startedAt: 90_000, inFlight: 19 });
    expect(controller.limit).toBeLessThan(20);
  });

  it('forgets that the store complained', () => {
    const controller = createFixed(64);
    controller.onThrottle({ now: 2, startedAt: 0, inFlight: 10 });
    controller.fix(64);
    expect(controller.limit).toBe(64);
  });
});

describe('whatever happens', () => {
  it.each([1, 2, 3, 4, 5, 6])('the limit stays a whole number within its bounds, and pauses end (seed %i)', (seed) => {
    const random = createRandom(seed);
    const min = 1 + Math.floor(random() * 4);
    const max = min + Math.floor(random() * 100);
    const controller = new ConcurrencyController({ initial: max, min, max, adaptive: seed % 2 === 0 });
    let now = 0;
    for (let i = 0; i < 20_000; i++) {
      now += random() < 0.3 ? 0 : random() * 20;
      const startedAt = Math.max(0, now - random() * 200);
      const inFlight = Math.floor(random() * (controller.limit + 1));
      const kind = random();
      if (kind < 0.8) {
        const qosDelayMs = random() < 0.05 ? random() * 300 : undefined;
        controller.onSuccess({ now, startedAt, bytes: Math.floor(random() * 3), inFlight, qosDelayMs });
      } else if (kind < 0.9) {
        controller.onThrottle({ now, startedAt, inFlight });
      } else {
        controller.onFailure({ now, startedAt, inFlight });
      }
      if (!Number.isInteger(controller.limit) || controller.limit < min || controller.limit > max) {
        expect.fail(`limit ${controller.limit} after ${i} outcomes, within ${min}…${max}`);
      }
      if (!(controller.holdUntil <= now + 10_000)) expect.fail(`held until ${controller.holdUntil} at ${now}`);
    }
  });
});
