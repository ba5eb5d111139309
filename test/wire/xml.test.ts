import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAcl } from '../../src/wire/acl.ts';
import { readCopiedPart, readCopyAnswer } from '../../src/wire/copy-results.ts';
import { readListParts, readListUploads } from '../../src/wire/list-results.ts';
import { unquoteEtag } from '../../src/wire/object-headers.ts';
import { readErrorDocument } from '../../src/wire/response-error.ts';
import { readTagging } from '../../src/wire/tagging.ts';
import { ResponseHeaders } from '../../src/wire/response-headers.ts';
import { escapeXml, NOTHING, textOf } from '../../src/wire/xml.ts';
import { decodeEntities, readXml } from '../../src/xml-tree.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { COPY_PART_RESULT, MD5 } from './scripted-server.ts';
import { readAnswerBodies } from './signature-vectors.ts';

const readCopyPartBody = (body: string): ReturnType<typeof readCopiedPart> =>
  readCopiedPart({ statusCode: 200, headers: new ResponseHeaders([]), body });

/** Every reader of a body; none may throw, whatever the body. */
function readAll(body: string): void {
  readCopyPartBody(body);
  readCopyAnswer(body);
  readListParts(body, 0);
  readListUploads(body, {});
  readTagging(body);
  readAcl(body);
  readErrorDocument({ statusCode: 500, headers: new ResponseHeaders([]), body }, []);
}

const names = [
  'CopyPartResult',
  'ListPartsResult',
  'Part',
  'ETag',
  'Error',
  'Code',
  'Size',
  '__proto__',
  'a:b',
  'constructor',
  'hasOwnProperty',
];
const scraps = [
  ...names.flatMap((name) => [`<${name}>`, `</${name}>`, `<${name}/>`]),
  '<',
  '>',
  '&',
  '&amp;',
  '&#0;',
  '&#xFFFFFF;',
  '&#x1F600;',
  '&e;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?xml version="1.0"?>',
  '<?',
  '?>',
  '<!DOCTYPE a [',
  '<!ENTITY e "x">',
  ' x="y"',
  '"',
  "'",
  '\u0000',
  '\uD800',
  ' ',
  '1',
  MD5,
];
const soup = fc.array(fc.constantFrom(...scraps), { maxLength: 30 }).map((pieces) => pieces.join(''));

/** A good answer with one hole cut, doubled or overwritten. */
const damaged = fc
  .tuple(
    fc.constantFrom(...readAnswerBodies().map(({ body }) => body)),
    fc.nat(),
    fc.nat(20),
    fc.constantFrom('', ...scraps),
  )
  .map(([body, at, length, scrap]) => {
    const start = at % (body.length + 1);
    return body.slice(0, start) + scrap + body.slice(start + length);
  });

