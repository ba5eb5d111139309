import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Content, Origin } from '../../src/testing/content.ts';
import { digestContent, multipartEtag } from '../../src/testing/content-digest.ts';
import { provenanceOf } from '../../src/testing/provenance.ts';

const TERABYTE = 1e12;

/** Cuts `[0, size)` into pieces at random places. */
const cuts = (size: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: size - 1 }), { maxLength: 20 })
    .map((inner) => [0, ...inner.toSorted((left, right) => left - right), size]);

function bytesOf(content: Content): Buffer {
  return Buffer.concat([...content.pieces(1000)]);
}

function own(content: Content, key: string): Content {
  let offset = 0;
  for (const { origin, length } of content.extents) {
    origin.owner ??= { bucket: 'b', key, versionId: 'null', etag: key };
    origin.offsetInOwner = offset;
    offset += length;
  }
  return content;
}

describe('Content', () => {
  test('put together from its slices is itself, in one extent', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 48_800 }).chain((thousands) => cuts(thousands * 1e9)),
        (positions) => {
          const whole = Content.of(Origin.fromSeed('s', positions.at(-1) ?? 0, 0));
          const slices = positions.slice(1).map((end, index) => {
            const start = positions[index] ?? 0;
            return whole.slice(start, end - start);
          });
          const again = Content.concat(slices);
          expect(again.extents).toEqual(whole.extents);
          expect(digestContent(again, 'MD5')).toEqual(digestContent(whole, 'MD5'));
        },
      ),
    );
  });

  test('slices hold the bytes of the whole, however often they are cut and put together', () => {
    const body = createHash('sha512').update('x').digest();
    const model = Buffer.concat([body, body.subarray(3, 40), body]);
    const first = Content.of(Origin.fromBytes(body));
    const whole = Content.concat([first, first.slice(3, 37), first]);
    expect(bytesOf(whole)).toEqual(model);
    fc.assert(
      fc.property(cuts(model.length), fc.nat(), fc.nat(), (positions, left, right) => {
        const slices = positions
          .slice(1)
          .map((end, index) => whole.slice(positions[index] ?? 0, end - (positions[index] ?? 0)));
        const again = Content.concat(slices);
        const start = Math.min(left, right) % model.length;
        const length = Math.max(left, right) % (model.length - start);
        expect(bytesOf(again.slice(start, length))).toEqual(model.subarray(start, start + length));
        expect(again.slice(start, length).size).toBe(length);
        expect(again.slice(start, length).extents.filter((extent) => extent.length === 0)).toEqual([]);
      }),
    );
  });

  test('of nothing has nothing', () => {
    expect(Content.of(Origin.fromBytes(Buffer.alloc(0)))).toBe(Content.empty);
    expect(Content.concat([Content.empty, Content.empty]).size).toBe(0);
    expect(digestContent(Content.empty, 'MD5').toString('hex')).toBe('d41d8cd98f00b204e9800998ecf8427e');
  });
});

describe('synthetic bytes', () => {
  test('are the same however they are read', () => {
    const origin = Origin.fromSeed('seed', TERABYTE, 0);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: TERABYTE - 20_000 }),
        fc.nat(9000),
        fc.nat(9000),
        (offset, skip, length) => {
          const whole = origin.read(offset, 20_000);
          expect(origin.read(offset + skip, length)).toEqual(whole.subarray(skip, skip + length));
        },
      ),
    );
  });

  test('differ between offsets and between seeds', () => {
    const origin = Origin.fromSeed('seed', 48.8 * TERABYTE, 0);
    const here = origin.read(0, 64);
    for (const offset of [1, 4096, 5 * 1024 ** 3, 2 ** 32, 2 ** 39, 2 ** 44]) {
      expect(origin.read(offset, 64).equals(here)).toBe(false);
    }
    expect(Origin.fromSeed('other', TERABYTE, 0).read(0, 64).equals(here)).toBe(false);
  });
});

describe('digestContent', () => {
  test('is the MD5 of the bytes where these are few', () => {
    const content = Content.of(Origin.fromSeed('s', 100_000, 100_000));
    expect(digestContent(content, 'MD5').toString('hex')).toBe(
      createHash('md5').update(bytesOf(content)).digest('hex'),
    );
  });

  test('of a huge range is the same for the same range and another for any other', () => {
    const whole = Content.of(Origin.fromSeed('s', TERABYTE, 100_000));
    const digest = (start: number, length: number) => digestContent(whole.slice(start, length), 'MD5').toString('hex');
    expect(digest(5, 1e9)).toBe(digest(5, 1e9));
    expect(digest(5, 1e9)).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([digest(5, 1e9), digest(6, 1e9), digest(5, 1e9 + 1)]).size).toBe(3);
  });

  test.for([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['CRC64ECMA', '995dc9bbdf1939fa'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ] as const)('gives the published check value of %s', ([algorithm, expected]) => {
    const content = Content.of(Origin.fromBytes(Buffer.from('123456789')));
    expect(digestContent(content, algorithm).toString('hex')).toBe(expected);
  });
});

test('multipartEtag is the MD5 of the MD5s and their number', () => {
  const parts = [
    '79b281060d337b9b2b84ccf390adcf74',
    '74843a3ab193a389bced899402d99d5f',
    '900150983cd24fb0d6963f7d28e17f72',
  ];
  expect(multipartEtag(parts)).toBe('e434e25e0216529d8d16505dc67b8bbb-3');
});

describe('provenanceOf', () => {
  test('names the source, version and offset of every byte, in as few ranges as can be', () => {
    const left = own(Content.of(Origin.fromSeed('l', TERABYTE, 0)), 'left');
    const right = own(Content.of(Origin.fromSeed('r', TERABYTE, 0)), 'right');
    const copy = Content.concat([left.slice(10, 90), left.slice(100, 900), right.slice(7, 3), left.slice(0, 5)]);
    expect(provenanceOf(copy)).toEqual([
      { start: 0, end: 989, bucket: 'b', key: 'left', versionId: 'null', etag: 'left', offset: 10 },
      { start: 990, end: 992, bucket: 'b', key: 'right', versionId: 'null', etag: 'right', offset: 7 },
      { start: 993, end: 997, bucket: 'b', key: 'left', versionId: 'null', etag: 'left', offset: 0 },
    ]);
  });

  test('takes an object uploaded in parts for one', () => {
    const parts = ['one', 'two', 'three'].map((text) => Content.of(Origin.fromBytes(Buffer.from(text))));
    const whole = own(Content.concat(parts), 'uploaded');
    expect(provenanceOf(whole.slice(1, 9))).toEqual([
      { start: 0, end: 8, bucket: 'b', key: 'uploaded', versionId: 'null', etag: 'uploaded', offset: 1 },
    ]);
  });
});
