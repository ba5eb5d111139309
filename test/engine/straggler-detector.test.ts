import { describe, expect, it } from 'vitest';

import { RecentDurations } from '../../src/engine/pace/recent-durations.ts';
import { StragglerDetector, type StragglerOptions } from '../../src/engine/pace/straggler-detector.ts';

const MIB = 1024 * 1024;
const PART = 100 * MIB;

function createDetector(options: Partial<StragglerOptions> = {}): StragglerDetector {
  return new StragglerDetector({ factor: 3, minDelayMs: 50, maxRatio: 0.05, partsTotal: 2000, ...options });
}

function observeMany(detector: StragglerDetector, count: number, elapsedMs: number, bytes = PART): void {
  for (let i = 0; i < count; i++) detector.observe({ elapsedMs, bytes });
}

describe('RecentDurations', () => {
  it('gives the same quantiles as sorting the last 128', () => {
    const durations = new RecentDurations();
    const all: number[] = [];
    let state = 1;
    for (let i = 0; i < 1000; i++) {
      state = (state * 48_271) % 2_147_483_647;
      const durationMs = state % 50; // few values, so that equal ones meet
      durations.add(durationMs);
      all.push(durationMs);
      const recent = all.slice(-128).sort((a, b) => a - b);
      for (const share of [0, 0.5, 0.95, 0.99, 1]) {
        expect(durations.quantileMs(share)).toBe(
          recent[Math.min(recent.length - 1, Math.floor(recent.length * share))],
        );
      }
    }
    expect(durations.longestMs).toBe(49);
  });
});

describe('thresholdMs', () => {
  it('is not known before enough peers are there', () => {
    const detector = createDetector();
    observeMany(detector, 7, 100);
    expect(detector.thresholdMs(PART)).toBeUndefined();
    expect(detector.lostThresholdMs(PART)).toBeUndefined();
    observeMany(detector, 1, 100);
    expect(detector.thresholdMs(PART)).toBe(300);
  });

  it('is known after half of the parts where there are few', () => {
    const detector = createDetector({ partsTotal: 6 });
    observeMany(detector, 2, 100);
    expect(detector.thresholdMs(PART)).toBeUndefined();
    observeMany(detector, 1, 100);
    expect(detector.thresholdMs(PART)).toBe(300);
  });

  it('is never below the shortest delay', () => {
    const detector = createDetector({ minDelayMs: 50 });
    observeMany(detector, 100, 5);
    expect(detector.thresholdMs(PART)).toBe(50);
  });

  it('does not follow the stragglers themselves', () => {
    const detector = createDetector();
    for (let i = 0; i < 500; i++) detector.observe({ elapsedMs: i % 50 === 0 ? 2000 : 100, bytes: PART });
    expect(detector.thresholdMs(PART)).toBe(300);
  });

  it('follows the recent median when all parts slow down', () => {
    const detector = createDetector();
    observeMany(detector, 1000, 100);
    observeMany(detector, 128, 500);
    expect(detector.thresholdMs(PART)).toBe(1500);
  });

  it('takes a wide spread for normal', () => {
    const detector = createDetector();
    // Exponential durations: an eighth of them exceeds three times the median.
    for (let i = 0; i < 512; i++)
      detector.observe({ elapsedMs: -100 * Math.log((((i * 37) % 128) + 0.5) / 128), bytes: PART });
    const threshold = detector.thresholdMs(PART)!;
    expect(Math.exp(-threshold / 100)).toBeLessThan(0.03);
  });

  it('compares parts with parts of about their size', () => {
    const detector = createDetector();
    observeMany(detector, 20, 50, 8 * MIB);
    observeMany(detector, 20, 4000, 4096 * MIB);
    expect(detector.thresholdMs(8 * MIB)).toBe(150);
    expect(detector.thresholdMs(4096 * MIB)).toBe(12_000);
    // In between nothing was seen: a larger one is known not to take less.
    expect(detector.thresholdMs(512 * MIB)).toBe(12_000);
    // A larger one than any that was seen may take as much more time as it has more bytes.
    expect(detector.thresholdMs(65_536 * MIB)).toBe(192_000);
  });

  it('takes a smaller last part for a peer of the others', () => {
    const detector = createDetector();
    observeMany(detector, 20, 100);
    expect(detector.thresholdMs(3)).toBe(300);
  });
});

describe('hedgesAllowed', () => {
  it('stays within the share of the parts', () => {
    const detector = createDetector({ partsTotal: 100, maxRatio: 0.05 });
    let hedges = 0;
    for (let i = 0; i < 1000; i++) {
      detector.observe({ elapsedMs: 100, bytes: PART });
      if (detector.hedgesAllowed(hedges)) hedges++;
    }
    expect(hedges).toBe(5);
  });

  it('allows one even in a small copy, and none where the share is 0', () => {
    expect(createDetector({ partsTotal: 3 }).hedgesAllowed(0)).toBe(true);
    expect(createDetector({ partsTotal: 3 }).hedgesAllowed(1)).toBe(false);
    expect(createDetector({ maxRatio: 0 }).hedgesAllowed(0)).toBe(false);
  });

  it('never allows a flood, however many parts went well before', () => {
    const detector = createDetector({ partsTotal: 10_000 });
    observeMany(detector, 5000, 100);
    let hedges = 0;
    while (detector.hedgesAllowed(hedges)) hedges++;
    expect(hedges).toBe(8);
    observeMany(detector, 20, 100);
    expect(detector.hedgesAllowed(hedges)).toBe(true);
    expect(detector.hedgesAllowed(hedges + 1)).toBe(false);
  });
});

describe('lostThresholdMs', () => {
  it('is generous: ten times the slowest hundredth, twice the longest, five seconds at least', () => {
    const quick = createDetector();
    observeMany(quick, 100, 5);
    expect(quick.lostThresholdMs(PART)).toBe(5000);
    const slow = createDetector();
    observeMany(slow, 100, 3000);
    expect(slow.lostThresholdMs(PART)).toBe(30_000);
    const once = createDetector();
    once.observe({ elapsedMs: 20_000, bytes: PART });
    observeMany(once, 1000, 100);
    expect(once.lostThresholdMs(PART)).toBe(40_000);
  });

  it('doubles with every attempt', () => {
    const detector = createDetector();
    observeMany(detector, 100, 5);
    expect(detector.lostThresholdMs(PART, 3)).toBe(20_000);
  });
});
