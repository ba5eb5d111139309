import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CopyOptionsError } from '../../src/errors.ts';
import { planPartLayout } from '../../src/plan/part-layout.ts';
import { planParts } from '../../src/plan/plan-parts.ts';
import { OBS_LIMITS, S3_LIMITS } from '../../src/store/store-limits.ts';

const MIB = 1024 * 1024;

describe('planPartLayout', () => {
  test('plans the given sizes in order', () => {
    expect(planPartLayout([5 * MIB, 7 * MIB, 1], { size: 12 * MIB + 1, limits: S3_LIMITS })).toEqual([
      { partNumber: 1, start: 0, end: 5 * MIB - 1, size: 5 * MIB },
      { partNumber: 2, start: 5 * MIB, end: 12 * MIB - 1, size: 7 * MIB },
      { partNumber: 3, start: 12 * MIB, end: 12 * MIB, size: 1 },
    ]);
  });

  test('agrees with planParts on every layout that it plans', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 * MIB }), (size) => {
        const parts = planParts(size, { limits: OBS_LIMITS });
        expect(
          planPartLayout(
            parts.map((part) => part.size),
            { size, limits: OBS_LIMITS },
          ),
        ).toEqual(parts);
      }),
    );
  });

  test.each([
    ['too few bytes', [5 * MIB], 5 * MIB + 1, /make 5242880 bytes: the object has 5242881/],
    ['too many bytes', [5 * MIB, 2], 5 * MIB + 1, /make 5242882 bytes: the object has 5242881/],
    ['a part below the minimum', [4 * MIB, 5 * MIB], 9 * MIB, /part 1 of 2 has 4194304 bytes/],
    ['a part above the maximum', [6000 * MIB], 6000 * MIB, /5 MiB to 5 GiB/],
    ['an empty part', [5 * MIB, 0], 5 * MIB, /'size of part 2' must be a whole number from 1/],
    ['a fraction', [5 * MIB + 0.5], 5 * MIB, /'size of part 1' must be a whole number from 1/],
    ['too many parts', Array.from({ length: 10_001 }, () => 5 * MIB), 10_001 * 5 * MIB, /at most 10000/],
    ['an impossible object', [5 * MIB], -1, /'size' must be a whole number/],
  ])('refuses %s', (_, partSizes, size, message) => {
    const plan = (): unknown => planPartLayout(partSizes, { size, limits: S3_LIMITS });
    expect(plan).toThrow(CopyOptionsError);
    expect(plan).toThrow(message);
  });
});
