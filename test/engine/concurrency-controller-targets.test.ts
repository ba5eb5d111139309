import { describe, expect, it } from 'vitest';

import { ConcurrencyController } from '../../src/engine/pace/concurrency-controller.ts';
import { StragglerDetector } from '../../src/engine/pace/straggler-detector.ts';
import { type SimulatedCopy, type SimulatedResult, simulateCopy } from '../simulator/simulate-copy.ts';
import {
  bandwidthBound,
  changingTo,
  latencyBound,
  rateBound,
  slotBound,
  withFailures,
  withOutage,
} from '../simulator/store-models.ts';

const PARTS = 2000;
const MAX = 64;
const BYTES = 1000;
const SEEDS = [1, 2, 3, 4];
const SWEEP = [1, 2, 3, 4, 6, 8, 10, 12, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 56, 64];

type Store = SimulatedCopy['store'];

const spread = { medianMs: 50, sigma: 0.3 };
const throttled = {
  '300 a second': {
    store: rateBound({ perSecond: 300, burst: 30, service: { medianMs: 50 } }),
    idealMs: (1970 / 300) * 1000 + 50,
  },
  '300 a second, parts that vary': {
    store: rateBound({ perSecond: 300, burst: 30, service: spread }),
    idealMs: (1970 / 300) * 1000 + 50,
  },
  '24 places': { store: slotBound({ slots: 24, service: { medianMs: 50 }, whenBusy: 'reject' }), idealMs: 84 * 50 },
  '24 places, parts that vary': {
    store: slotBound({ slots: 24, service: spread, whenBusy: 'reject' }),
    // The mean of a lognormal duration is above its median.
    idealMs: (2000 / 24) * 50 * Math.exp(0.045),
  },
  '24 places, told late': {
    store: slotBound({ slots: 24, service: spread, whenBusy: 'reject', rejectionMs: 20 }),
    idealMs: (2000 / 24) * 50 * Math.exp(0.045),
  },
} satisfies Record<string, { store: Store; idealMs: number }>;

const unknown = {
  'latency-bound': latencyBound(spread),
  'all parts alike': latencyBound({ medianMs: 50 }),
  'places to queue for': slotBound({ slots: 24, service: spread, whenBusy: 'wait' }),
  'few places to queue for': slotBound({ slots: 4, service: spread, whenBusy: 'wait' }),
  'bandwidth-bound': bandwidthBound({ bytesPerMs: BYTES / 2, fixed: { medianMs: 20, sigma: 0.3 } }),
  'slower the more it does': bandwidthBound({
    bytesPerMs: BYTES / 2,
    fixed: { medianMs: 20, sigma: 0.3 },
    thrashingFrom: 24,
  }),
  'throttled by rate': rateBound({ perSecond: 300, burst: 30, service: spread }),
  'throttled by delays': rateBound({ perSecond: 300, burst: 30, service: spread, whenEmpty: 'delay' }),
  'throttled by places': slotBound({ slots: 24, service: spread, whenBusy: 'reject' }),
  'more places in mid-copy': slotBound({
    slots: [
      { fromMs: 0, value: 24 },
      { fromMs: 2000, value: 96 },
    ],
    service: spread,
    whenBusy: 'reject',
  }),
  'fewer places in mid-copy': slotBound({
    slots: [
      { fromMs: 0, value: 96 },
      { fromMs: 1000, value: 24 },
    ],
    service: spread,
    whenBusy: 'reject',
  }),
  'more bandwidth in mid-copy': bandwidthBound({
    bytesPerMs: [
      { fromMs: 0, value: BYTES / 4 },
      { fromMs: 4000, value: BYTES },
    ],
    fixed: { medianMs: 20, sigma: 0.3 },
  }),
  'another store in mid-copy': changingTo(
    bandwidthBound({ bytesPerMs: BYTES / 4, fixed: { medianMs: 20, sigma: 0.3 }, thrashingFrom: 8 }),
    3000,
    latencyBound({ medianMs: 100, sigma: 0.3 }),
  ),
  'nothing for a second': withOutage(latencyBound(spread), 500, 1500),
  'some failures': withFailures(latencyBound(spread), 0.014),
} satisfies Record<string, Store>;

function copyWithController(store: Store, seed: number, adaptive: boolean): SimulatedResult {
  const concurrency = new ConcurrencyController({ initial: adaptive ? 8 : MAX, min: 1, max: MAX, adaptive });
  return simulateCopy({ store, parts: PARTS, concurrency, seed, partBytes: BYTES });
}

function averageWallMs(copy: (seed: number) => SimulatedResult): number {
  let sum = 0;
  for (const seed of SEEDS) {
    const result = copy(seed);
    expect(result.isFinished).toBe(true);
    sum += result.wallMs;
  }
  return sum / SEEDS.length;
}

