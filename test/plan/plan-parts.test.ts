import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CopyOptionsError } from '../../src/errors.ts';
import type { PartRange } from '../../src/plan/part-range.ts';
import { planParts } from '../../src/plan/plan-parts.ts';
import { OBS_LIMITS, S3_LIMITS, type StoreLimits } from '../../src/store/store-limits.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
const LARGEST = 10_000 * 5 * GIB;

/** What is wrong with a plan, or undefined. Sums in bigint, so that the check can't round where the plan does. */
function findFlaw(parts: readonly PartRange[], size: number, limits: StoreLimits): string | undefined {
  if (parts.length > limits.maxParts) return `${parts.length} parts`;
  let next = 0n;
  for (const [index, part] of parts.entries()) {
    const where = `part ${index + 1} of ${parts.length}: ${JSON.stringify(part)}`;
    if (part.partNumber !== index + 1 || BigInt(part.start) !== next || part.size < 1)
      return `${where} should start at ${next}`;
    next += BigInt(part.size);
    if (BigInt(part.end) !== next - 1n) return `${where} should end at ${next - 1n}`;
    if (part.size > limits.maxPartSize) return `${where} is too large`;
    if (part.size < limits.minPartSize && part.partNumber < parts.length) return `${where} is too small`;
  }
  return next === BigInt(size) ? undefined : `${next} bytes instead of ${size}`;
}

const sizes = fc.oneof(
  fc.integer({ min: 0, max: 64 * MIB }),
  fc.integer({ min: 0, max: LARGEST }),
  fc.integer({ min: 2 ** 32 - 5, max: 2 ** 32 + 5 }),
  fc.integer({ min: LARGEST - 5, max: LARGEST }),
);
const anyLimits = fc.constantFrom(S3_LIMITS, OBS_LIMITS);

