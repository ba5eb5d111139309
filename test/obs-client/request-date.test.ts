import { describe, expect, it } from 'vitest';
import { parseRequestDate } from '../../src/obs-client/request-date.ts';

describe('parseRequestDate()', () => {
  it.each([
    ['2024-02-29T12:34:56Z', '2024-02-29T12:34:56.000Z'],
    ['2024-02-29T12:34:56.789Z', '2024-02-29T12:34:56.000Z'],
    ['2024-02-29T12:34:56', '2024-02-29T12:34:56.000Z'],
    ['2024-02-29 12:34:56Z', '2024-02-29T12:34:56.000Z'],
    ['2024-02-29T12:34Z', '2024-02-29T12:34:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['20240229T123456Z', '2024-02-29T12:34:56.000Z'],
    ['20240229', '2024-02-29T00:00:00.000Z'],
    ['2024-03-01T01:04:56+12:30', '2024-02-29T12:34:56.000Z'],
    ['2024-02-29T07:34:56-0500', '2024-02-29T12:34:56.000Z'],
    ['2024-02-29T14:34:56+02', '2024-02-29T12:34:56.000Z'],
    ['Thu, 29 Feb 2024 12:34:56 GMT', '2024-02-29T12:34:56.000Z'],
    ['29 Feb 2024 12:34:56 UT', '2024-02-29T12:34:56.000Z'],
    ['29 Feb 24 12:34 GMT', '2024-02-29T12:34:00.000Z'],
    ['06 Nov 94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Thu, 29 Feb 2024 07:34:56 EST', '2024-02-29T12:34:56.000Z'],
    ['Thu, 29 Feb 2024 20:34:56 +0800', '2024-02-29T12:34:56.000Z'],
    [' Thu, 29 Feb 2024 12:34:56 GMT ', '2024-02-29T12:34:56.000Z'],
  ])('reads %s', (text, expected) => {
    expect(parseRequestDate(text)?.toISOString()).toBe(expected);
  });

  it('reads a Date, and keeps a copy of it', () => {
    const date = new Date('2024-02-29T12:34:56.789Z');
    const parsed = parseRequestDate(date);
    date.setTime(0);
    expect(parsed?.toISOString()).toBe('2024-02-29T12:34:56.789Z');
  });

  it('gives nothing for nothing', () => {
    expect(parseRequestDate(undefined)).toBeUndefined();
    expect(parseRequestDate(null)).toBeUndefined();
  });

  it.each([
    '',
    'now',
    '1709210096',
    '2024-02-30T12:34:56Z',
    '2023-02-29',
    '2024-13-01',
    '2024-02-29T24:00:00Z',
    '2024-02-29T12:60:00Z',
    '2024-02-29T12:34:56+99:00',
    '29 Foo 2024 12:34:56 GMT',
    '31 Feb 2024 12:34:56 GMT',
    '02/29/2024',
    'Thu Feb 29 2024 12:34:56 GMT+0000 (UTC)',
    1_709_210_096_000,
    {},
    new Date(Number.NaN),
  ])('refuses %j', (value) => {
    expect(() => parseRequestDate(value)).toThrow(/'RequestDate' must be a Date, or text in ISO 8601 form/);
  });
});