describe.each([
  ['fixed', false],
  ['auto', true],
] as const)('a throttled store, %s', (_name, adaptive) => {
  it.each(Object.entries(throttled))(
    '%s: within 1.10 × of what it grants, wasting under 0.03',
    (_store, { store, idealMs }) => {
      for (const seed of SEEDS) {
        const result = copyWithController(store, seed, adaptive);
        expect(result.isFinished).toBe(true);
        expect(result.wallMs / idealMs).toBeLessThan(1.1);
        expect(result.wasted).toBeLessThan(0.03);
        expect(result.mostAttempts).toBeLessThan(6);
      }
    },
  );

  it('that refuses everything for a second is asked at most six times for any part', () => {
    const store = withOutage(latencyBound(spread), 500, 1500);
    for (const seed of SEEDS) {
      const result = copyWithController(store, seed, adaptive);
      expect(result.mostAttempts).toBeLessThanOrEqual(6);
      expect(result.wasted).toBeLessThan(0.05);
    }
  });
});

describe('an unknown store, auto', () => {
  it.each(Object.entries(unknown))('%s: within 1.15 × of the best fixed number', (_name, store) => {
    const fixed = SWEEP.map((concurrency) =>
      averageWallMs((seed) => simulateCopy({ store, parts: PARTS, concurrency, seed, partBytes: BYTES })),
    );
    const wallMs = averageWallMs((seed) => copyWithController(store, seed, true));
    expect(wallMs / Math.min(...fixed)).toBeLessThan(1.15);
  });

  it('holds still where nothing is gained: a store with 24 places has at most 45 parts to do on average', () => {
    for (const store of [unknown['places to queue for'], unknown['slower the more it does']]) {
      expect(copyWithController(store, 1, true).averageInFlight).toBeLessThan(45);
    }
  });

  it('reaches hundreds of parts at once where that pays', () => {
    const store = latencyBound(spread);
    const concurrency = new ConcurrencyController({ initial: 8, min: 1, max: 256, adaptive: true });
    const result = simulateCopy({ store, parts: 10_000, concurrency, partBytes: BYTES });
    const best = simulateCopy({ store, parts: 10_000, concurrency: 256, partBytes: BYTES });
    expect(result.wallMs / best.wallMs).toBeLessThan(1.15);
  });
});

describe('stragglers', () => {
  const hedge = { factor: 3, minDelayMs: 50, maxRatio: 0.05, partsTotal: PARTS };
  const heavyTail = { medianMs: 100, sigma: 0.3, tail: { share: 0.01, factor: 20 } };

  function copyHedged(store: Store, seed: number): SimulatedResult {
    const stragglers = new StragglerDetector(hedge);
    return simulateCopy({ store, parts: PARTS, concurrency: MAX, stragglers, seed, partBytes: BYTES });
  }

  /** Knows the median beforehand. */
  const oracle: SimulatedCopy['stragglers'] = {
    observe() {},
    thresholdMs: () => 3 * heavyTail.medianMs,
    hedgesAllowed: () => true,
  };

  it.each([7, 1, 2, 3, 4, 5])(
    'cost at most a tenth more time than with perfect knowledge, and 2 %% of the requests (seed %i)',
    (seed) => {
      const store = latencyBound(heavyTail);
      const hedged = copyHedged(store, seed);
      const ideal = simulateCopy({ store, parts: PARTS, concurrency: MAX, stragglers: oracle, seed, partBytes: BYTES });
      expect(hedged.wallMs / ideal.wallMs).toBeLessThan(1.1);
      expect(hedged.hedges / PARTS).toBeLessThan(0.02);
      expect(hedged.hedges).toBeGreaterThan(5);
      const plain = simulateCopy({ store, parts: PARTS, concurrency: MAX, seed, partBytes: BYTES });
      expect(hedged.wallMs).toBeLessThan(0.8 * plain.wallMs);
    },
  );

  it.each<[string, Store, number]>([
    ['all parts alike', latencyBound({ medianMs: 100 }), 0],
    ['parts that vary', latencyBound({ medianMs: 100, sigma: 0.3 }), 2],
    ['parts that vary widely', latencyBound({ medianMs: 100, sigma: 1 }), 0.04 * PARTS],
    ['a bandwidth shared by all', unknown['bandwidth-bound'], 4],
    [
      'a bandwidth that breaks down',
      bandwidthBound({
        bytesPerMs: [
          { fromMs: 0, value: BYTES },
          { fromMs: 1000, value: BYTES / 10 },
        ],
        fixed: { medianMs: 20, sigma: 0.3 },
      }),
      10,
    ],
    [
      'places that become few',
      slotBound({
        slots: [
          { fromMs: 0, value: 64 },
          { fromMs: 1000, value: 4 },
        ],
        service: spread,
        whenBusy: 'wait',
      }),
      10,
    ],
  ])('%s: hardly any duplicates', (_name, store, most) => {
    for (const seed of SEEDS) {
      const result = copyHedged(store, seed);
      expect(result.isFinished).toBe(true);
      expect(result.hedges).toBeLessThanOrEqual(most);
    }
  });
});
