import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CopyProgressTracker } from '../../src/progress.ts';
import { type CopyProgress, copyLargeObject } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endOf, setUpCopy } from './set-up-copy.ts';

const MIB = 1024 * 1024;

function expectMonotonic(seen: readonly CopyProgress[]): void {
  for (const [index, progress] of seen.entries()) {
    const before = seen[index - 1];
    expect(progress.bytesCopied).toBeLessThanOrEqual(progress.bytesTotal);
    expect(progress.partsCopied).toBeLessThanOrEqual(progress.partsTotal);
    if (before === undefined) continue;
    expect(progress.bytesCopied).toBeGreaterThanOrEqual(before.bytesCopied);
    expect(progress.partsCopied).toBeGreaterThanOrEqual(before.partsCopied);
    expect(progress.retries).toBeGreaterThanOrEqual(before.retries);
    expect(progress.elapsedMs).toBeGreaterThanOrEqual(before.elapsedMs);
    expect(progress.bytesTotal).toBe(before.bytesTotal);
  }
}

describe('progress', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function track(parts: number, partSize: number, stepMs: number): CopyProgress[] {
    const seen: CopyProgress[] = [];
    const tracker = new CopyProgressTracker(8, (progress) => seen.push(progress));
    tracker.planned(parts * partSize, parts);
    tracker.phase('copying');
    for (let part = 0; part < parts; part++) {
      vi.advanceTimersByTime(stepMs);
      tracker.part(partSize);
    }
    tracker.phase('completing');
    tracker.phase('verifying');
    tracker.finished();
    return seen;
  }

  it('comes at most about ten times a second, however many parts there are', () => {
    for (const [parts, stepMs] of [
      [10_000, 1],
      [10_000, 0],
      [500, 90],
      [500, 110],
    ] as const) {
      const seen = track(parts, MIB, stepMs);
      const seconds = (parts * stepMs) / 1000;
      expect(seen.length).toBeLessThanOrEqual(seconds * 10 + 6);
      expectMonotonic(seen);
      expect(seen[0]).toMatchObject({ bytesCopied: 0, partsCopied: 0 });
      expect(seen.at(-1)).toMatchObject({ phase: 'done', bytesCopied: parts * MIB, partsCopied: parts, etaMs: 0 });
    }
  });

  it('says that all parts are there before the object is completed', () => {
    const seen = track(1000, MIB, 1);
    expect(seen).toContainEqual(expect.objectContaining({ phase: 'completing', bytesCopied: 1000 * MIB }));
  });

  for (const [name, parts, stepMs] of [
    ['a millisecond', 60_000, 1],
    ['a second', 60, 1000],
    ['ten seconds', 60, 10_000],
    ['five minutes', 60, 300_000],
  ] as const) {
    it(`knows the speed and the time left within a third when a part ends every ${name}`, () => {
      const partSize = 64 * MIB;
      const seen = track(parts, partSize, stepMs).filter(({ phase }) => phase === 'copying');
      const truth = (partSize / stepMs) * 1000;
      for (const progress of seen.slice(Math.ceil(seen.length / 4))) {
        expect(progress.bytesPerSecond / truth).toBeGreaterThan(2 / 3);
        expect(progress.bytesPerSecond / truth).toBeLessThan(4 / 3);
        const left = (progress.bytesTotal - progress.bytesCopied) / (truth / 1000);
        expect(progress.etaMs ?? 0).toBeGreaterThanOrEqual(left * 0.66);
        expect(progress.etaMs ?? 0).toBeLessThanOrEqual(left * 1.5 + 1);
      }
    });
  }

  it('goes on from what an earlier run copied without taking it for speed', () => {
    const seen: CopyProgress[] = [];
    const tracker = new CopyProgressTracker(8, (progress) => seen.push(progress));
    tracker.planned(100 * MIB, 100);
    tracker.alreadyCopied(90, 90 * MIB);
    tracker.phase('copying');
    vi.advanceTimersByTime(1000);
    tracker.part(MIB);
    expectMonotonic(seen);
    expect(seen.at(-1)?.bytesPerSecond).toBeLessThanOrEqual(1.3 * MIB);
    expect(seen.at(-1)?.bytesCopied).toBe(91 * MIB);
  });
});

