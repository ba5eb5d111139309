import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListObjectsRequest } from '../../src/index.ts';
import { readListObjects, readListObjectsByParser } from '../../src/wire/list-objects.ts';
import { scanObjects } from '../../src/wire/scan-objects.ts';
import { escapeXml } from '../../src/wire/xml.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const BUCKET: ListObjectsRequest = { bucket: 'b' };

function content(key: string, more = ''): string {
  return (
    `<Contents><Key>${escapeXml(key)}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>` +
    `<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>5</Size>${more}<StorageClass>STANDARD</StorageClass></Contents>`
  );
}

function page(contents: string, facts = '<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>'): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>' +
    `<Prefix></Prefix><MaxKeys>1000</MaxKeys>${facts}${contents}</ListBucketResult>`
  );
}

const ENCODED = '<KeyCount>1</KeyCount><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>';

function keysOf(body: string, request = BUCKET): readonly string[] | string {
  const read = readListObjects(body, request);
  return typeof read === 'string' ? read : read.result.objects.map(({ key }) => key);
}

describe('a page of objects', () => {
  it('is read with size, ETag without quotes, date and class', () => {
    expect(readListObjects(page(content('a/b')), BUCKET)).toEqual({
      result: {
        objects: [
          {
            key: 'a/b',
            size: 5,
            etag: '0123456789abcdef0123456789abcdef',
            lastModified: new Date('2026-01-02T03:04:05.000Z'),
            storageClass: 'STANDARD',
          },
        ],
        next: undefined,
      },
    });
  });

  it('of the usual form is scanned, with checksums, owners and white space', () => {
    const owner = '<Owner><ID>1</ID><DisplayName>R&amp;D</DisplayName></Owner>';
    const checksums = '<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>';
    const ofAmazon = content('b & c').replace('<Size>', `${checksums}<Size>`);
    const ofCeph = content('c').replace('</Contents>', `${owner}<Type>Normal</Type></Contents>`);
    const body = page(`${content('a', owner)}\n  ${ofAmazon}\n${ofCeph}`);
    expect(scanObjects(body)?.objects.map(({ key }) => key)).toEqual(['a', 'b & c', 'c']);
    expect(keysOf(body)).toEqual(['a', 'b & c', 'c']);
  });

  it.each([
    ['encoded with %20', 'p%20q%2Br', 'p q+r'],
    ['encoded with +', 'p+q%2Br', 'p q+r'],
    ['encoded with %2F', 'dir%2Fx', 'dir/x'],
    ['that hold what looks encoded', '%2520%252F%20%2f%25', '%20%2F /%'],
    ['that begin with spaces and slashes', 'a%20b%2Fc%20%C3%BC%252F%20d', 'a b/c ü%2F d'],
    ['with a carriage return and a control character', 'a%0D%01', 'a\r\u0001'],
    ['beyond the basic plane', '%F0%9F%98%80', '😀'],
  ])('has keys %s', (_how, written, key) => {
    expect(keysOf(page(content(written), ENCODED))).toEqual([key]);
  });

  it.each([
    ['a space', 'p q', 'a%2Fb'],
    ['a letter beyond ASCII', 'é', 'a%2Fb'],
    ['a percent sign that starts nothing', '100%', 'a%2Fb'],
  ])('says that its keys are encoded, and %s shows that they are not', (_how, shows, other) => {
    expect(keysOf(page(content(other) + content(shows), ENCODED))).toEqual([other, shows]);
  });

  it('is in doubt if it says that its keys are encoded, and nothing shows it', () => {
    const inDoubt = (body: string, request = BUCKET): boolean | undefined => {
      const read = readListObjects(body, request);
      return typeof read === 'string' ? undefined : read.result.keysInDoubt;
    };
    expect(inDoubt(page(content('a%2Fb'), ENCODED))).toBe(true);
    expect(inDoubt(page(content('a+b'), ENCODED))).toBe(true);
    expect(inDoubt(page(content('a/b'), ENCODED))).toBeUndefined();
    expect(inDoubt(page(content('a%2Fb')))).toBeUndefined();
    expect(inDoubt(page(content('a%2Fb'), ENCODED), { bucket: 'b', plainKeys: true })).toBeUndefined();
  });

  it('shows which keys are not UTF-8', () => {
    for (const [written, facts] of [
      ['a%FF', ENCODED],
      ['a\uFFFD', undefined],
    ] as const) {
      expect(readListObjects(page(content(written), facts), BUCKET)).toMatchObject({
        result: { objects: [{ key: written, unreadable: true }] },
      });
    }
  });

  it('goes on by a token, or after its last key, whatever NextMarker says', () => {
    const truncated = '<IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>';
    const next = (facts: string, contents: string, request = BUCKET): unknown => {
      const read = readListObjects(page(contents, truncated + facts), request);
      return typeof read === 'string' ? read : read.result.next;
    };
    expect(next('<NextContinuationToken>t</NextContinuationToken>', content('a%20b'))).toEqual({
      continuationToken: 't',
    });
    expect(next('<NextMarker>a%20b</NextMarker>', content('a%20b'))).toEqual({ marker: 'a b' });
    expect(next('<NextMarker>a b</NextMarker>', content('a%20b'))).toEqual({ marker: 'a b' });
    expect(next('', content('a%20b'))).toEqual({ marker: 'a b' });
    expect(next('', '')).toBe('empty');
  });

  it('that overlooks where to start is asked for again by version 1', () => {
    const byMarker = page(content('a'), '<Marker></Marker><IsTruncated>false</IsTruncated>');
    expect(readListObjects(byMarker, { bucket: 'b', startAfter: 'm' })).toEqual({
      result: { objects: [], next: { marker: 'm' } },
    });
    expect(keysOf(byMarker, { bucket: 'b', marker: '' })).toEqual(['a']);
  });

  it.each([
    ['an error', '<Error><Code>NoSuchBucket</Code></Error>', 'error'],
    [
      'a list of versions',
      page('', '<KeyMarker></KeyMarker><IsTruncated>false</IsTruncated><Version></Version>'),
      'empty',
    ],
    ['half a page', page(content('a')).slice(0, -30), 'unknown'],
    ['an object without a key', page('<Contents><Size>5</Size></Contents>'), 'empty'],
    ['an object without a size', page('<Contents><Key>a</Key></Contents>'), 'empty'],
    ['a page of HTML', '<html><body>Contents</body></html>', 'empty'],
  ])('is not %s', (_what, body, kind) => {
    expect(readListObjects(body, BUCKET)).toBe(kind);
  });
});

