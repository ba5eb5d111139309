import { StringDecoder } from 'node:string_decoder';

/** What a program wrote to a terminal, and when. */
export interface Recording {
  readonly text: string;
  /** Of each piece of the text: how many milliseconds it came after the one before, and its length in bytes. */
  readonly pieces: readonly { readonly delayMs: number; readonly bytes: number }[];
}

interface Line {
  readonly text: string;
  /** From when it can be seen, and until when: at the end, if left out. */
  readonly fromMs: number;
  untilMs?: number;
}

export const COLUMNS = 104;
const LINE_HEIGHT = 20;
const COLUMN_WIDTH = 8.43;
const MARGIN = 16;
/** A frame of a line that changes lasts at least so long. */
const FRAME_MS = 1500;
const COLORS: Readonly<Record<string, string>> = { '2': '#6e7681', '32': '#3fb950', '36': '#39c5cf' };

/** Draws a recording as an SVG that plays it again and again, so many times as fast. */
export function drawTerminal({ text, pieces }: Recording, speed: number): string {
  const bytes = Buffer.from(text);
  const decoder = new StringDecoder();
  const rows: Line[][] = [[]];
  let at = 0;
  let nowMs = 0;
  let newest = '';
  for (const { delayMs, bytes: length } of pieces) {
    nowMs += delayMs;
    // A piece may end within a character.
    newest += decoder.write(bytes.subarray(at, at + length));
    at += length;
    const [lines, rest] = splitLines(newest);
    for (const line of lines) {
      show(rows.at(-1) as Line[], line, nowMs);
      rows.push([]);
    }
    const states = rest.split('\u001B[1G').filter((state) => plain(state).trim() !== '');
    if (states.length > 0) show(rows.at(-1) as Line[], states.at(-1) as string, nowMs);
    newest = rest;
  }
  return toSvg(
    rows.filter((row, index) => row.length > 0 || index < rows.length - 1),
    nowMs,
    speed,
  );
}

/** Whole lines, and what comes behind them. */
function splitLines(text: string): readonly [readonly string[], string] {
  const lines = text.split(/\r*\n/);
  return [
    lines.slice(0, -1).map((line) => line.split('\u001B[1G').findLast((state) => plain(state) !== '') ?? ''),
    lines.at(-1) ?? '',
  ];
}

function show(row: Line[], text: string, fromMs: number): void {
  const last = row.at(-1);
  if (last?.text === text) return;
  if (last !== undefined) {
    // A frame that was to be seen for too short a time gives its place away.
    if (fromMs - last.fromMs < FRAME_MS) {
      row.pop();
      row.push({ text, fromMs: last.fromMs });
      return;
    }
    last.untilMs = fromMs;
  }
  row.push({ text, fromMs });
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what a terminal gets
  return text.replaceAll(/\u001B(?:\[[?\d;]*[A-Za-z]|[78])/g, '');
}

/** Browsers make one blank of many, unless none may break a line. */
function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00A0');
}

/** Text with colours. */
function spans(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what a terminal gets
  const parts = text.split(/\u001B\[([\d;]*)m/);
  let color: string | undefined;
  let drawn = '';
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) color = COLORS[part];
    else if (plain(part) !== '')
      drawn += `<tspan${color === undefined ? '' : ` fill="${color}"`}>${escapeXml(plain(part))}</tspan>`;
  }
  return drawn;
}

function toSvg(rows: readonly (readonly Line[])[], lengthMs: number, speed: number): string {
  const width = Math.round(COLUMNS * COLUMN_WIDTH + 2 * MARGIN);
  const height = rows.length * LINE_HEIGHT + 2 * MARGIN;
  const seconds = (ms: number): string => `${Math.round(ms / speed / 10) / 100}s`;
  const drawn = rows.flatMap((row, index) =>
    row.map(({ text, fromMs, untilMs }) => {
      const y = MARGIN + (index + 0.75) * LINE_HEIGHT;
      const dur = untilMs === undefined ? '' : ` dur="${seconds(untilMs - fromMs)}"`;
      const end = untilMs === undefined ? ' end="play.end+4s"' : '';
      const set = `<set attributeName="visibility" to="visible" begin="play.begin+${seconds(fromMs)}"${dur}${end}/>`;
      return `<text x="${MARGIN}" y="${y}" visibility="hidden">${spans(text)}${set}</text>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The demo in a terminal">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<animate id="play" attributeName="x" from="0" to="0" begin="0s;play.end+4s" dur="${seconds(lengthMs)}"/>
<g fill="#e6edf3" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${drawn.join('\n')}
</g>
</svg>
`;
}
