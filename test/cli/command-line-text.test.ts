import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/cli/duration.ts';
import { estimateDuration } from '../../src/plan/estimate-duration.ts';
import { formatObjectUrl, parseObjectAddress, parseObjectUrl } from '../../src/cli/object-url.ts';
import { parseByteSize } from '../../src/cli/parse-byte-size.ts';
import { layOutProgress } from '../../src/cli/progress-line.ts';
import type { CopyProgress } from '../../src/events.ts';
import { CopyOptionsError } from '../../src/errors.ts';
import { formatBytes } from '../../src/plan/byte-size.ts';

describe('parseByteSize', () => {
  test.each([
    ['5242880', 5_242_880],
    ['5MiB', 5_242_880],
    ['5 mib', 5_242_880],
    ['64M', 67_108_864],
    ['1.5g', 1_610_612_736],
    ['1T', 1_099_511_627_776],
    ['100k', 102_400],
    ['5MB', 5_000_000],
    ['1TB', 1e12],
    ['0', 0],
    ['', undefined],
    ['-5M', undefined],
    ['5 apples', undefined],
    ['1e3', undefined],
    ['0.3', undefined],
    ['99999T', undefined],
    ['constructor', undefined],
  ])('reads %j as %s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });
});

describe('durations', () => {
  test.each([
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1.5m', 90_000],
    ['150ms', 150],
    ['0s', 0],
    ['24', undefined],
    ['h', undefined],
    ['-1h', undefined],
  ])('reads %j as %s', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [9949, '9.9 s'],
    [9951, '10 s'],
    [59_600, '1m 00s'],
    [3_599_400, '59m 59s'],
    [7_620_000, '2h 07m'],
    [273_600_000, '3d 04h'],
  ])('writes %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [5 * 1024 ** 2, '5 MiB'],
    [1024 ** 3 - 1, '1 GiB'],
    [53_687_091_200_000, '48.8 TiB'],
    [1.25 * 1024 ** 3, '1.25 GiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('object addresses', () => {
  test.each([
    ['s3://b/k', { scheme: 's3', bucket: 'b', key: 'k' }],
    ['obs://b/k', { scheme: 'obs', bucket: 'b', key: 'k' }],
    ['S3://b/k', { scheme: 's3', bucket: 'b', key: 'k' }],
    ['s3://b/a b/%20+ü😀?versionId=1#x', { scheme: 's3', bucket: 'b', key: 'a b/%20+ü😀?versionId=1#x' }],
    ['s3://b//../k', { scheme: 's3', bucket: 'b', key: '/../k' }],
    ['s3://b/line\nbreak', { scheme: 's3', bucket: 'b', key: 'line\nbreak' }],
    ['s3://b/', { scheme: 's3', bucket: 'b', key: '' }],
    ['s3://b', { scheme: 's3', bucket: 'b', key: '' }],
  ])('reads %j', (text, url) => {
    expect(parseObjectUrl(text)).toEqual(url);
  });

  test('reads every key as it was written', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (key) => {
        const text = `s3://bucket/${key}`;
        expect(parseObjectUrl(text).key).toBe(key);
        expect(formatObjectUrl(parseObjectUrl(text))).toBe(text);
      }),
    );
  });

  test.each(['', 'b/k', 'http://b/k', 's3:/b/k', 's3://', 's3:///k', 'gs://b/k'])('refuses %j', (text) => {
    expect(() => parseObjectUrl(text)).toThrow(CopyOptionsError);
  });

  test.each([
    ['s3://d/x', 'x'],
    ['s3://d/', 'film.mxf'],
    ['s3://d', 'film.mxf'],
    ['s3://d/2026/', '2026/film.mxf'],
  ])('gives the destination %j the key %j', (text, key) => {
    expect(parseObjectAddress(text, parseObjectUrl('s3://b/raw/film.mxf')).key).toBe(key);
  });

  test('takes a source key that ends in a slash, but no bare bucket', () => {
    expect(parseObjectAddress('s3://b/folder/').key).toBe('folder/');
    expect(() => parseObjectAddress('s3://b/')).toThrow(/names a bucket/);
  });
});

describe('layOutProgress', () => {
  const progress: CopyProgress = {
    phase: 'copying',
    bytesCopied: 648 * 1024 ** 3,
    bytesTotal: 1024 ** 4,
    partsCopied: 5184,
    partsTotal: 8192,
    partsInFlight: 64,
    concurrency: 64,
    retries: 3,
    bytesPerSecond: 82.3 * 1024 ** 3,
    etaMs: 4600,
    elapsedMs: 7800,
  };
  const show = (change: Partial<CopyProgress>, width = 120): string => {
    const { done, open, text } = layOutProgress({ ...progress, ...change }, width);
    return `${done}${open} ${text}`;
  };

  test('shows everything where there is room', () => {
    expect(show({})).toBe(
      '━━━━━━━━━━━━━━━━━━━━──────────── ' +
        ' 63.2%   648 GiB of 1 TiB   82.3 GiB/s  ETA 4.6 s   64 in flight  3 retries',
    );
  });

  test('never says 100 % before it is', () => {
    expect(show({ bytesCopied: 1024 ** 4 - 1 })).toContain(' 99.9%');
    expect(show({ bytesCopied: 1024 ** 4 })).toContain('100.0%');
    expect(show({ bytesCopied: 0, bytesTotal: 0, phase: 'done' })).toContain('100.0%');
  });

  test.each([
    ['completing', 'completing …'],
    ['verifying', 'verifying …'],
    ['done', 'in 7.8 s'],
  ] as const)('says what goes on while %s', (phase, text) => {
    expect(show({ phase, retries: 1 })).toMatch(new RegExp(`${text}  1 retry$`));
  });

  test('shows no figures before there are any', () => {
    expect(show({ phase: 'planning', bytesCopied: 0, bytesTotal: 0 })).toBe(' planning …');
  });

  test('fits every terminal', () => {
    for (let width = 0; width < 150; width += 1) {
      const { done, open, text } = layOutProgress(progress, width);
      const bar = done.length + open.length;
      expect(bar + (bar > 0 ? 1 : 0) + text.length).toBeLessThanOrEqual(width);
    }
    expect(show({}, 60)).toBe('━━━━━━────  ' + '63.2%   648 GiB of 1 TiB   82.3 GiB/s  ETA 4.6 s');
  });
});

describe('estimateDuration', () => {
  const store = { concurrency: 2, latencyMs: 100, bytesPerSecondPerPart: 10 };

  test('counts waves, each as long as its largest part, and what comes before and after', () => {
    const parts = [10, 10, 5].map((size) => ({ size }));
    expect(estimateDuration({ parts, size: 25, requests: 7 }, store)).toBe(4 * 100 + 2 * 100 + 1000 + 500);
  });

  test('counts a single copy', () => {
    expect(estimateDuration({ parts: [], size: 20, requests: 2 }, store)).toBe(2 * 100 + 2000);
  });
});
