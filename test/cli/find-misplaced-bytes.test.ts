import { describe, expect, test } from 'vitest';
import { findMisplacedBytes } from '../../src/cli/find-misplaced-bytes.ts';

const source = { bucket: 'b', key: 'k' };
const range = { start: 0, end: 4, offset: 0, versionId: 'null', etag: 'e', ...source };
const second = { ...range, start: 5, end: 9, offset: 5 };

describe('findMisplacedBytes', () => {
  test.each([
    ['all in place', [range, second], /^undefined$/],
    ['a gap', [range, { ...second, start: 6, offset: 6 }], /bytes 6-9 should begin at 5/],
    ['an overlap', [range, { ...second, start: 4, offset: 4 }], /should begin at 5/],
    ['another offset', [range, { ...second, offset: 0 }], /came from offset 0/],
    ['another key', [range, { ...second, key: 'x' }], /came from b\/x/],
    ['another bucket', [{ ...range, bucket: 'x' }, second], /came from x\/k/],
    ['too few bytes', [range], /5 bytes instead of 10/],
    ['too many bytes', [range, { ...second, end: 10 }], /11 bytes instead of 10/],
    ['nothing', [], /0 bytes instead of 10/],
  ])('sees %s', (_, ranges, flaw) => {
    expect(String(findMisplacedBytes(ranges, source, 10))).toMatch(flaw);
  });
});
