import { expect, test } from 'vitest';
import { drawTerminal } from '../../site/draw-terminal.ts';
import { readXml, type XmlNode } from '../../src/xml-tree.ts';
import { readPage } from './read-blocks.ts';

function textsOf(svg: string): readonly XmlNode[] {
  return readXml(svg)?.children.find(({ name }) => name === 'g')?.children ?? [];
}

/** A recording of pieces, each two seconds after the one before. */
function record(...pieces: readonly string[]): Parameters<typeof drawTerminal>[0] {
  return { text: pieces.join(''), pieces: pieces.map((piece) => ({ delayMs: 2000, bytes: Buffer.byteLength(piece) })) };
}

test('each line is drawn when it came, and a bar as it was at each time', () => {
  const svg = drawTerminal(
    record('Copying a <b>\r\n', '\u001B[1G\u001B[32m━\u001B[0m 10 %', '\u001B[1G 20 %', '\r\nCopied\r\n'),
    2,
  );
  const shown = [
    ...svg
      .replaceAll('\u00A0', ' ')
      .matchAll(/>([^<>]+)<\/tspan>.*?begin="play\.begin\+([\d.]+)s"(?: dur="([\d.]+)s")?/g),
  ];
  expect(shown.map(([, text, begin, duration]) => [text, begin, duration])).toEqual([
    ['Copying a &lt;b&gt;', '1', undefined],
    ['━', '2', '1'],
    [' 20 %', '3', undefined],
    ['Copied', '4', undefined],
  ]);
  expect(svg).toContain('<tspan fill="#3fb950">━</tspan><tspan>\u00A010\u00A0%</tspan>');
});

test('a character that two pieces share is drawn whole', () => {
  const bar = Buffer.from('━━');
  const pieces = [1, 3, 2].map((bytes) => ({ delayMs: 0, bytes }));
  expect(drawTerminal({ text: bar.toString(), pieces }, 1)).toContain('>━━<');
});

test('the picture of the demo is small, whole XML, and ends with what was copied', () => {
  const svg = readPage('docs/demo.svg');
  expect(Buffer.byteLength(svg)).toBeLessThan(60_000);
  expect(textsOf(svg).length).toBeGreaterThan(10);
  expect(svg.replaceAll('\u00A0', ' ')).toMatch(/Copied 1 TiB in [^:]+: 8,192 parts/);
});