describe('planParts', () => {
  test.each([
    ['nothing', 0, []],
    ['one byte', 1, [1]],
    ['exactly one part', 5 * MIB, [5 * MIB]],
    ['one byte more', 5 * MIB + 1, [5 * MIB, 1]],
    ['three parts', 12 * MIB, [5 * MIB, 5 * MIB, 2 * MIB]],
  ])('tiles %s with an explicit part size', (_, size, expected) => {
    expect(planParts(size, { partSize: 5 * MIB, limits: S3_LIMITS }).map((part) => part.size)).toEqual(expected);
  });

  test.each([
    // size, concurrency, parts, part size
    [17 * MIB, 64, 1, 17 * MIB],
    [129 * MIB, 64, 8, 17 * MIB],
    [GIB, 8, 8, 128 * MIB],
    [GIB, 32, 32, 32 * MIB],
    [GIB, 64, 64, 16 * MIB],
    [10 * GIB, 1, 80, 128 * MIB],
    [10 * GIB, 8, 80, 128 * MIB],
    [10 * GIB, 64, 64, 160 * MIB],
    [TIB, 64, 8192, 128 * MIB],
    [5 * TIB, 64, 9984, (5 * TIB) / 9984],
    [LARGEST, 64, 10_000, 5 * GIB],
  ])('chooses for %d bytes at concurrency %d: %d parts of about %d bytes', (size, concurrency, count, about) => {
    const parts = planParts(size, { concurrency, limits: S3_LIMITS });
    expect(parts.length).toBe(count);
    expect(parts[0]?.size).toBeGreaterThanOrEqual(Math.floor(about));
    expect(parts[0]?.size).toBeLessThanOrEqual(about + MIB);
  });

  test.each([
    // size, asked, got, parts
    [100 * GIB, 5 * MIB, 13 * MIB, 7877],
    [10_000 * 5 * MIB, 5 * MIB, 5 * MIB, 10_000],
    [10_000 * 5 * MIB + 1, 5 * MIB, 7 * MIB, 7143],
    [LARGEST, 5 * MIB, 5 * GIB, 10_000],
    [LARGEST - 1, 5 * MIB, 5 * GIB, 10_000],
    [(6 * GIB * 10_000) / 2, 5 * MIB, 3 * GIB, 10_000],
  ])('grows the part size where %d bytes in parts of %d would be too many', (size, partSize, grown, count) => {
    const parts = planParts(size, { partSize, limits: S3_LIMITS });
    expect(parts[0]?.size).toBe(grown);
    expect(parts.length).toBe(count);
    expect(findFlaw(parts, size, S3_LIMITS)).toBeUndefined();
  });

  test('tiles exactly, within the limits, for any size and concurrency', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 10_000 }), anyLimits, (size, concurrency, limits) => {
        const parts = planParts(size, { concurrency, limits });
        expect(findFlaw(parts, size, limits)).toBeUndefined();
      }),
      { numRuns: fuzzRuns(300) },
    );
  }, 30_000);

  test('tiles exactly, within the limits, for any allowed part size', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 5 * MIB, max: 5 * GIB }), anyLimits, (size, partSize, limits) => {
        const parts = planParts(size, { partSize, limits });
        expect(findFlaw(parts, size, limits)).toBeUndefined();
        const first = parts[0]?.size ?? partSize;
        expect(first).toBe(Math.ceil(size / partSize) > limits.maxParts ? first : Math.min(size || partSize, partSize));
      }),
      { numRuns: fuzzRuns(300) },
    );
  }, 30_000);

  test('leaves no sliver of a last part where it chooses the size', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 256 }), anyLimits, (size, concurrency, limits) => {
        const parts = planParts(size, { concurrency, limits });
        fc.pre(parts.length > 1);
        expect((parts.at(-1)?.size ?? 0) * 2).toBeGreaterThanOrEqual(parts[0]?.size ?? 0);
      }),
      { numRuns: fuzzRuns(300) },
    );
  }, 30_000);

  test('fills the last wave wherever a full wave of 16 MiB parts fits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 0, max: 4 * TIB }), (concurrency, more) => {
        const size = Math.min(concurrency * 16 * MIB + more, LARGEST);
        expect(planParts(size, { concurrency, limits: S3_LIMITS }).length % concurrency).toBe(0);
      }),
      { numRuns: fuzzRuns(300) },
    );
  }, 30_000);

  test('keeps any limits that a store may have', () => {
    const limits = fc
      .tuple(fc.nat(1000), fc.nat(1_000_000), fc.integer({ min: 1, max: 20 }))
      .map(([minPartSize, more, maxParts]) => ({
        minPartSize,
        maxPartSize: minPartSize + more + 1,
        maxParts,
        maxCopyObjectSize: 1,
      }));
    fc.assert(
      fc.property(
        limits,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (given, share, concurrency) => {
          const size = Math.floor(given.maxParts * given.maxPartSize * share);
          for (const partSize of ['auto', Math.max(1, given.minPartSize), given.maxPartSize] as const) {
            const parts = planParts(size, { partSize, concurrency, limits: given });
            expect(findFlaw(parts, size, given)).toBeUndefined();
          }
        },
      ),
      { numRuns: fuzzRuns(2000) },
    );
  });

  test.each([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 2 ** 53 - 12_345, 2 ** 32 + 1])(
    'is exact at %d',
    (size) => {
      const limits = { ...S3_LIMITS, maxPartSize: Infinity };
      for (const partSize of ['auto', 5 * MIB, size] as const) {
        const parts = planParts(size, { partSize, limits });
        expect(findFlaw(parts, size, limits)).toBeUndefined();
      }
    },
  );

  test('never plans more than 10,000 parts, whatever the limits say', () => {
    expect(
      planParts(100 * GIB, { partSize: 5 * MIB, limits: { ...S3_LIMITS, maxParts: 1e6 } }).length,
    ).toBeLessThanOrEqual(10_000);
  });

  test('gives frozen parts', () => {
    const parts = planParts(12 * MIB, { partSize: 5 * MIB, limits: S3_LIMITS });
    expect(Object.isFrozen(parts)).toBe(true);
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
    expect(parts[1]).toEqual({ partNumber: 2, start: 5 * MIB, end: 10 * MIB - 1, size: 5 * MIB });
  });

  test.each([
    ['negative size', -1, {}, /'size' must be a whole number from 0 .*-1/],
    ['fractional size', 1.5, {}, /current value is 1\.5/],
    ['NaN', NaN, {}, /current value is NaN/],
    ['infinite size', Infinity, {}, /current value is Infinity/],
    ['inexact size', 2 ** 53, {}, /2\^53 - 1/],
    ['text as size', '10', {}, /current value is "10"/],
    ['bigint as size', 10n, {}, /current value is 10n/],
    ['too large an object', LARGEST + 1, {}, /10000 parts of at most 5 GiB make 48\.8 TiB/],
    ['too large an object with a part size', LARGEST + 1, { partSize: GIB }, /48\.8 TiB/],
    [
      'too small a part size',
      10 * MIB,
      { partSize: 5 * MIB - 1 },
      /parts of 5242880 bytes \(5 MiB\) to 5368709120 bytes/,
    ],
    ['too large a part size', 10 * GIB, { partSize: 5 * GIB + 1 }, /5368709121 bytes/],
    ['too small a part size for no bytes', 0, { partSize: 1 }, /partSize of 1 bytes/],
    ['zero part size', 10 * MIB, { partSize: 0 }, /'partSize' of planParts must be a whole number from 1/],
    ['null part size', 10 * MIB, { partSize: null }, /current value is null/],
    ['text as part size', 10 * MIB, { partSize: '5MiB' }, /"5MiB"/],
    ['zero concurrency', 10 * MIB, { concurrency: 0 }, /'concurrency'/],
    ['zero concurrency beside a part size', 10 * MIB, { partSize: 5 * MIB, concurrency: 0 }, /'concurrency'/],
    ['infinite concurrency', 10 * MIB, { concurrency: Infinity }, /'concurrency'/],
    ['misspelt option', 10 * MIB, { partsize: 1 }, /Unknown option 'partsize' of planParts: did you mean 'partSize'\?/],
    ['no limits', 10 * MIB, { limits: undefined }, /'limits' must be/],
    [
      'contradictory limits',
      10 * MIB,
      { limits: { ...S3_LIMITS, minPartSize: 6 * GIB } },
      /larger than limits\.maxPartSize/,
    ],
  ])('refuses %s', (_, size, options, message) => {
    const plan = (): unknown => planParts(size as number, { limits: S3_LIMITS, ...options } as never);
    expect(plan).toThrow(CopyOptionsError);
    expect(plan).toThrow(message);
  });
});