describe('no body, however broken,', () => {
  it.each([
    { inputs: 'pieces of XML', bodies: soup, numRuns: fuzzRuns(50_000) },
    { inputs: 'damaged answers', bodies: damaged, numRuns: fuzzRuns(15_000) },
    { inputs: 'texts of any kind', bodies: fc.string({ unit: 'binary', maxLength: 100 }), numRuns: fuzzRuns(35_000) },
  ])(
    'makes a reader throw: $numRuns $inputs',
    ({ bodies, numRuns }) => {
      fc.assert(fc.property(bodies, readAll), { numRuns });
    },
    120_000,
  );

  it.each([
    ['opening brackets', '<'],
    ['ampersands', '&'],
    ['references', '&#'],
    ['empty elements', '<B/>'],
    ['nested elements', '<B>'],
    ['closing tags', '</B>'],
    ['comments', '<!---->'],
    ['open comments', '<!--'],
    ['open CDATA', '<![CDATA['],
    ['attributes', ' a="1"'],
    ['blanks', ' '],
    ['text', 'x'],
  ])('keeps a reader busy for long: a quarter of a mebibyte of %s', (_name, piece) => {
    const many = piece.repeat(2 ** 18 / piece.length);
    const startedAt = performance.now();
    for (const body of [
      `<CopyPartResult>${many}`,
      `<CopyPartResult>${many}</CopyPartResult>`,
      `<CopyPartResult${many}`,
      many,
    ]) {
      readCopyPartBody(body);
    }
    // Some hundred milliseconds on a busy machine; something quadratic takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('the short cut for part copies', () => {
  const agrees = (body: string): void => {
    // A comment is left to the parser.
    const parsed = readCopyAnswer(body.replace(/<\/[^<]*$/, '<!---->$&'));
    const read = readCopyPartBody(body);
    if (typeof parsed === 'string' || parsed.result.etag === undefined) {
      expect(read).toBe(typeof parsed === 'string' ? parsed : 'empty');
    } else {
      const { etag, lastModified, checksums } = parsed.result;
      expect(read).toEqual({ result: { etag, lastModified, ...(checksums !== undefined && { checksums }) } });
    }
  };

  it.each(readAnswerBodies())('reads $name as the parser does', ({ body }) => {
    agrees(body);
  });

  it('reads everything near a usual answer as the parser does', () => {
    const quote = fc.constantFrom('', '"', '&quot;', '&#34;', "'", '&#x22;');
    const space = fc.constantFrom('', ' ', '\n  ', '\t');
    const date = fc.constantFrom(
      '2024-02-29T10:00:00.000Z',
      '2024-02-29T10:00:00Z',
      'Thu, 29 Feb 2024 10:00:00 GMT',
      '2024-99-99T99:99:99.000Z',
      '',
    );
    const tag = fc.constantFrom(MD5, `${MD5}-3`, MD5.toUpperCase(), 'abc', '');
    const usual = fc
      .record({
        before: fc.constantFrom(
          '',
          '<?xml version="1.0" encoding="UTF-8"?>',
          "<?xml version='1.0'?>\n",
          ' <?xml?>',
          '<!-- x -->',
        ),
        namespace: fc.constantFrom(
          '',
          ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
          ' a="b" xmlns="c"',
          ' xmlns=""',
        ),
        space,
        first: fc.constantFrom('', 'date', 'checksum'),
        quotes: fc.tuple(quote, quote),
        tag,
        date,
        last: fc.constantFrom('', 'date', 'etag', 'progress'),
        after: fc.constantFrom('', '\n', ' x', '<!-- -->'),
      })
      .map(({ before, namespace, space: gap, first, quotes, tag: etag, date: modified, last, after }) => {
        const pieces: Record<string, string> = {
          '': '',
          date: `<LastModified>${modified}</LastModified>`,
          checksum: '<ChecksumCRC32>AAAA</ChecksumCRC32>',
          etag: '<ETag>x</ETag>',
          progress: '<Progress>5</Progress>',
        };
        return `${before}${gap}<CopyPartResult${namespace}>${gap}${pieces[first]}${gap}<ETag>${quotes[0]}${etag}${quotes[1]}</ETag>${gap}${pieces[last]}${gap}</CopyPartResult>${after}`;
      });
    fc.assert(fc.property(usual, agrees), { numRuns: fuzzRuns(5000) });
  });

  it('agrees on damaged answers too', () => {
    fc.assert(fc.property(damaged, agrees), { numRuns: fuzzRuns(5000) });
  });
});

describe('readXml', () => {
  it('decodes the entities of XML itself and numeric ones, once', () => {
    expect(decodeEntities('&amp;lt; &#60; &#x3C; &quot;&apos; &copy; &#xFFFFFFF; &#1114112; &')).toBe(
      '&lt; < < "\' &copy; &#xFFFFFFF; &#1114112; &',
    );
  });

  it('reads what escapeXml wrote', () => {
    // The parser takes a null for the end of a text; it is no character of XML, and no store accepts one in a name.
    const text = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((value) => !value.includes('\u0000'));
    fc.assert(
      fc.property(text, (value) => {
        const document = readXml(`<A><B>${escapeXml(value)}</B></A>`);
        expect(textOf(document ?? NOTHING, 'B')).toBe(value);
      }),
    );
  });

  it('takes no document type, whatever it declares', () => {
    expect(readXml('<!DOCTYPE A [<!ENTITY e SYSTEM "file:///etc/passwd">]><A><B>&e;</B></A>')).toBeUndefined();
    expect(readXml('<!DOCTYPE A><A><B>1</B></A>')).toBeUndefined();
  });

  it('refuses documents that are deeper than any store sends', () => {
    const nested = (depth: number): string => '<A>'.repeat(depth) + '</A>'.repeat(depth);
    expect(readXml(nested(10))).toBeDefined();
    expect(readXml(nested(50))).toBeUndefined();
    expect(readXml(nested(50_000))).toBeUndefined();
  });

  it('leaves prototypes alone', () => {
    readXml(
      '<A><__proto__><polluted>1</polluted></__proto__><constructor><prototype><polluted>1</polluted></prototype></constructor></A>',
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(textOf(NOTHING, 'constructor')).toBeUndefined();
  });
});

it.each([
  [undefined, undefined],
  ['', undefined],
  ['""', undefined],
  ['"a"', 'a'],
  ['a', 'a'],
  ['W/"a"', 'a'],
  ['""a""', 'a'],
  [' "a-2" ', 'a-2'],
])('the ETag %j is %j', (text, etag) => {
  expect(unquoteEtag(text)).toBe(etag);
  expect(COPY_PART_RESULT).toContain(MD5);
});
