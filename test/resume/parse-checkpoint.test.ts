import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeLayout, restoreParts } from '../../src/resume/checkpoint-layout.ts';
import { type Checkpoint, parseCheckpoint, serializeCheckpoint } from '../../src/resume/parse-checkpoint.ts';
import { planParts } from '../../src/plan/plan-parts.ts';
import { S3_LIMITS } from '../../src/store/store-limits.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const MIB = 1024 * 1024;

const checkpoint: Checkpoint = {
  source: {
    bucket: 'media',
    key: 'raw/film é😀.mxf',
    versionId: 'v1',
    size: 12 * MIB,
    etag: 'abc-3',
    lastModified: '2026-11-23T10:00:00.000Z',
  },
  destination: { bucket: 'archive', key: '2026/film.mxf', fingerprint: 'f'.repeat(64) },
  uploadId: 'upload-1',
  layout: { partSize: 5 * MIB, count: 3 },
  createdAt: '2026-11-23T10:00:01.000Z',
};
const document = JSON.parse(serializeCheckpoint(checkpoint)) as Record<string, unknown>;

describe('parseCheckpoint', () => {
  test.each([
    ['all fields', checkpoint],
    ['only what is needed', { ...checkpoint, source: { bucket: 'b', key: 'k', size: 12 * MIB } }],
    ['parts of different sizes', { ...checkpoint, layout: { partSizes: [5 * MIB, 6 * MIB, MIB] } }],
    ['a lone surrogate in a key', { ...checkpoint, destination: { ...checkpoint.destination, key: 'x\uD800' } }],
  ])('reads what was written: %s', (_, written) => {
    expect(parseCheckpoint(serializeCheckpoint(written))).toEqual(written);
  });

  test('writes nothing but the fields of a checkpoint', () => {
    const sse = { type: 'SSE-C', key: 'c2VjcmV0' };
    const wide = {
      ...checkpoint,
      sse,
      source: { ...checkpoint.source, sse },
      destination: { ...checkpoint.destination, sse },
      layout: { ...checkpoint.layout, sse },
    };
    expect(serializeCheckpoint(wide)).toBe(serializeCheckpoint(checkpoint));
  });

  test.each([
    ['nothing', '', 'torn'],
    ['zeros after a crash', '\0'.repeat(100), 'torn'],
    ['half a file', serializeCheckpoint(checkpoint).slice(0, 200), 'torn'],
    ['a number', '1', 'foreign'],
    ['null', 'null', 'foreign'],
    ['a list', '[]', 'foreign'],
    ['another document', '{"format":"other"}', 'foreign'],
    ['a newer version', JSON.stringify({ ...document, version: 2 }), 'newer'],
    ['an unknown version', JSON.stringify({ ...document, version: '1' }), 'invalid'],
    ['no text', undefined, 'invalid'],
    ['an endless text', `"${'x'.repeat(2 * MIB)}"`, 'invalid'],
    ['endless nesting', '['.repeat(MIB), 'torn'],
  ])('says what is wrong with %s', (_, text, kind) => {
    expect(parseCheckpoint(text)).toMatchObject({ kind, reason: expect.stringMatching(/^it/) });
  });

  test.each([
    ['uploadId', ''],
    ['uploadId', 'x'.repeat(10_000)],
    ['createdAt', 'yesterday'],
    ['createdAt', '2026-13-45T99:99:99Z'],
    ['source', null],
    ['source', { ...checkpoint.source, size: -1 }],
    ['source', { ...checkpoint.source, size: 1.5 }],
    ['source', { ...checkpoint.source, etag: 7 }],
    ['destination', []],
    ['destination', { bucket: 'b', key: 'k' }],
    ['layout', {}],
    ['layout', { partSize: 5 * MIB, count: 2 }],
    ['layout', { partSize: 5 * MIB, count: 4 }],
    ['layout', { partSize: 1, count: 12 * MIB }],
    ['layout', { partSizes: 'abc' }],
    ['layout', { partSizes: [12 * MIB, 0] }],
    ['layout', { partSizes: [5 * MIB] }],
    ['layout', { partSizes: Array.from({ length: 10_001 }, () => 1) }],
  ])('refuses %s of %j', (field, value) => {
    expect(parseCheckpoint(JSON.stringify({ ...document, [field]: value }))).toMatchObject({ kind: 'invalid' });
  });

  test('is not fooled by inherited names', () => {
    const { uploadId: _, ...rest } = document;
    const text = JSON.stringify(rest).replace('{', '{"__proto__":{"uploadId":"stolen"},');
    expect(parseCheckpoint(text)).toMatchObject({ createdAt: document['createdAt'] });
    expect(parseCheckpoint(text)).not.toHaveProperty('uploadId');
    expect(({} as Record<string, unknown>)['uploadId']).toBeUndefined();
  });

  test('never throws, and returns only what would be written the same way', () => {
    const valid = serializeCheckpoint(checkpoint);
    const values = fc.oneof(
      fc.constantFrom(null, '', 0, -1, 1.5, 2 ** 53, NaN, [], {}, 'x', '2026-11-23T10:00:01.000Z', true),
      fc.string(),
      fc.double(),
    );
    const paths = [
      'uploadId',
      'createdAt',
      'version',
      'format',
      'layout',
      'source',
      'destination',
      '__proto__',
      'constructor',
    ];
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      // Cut, with something else in the middle.
      fc
        .tuple(fc.nat(valid.length), fc.nat(20), fc.string({ maxLength: 8 }))
        .map(([at, length, text]) => valid.slice(0, at) + text + valid.slice(at + length)),
      // One field exchanged.
      fc
        .tuple(fc.constantFrom(...paths), values)
        .map(([field, value]) => JSON.stringify({ ...document, [field]: value })),
      fc
        .tuple(fc.constantFrom('source', 'destination', 'layout'), fc.string(), values)
        .map(([part, field, value]) =>
          JSON.stringify({ ...document, [part]: { ...(document[part] as object), [field]: value } }),
        ),
      fc
        .tuple(fc.nat(), fc.nat(), fc.nat(20))
        .map(([size, partSize, count]) =>
          JSON.stringify({ ...document, source: { ...checkpoint.source, size }, layout: { partSize, count } }),
        ),
      // Right but strange: any texts, and parts of any sizes.
      fc
        .tuple(
          fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 5 }),
          fc.string({ unit: 'binary', minLength: 1 }),
        )
        .map(([partSizes, name]) => {
          const size = partSizes.reduce((sum, partSize) => sum + partSize);
          const source = { bucket: name, key: name, versionId: name, etag: name, size };
          const rest = {
            uploadId: name,
            encryption: name,
            checksumType: 'COMPOSITE',
            layout: { partSizes },
            openCreates: { count: size, lastAt: checkpoint.createdAt },
            discarded: [name],
            completing: { etag: name, etagBefore: partSizes.length === 1 ? null : name },
          };
          return JSON.stringify({ ...document, source, ...rest });
        }),
    );
    let read = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseCheckpoint(text);
        if ('reason' in parsed) return parsed.reason.length > 0;
        read += 1;
        return (
          restoreParts(parsed).at(-1)?.end === parsed.source.size - 1 &&
          isDeepStrictEqual(parseCheckpoint(serializeCheckpoint(parsed)), parsed)
        );
      }),
      { numRuns: fuzzRuns(100_000) },
    );
    expect(read).toBeGreaterThan(fuzzRuns(10_000));
  }, 60_000);
});

describe('describeLayout and restoreParts', () => {
  test('give the planned parts again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 * MIB }),
        fc.integer({ min: 5 * MIB, max: 100 * MIB }),
        (size, partSize) => {
          const parts = planParts(size, { partSize, limits: S3_LIMITS });
          const layout = describeLayout(parts);
          expect('count' in layout && layout.count).toBe(parts.length);
          expect(restoreParts({ ...checkpoint, source: { ...checkpoint.source, size }, layout })).toEqual(parts);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('keep parts of different sizes apart', () => {
    const sizes = [5 * MIB, 7 * MIB, 5 * MIB];
    const layout = { partSizes: sizes };
    const parts = restoreParts({ ...checkpoint, source: { ...checkpoint.source, size: 17 * MIB }, layout });
    expect(parts.map((part) => part.size)).toEqual(sizes);
    expect(describeLayout(parts)).toEqual(layout);
  });
});
