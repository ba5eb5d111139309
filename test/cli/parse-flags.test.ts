import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import {
  readAssignment,
  readByteSize,
  readConcurrency,
  readCount,
  readDuration,
  readListed,
  readMetadata,
  readPartSize,
  readPort,
  readPreserve,
  readRate,
} from '../../src/cli/parse-flags.ts';

describe('flags', () => {
  test.each([
    ['part size', readPartSize, '64MiB', 67_108_864],
    ['part size', readPartSize, 'auto', 'auto'],
    ['part size', readPartSize, 'source', 'source'],
    ['concurrency', readConcurrency, 'auto', 'auto'],
    ['concurrency', readConcurrency, '32', 32],
    ['rate', readRate, '0.5', 0.5],
    ['port', readPort, '0', 0],
    ['duration', readDuration, '24h', 86_400_000],
    ['assignment', readAssignment, 'a=b=c', { a: 'b=c' }],
    ['empty assignment', readAssignment, 'a=', { a: '' }],
    ['metadata', readMetadata, 'Name=ü', { name: '\u00c3\u00bc' }],
    ['preserve', readPreserve, 'tags, no-metadata,storage-class', { tags: true, metadata: false, storageClass: true }],
  ] as const)('reads %s', (_, read, text, value) => {
    expect((read as (text: string) => unknown)(text)).toEqual(value);
  });

  test('collects what is repeated', () => {
    expect(readAssignment('c=d', { a: 'b' })).toEqual({ a: 'b', c: 'd' });
    expect(readMetadata('c=d', { a: 'b' })).toEqual({ a: 'b', c: 'd' });
    expect(readListed('b', ['a'])).toEqual(['a', 'b']);
  });

  test.each([
    ['part size', readPartSize, 'automatic'],
    ['byte size', readByteSize, ''],
    ['concurrency', readConcurrency, '0'],
    ['count', readCount, '1.5'],
    ['count', readCount, '-1'],
    ['rate', readRate, '0'],
    ['rate', readRate, ''],
    ['rate', readRate, 'Infinity'],
    ['port', readPort, '65536'],
    ['duration', readDuration, '24'],
    ['assignment', readAssignment, 'nothing'],
    ['assignment', readAssignment, '=b'],
    ['preserve', readPreserve, 'everything'],
    ['preserve', readPreserve, ''],
    ['preserve', readPreserve, 'constructor'],
  ] as const)('refuses a bad %s', (_, read, text) => {
    expect(() => (read as (text: string) => unknown)(text)).toThrow(InvalidArgumentError);
  });
});