describe('progress of a copy', () => {
  it.each([
    ['a single copy', 1000],
    ['a copy in parts', 5],
  ])('ends with the speed of %s', async (_what, multipartThreshold) => {
    const { options } = setUpCopy({}, { multipartThreshold });
    const copy = copyLargeObject(options);
    let last: CopyProgress | undefined;
    copy.on('progress', (progress) => (last = progress));
    await copy;
    expect(last?.bytesPerSecond).toBeGreaterThan(0);
  });

  it('is what a log shows of a task, and all that it shows', async () => {
    const { options } = setUpCopy();
    const copy = copyLargeObject(options);
    expect(JSON.parse(JSON.stringify({ copy }))).toMatchObject({ copy: { phase: 'planning', bytesCopied: 0 } });
    await copy;
    const logged = JSON.parse(JSON.stringify(copy)) as object;
    expect(logged).toMatchObject({ phase: 'done', bytesCopied: 200, partsCopied: 20 });
    expect(Object.keys(logged)).toEqual(Object.keys(copy.progress));
    expect(inspect({ copy }, { depth: 9 })).toMatch(/^\{\s+copy: CopyTask \{\s+progress: \{[^{}]+\}\s+\}\s+\}$/);
  });

  it('is exact and monotonic, also through retries and for every kind of copy', async () => {
    for (const [size, threshold] of [
      [200, 5],
      [200, 1000],
      [0, 5],
    ] as const) {
      const { options } = setUpCopy(
        {
          hook: ({ operation, count }) => {
            if (operation === 'copyPart' && count % 3 === 0) throw failure('copyPart', 'transient', 500);
          },
        },
        { multipartThreshold: threshold },
        size,
      );
      const copy = copyLargeObject(options);
      const seen: CopyProgress[] = [];
      const order: string[] = [];
      copy.on('progress', (progress) => seen.push(progress));
      for (const event of ['plan', 'upload', 'part', 'progress', 'complete', 'failed'] as const) {
        copy.on(event, () => order.push(event));
      }
      const partTimes: number[] = [];
      copy.on('part', ({ elapsedMs }) => partTimes.push(elapsedMs));
      const result = await copy;
      expect(partTimes.every((elapsedMs) => Number.isInteger(elapsedMs))).toBe(true);
      expectMonotonic(seen);
      expect(seen[0]?.bytesCopied).toBe(0);
      expect(seen.at(-1)).toMatchObject({
        phase: 'done',
        bytesCopied: size,
        bytesTotal: size,
        retries: result.retries,
        partsInFlight: 0,
      });
      expect(order[0]).toBe('plan');
      expect(order.slice(-2)).toEqual(['progress', 'complete']);
      expect(order).not.toContain('failed');
      expect(copy.progress).toMatchObject({ phase: 'done', bytesCopied: size, partsInFlight: 0 });
    }
  });

  it('never says 100 % of a copy that fails', async () => {
    const { options } = setUpCopy({
      hook: ({ operation, request }) => {
        if (operation === 'copyPart' && request['partNumber'] === 20) throw failure('copyPart', 'permanent', 403);
      },
    });
    const copy = copyLargeObject(options);
    const seen: CopyProgress[] = [];
    const ends: string[] = [];
    copy.on('progress', (progress) => seen.push(progress));
    copy.on('complete', () => ends.push('complete'));
    copy.on('failed', () => ends.push('failed'));
    const { error } = await endOf(copy);
    expect(error).toBeDefined();
    expect(ends).toEqual(['failed']);
    expectMonotonic(seen);
    expect(seen.every((progress) => progress.bytesCopied < 200 && progress.phase !== 'done')).toBe(true);
  });

  it('tells of each part once, with its own range', async () => {
    const { options } = setUpCopy({}, { hedge: { factor: 1, minDelayMs: 0, maxRatio: 1 } });
    const copy = copyLargeObject(options);
    const ranges: string[] = [];
    copy.on('part', ({ partNumber, start, end, size }) => ranges.push(`${partNumber}:${start}-${end}/${size}`));
    await copy;
    const expected = Array.from({ length: 20 }, (_, index) => `${index + 1}:${index * 10}-${index * 10 + 9}/10`);
    expect(ranges.toSorted()).toEqual(expected.toSorted());
  });

  it('takes a concurrency that is set while the upload is begun', async () => {
    const { fake, options } = setUpCopy({}, { concurrency: 8 }, 400);
    const copy = copyLargeObject(options);
    copy.once('upload', () => {
      void Promise.resolve().then(() => {
        copy.concurrency = 2;
      });
    });
    await copy;
    expect(fake.stats.maxInFlight).toBe(2);
  });
});