const names = 'Contents Key Size ETag Owner ID __proto__ constructor IsTruncated x:Contents NextMarker'.split(' ');
const marks = [
  '<',
  '>',
  '&',
  '&amp;',
  '&#1;',
  '&x;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?x?>',
  ' ',
  '\r\n',
  '7',
  '\u0001',
  '"',
];
const objects = [content('a'), content('b%2F', '<Owner><ID>x</ID></Owner>'), content('é', '<Owner></Owner>')];
const tags = names.flatMap((name) => [`<${name}>`, `</${name}>`, `<${name}/>`, `<${name} a="b">`]);
const scraps = [...objects, ...tags, ...marks];

it('the scanner and the parser read the same, whatever the page', () => {
  const bodies = fc
    .tuple(
      fc.array(fc.constantFrom(...scraps), { maxLength: 12 }),
      fc.nat(),
      fc.constantFrom('', ...scraps),
      fc.boolean(),
    )
    .map(([parts, at, inserted, isWhole]) => {
      const body = page(parts.join(''), at % 2 === 0 ? ENCODED : '<IsTruncated>true</IsTruncated>');
      const cut = at % body.length;
      return isWhole ? body : body.slice(0, cut) + inserted + body.slice(cut);
    });
  fc.assert(
    fc.property(bodies, (body) => {
      expect(readListObjects(body, BUCKET)).toEqual(readListObjectsByParser(body, BUCKET));
    }),
    { numRuns: fuzzRuns(5000) },
  );
});
