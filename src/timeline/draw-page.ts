import { formatBytes } from '../plan/byte-size.ts';
import type { RecordedMark, RecordedPace, Recording } from './record-timeline.ts';
import { assignSlots, throughput } from './slots.ts';

const WIDTH = 1200;
const MOST_ROW_HEIGHT = 14;
const MOST_PARTS_HEIGHT = 600;
const CHART_HEIGHT = 120;
const STEPS = 200;
const MARK_ROWS: Readonly<Record<RecordedMark['kind'], number>> = { retry: 0, throttle: 1, hedge: 2, warning: 3 };
const MARK_ROW_HEIGHT = 16;

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 24px; max-width: 1320px; color: #1b1f24; background: #fff }
h1 { font-size: 20px; margin: 0 0 4px } h2 { font-size: 15px; margin: 24px 0 4px } p { margin: 0 0 8px; color: #57606a }
svg { display: block; width: 100%; height: auto; background: #f6f8fa } svg text { font-size: 11px; fill: #57606a }
.part { fill: #2f81f7 } .again { fill: #d29922 } .retry { fill: #d29922 } .throttle { fill: #cf222e } .hedge { fill: #8250df }
.warning { fill: #1b1f24 } .grid { stroke: #d0d7de } .rate { fill: #2f81f7 } .limit { stroke: #57606a; fill: none }
.flight { stroke: #2f81f7; fill: none; stroke-width: 2 } .key { display: inline-block; width: 10px; height: 10px; margin: 0 4px 0 12px }
`;

/** Draws a recording as one page of HTML that loads nothing. */
export function drawPage(recording: Recording): string {
  const { parts, marks, bytes, elapsedMs, outcome, failure, strategy } = recording;
  const rate = elapsedMs === 0 ? 0 : (parts.reduce((sum, part) => sum + part.bytes, 0) / elapsedMs) * 1000;
  const facts = [
    `${formatBytes(bytes)} in ${formatSeconds(elapsedMs)}`,
    ...(parts.length > 0 ? [`${parts.length} parts`, `${formatBytes(rate)}/s`] : []),
    ...(['retry', 'throttle', 'hedge', 'warning'] as const).map((kind) => `${countOf(marks, kind)} × ${kind}`),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A copy over time</title><style>${STYLE}</style></head><body>
<h1>A copy over time: ${escapeText(outcome)}</h1>
<p>${escapeText(facts.join(' · '))}</p>
${failure === undefined ? '' : `<p>${escapeText(failure)}</p>`}
${parts.length === 0 ? `<p>${strategy === 'single' ? 'One CopyObject: there are no parts to show.' : 'No part was copied.'}</p>` : drawParts(recording)}
<h2>Retries, throttles, duplicates and warnings</h2>
${drawMarks(recording)}
${parts.length === 0 ? '' : `<h2>Bytes copied per second</h2>\n${drawThroughput(recording)}`}
<h2>Parts in flight (line) and concurrency (grey)</h2>
${drawPace(recording)}
</body></html>
`;
}

function drawParts({ parts, elapsedMs }: Recording): string {
  const { slots, rows } = assignSlots(parts);
  const rowHeight = Math.min(MOST_ROW_HEIGHT, MOST_PARTS_HEIGHT / rows);
  const bars = parts.map(({ partNumber, fromMs, toMs, bytes, attempts }, index) => {
    const x = xOf(fromMs, elapsedMs);
    const width = Math.max(0.5, xOf(toMs, elapsedMs) - x - 0.3);
    const y = (slots[index] as number) * rowHeight;
    const title = `part ${partNumber}: ${formatBytes(bytes)} in ${formatSeconds(toMs - fromMs)}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    const shape = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(rowHeight * 0.9)}"`;
    return `<rect class="${attempts > 1 ? 'again' : 'part'}" ${shape}><title>${escapeText(title)}</title></rect>`;
  });
  return `<h2>Parts by slot</h2>
<p>Each row is a place for a part. <span class="key" style="background:#2f81f7"></span>copied at once<span class="key" style="background:#d29922"></span>copied by a later attempt</p>
${svg('parts', rows * rowHeight, elapsedMs, bars.join(''))}`;
}

function drawMarks({ marks, elapsedMs }: Recording): string {
  const dots = marks.map(({ atMs, kind, text }) => {
    const place = `cx="${round(xOf(atMs, elapsedMs))}" cy="${MARK_ROWS[kind] * MARK_ROW_HEIGHT + 9}"`;
    return `<circle class="${kind}" r="4" ${place}><title>${escapeText(`${formatSeconds(atMs)}: ${text}`)}</title></circle>`;
  });
  const names = Object.entries(MARK_ROWS).map(
    ([kind, row]) => `<text x="4" y="${row * MARK_ROW_HEIGHT + 13}">${kind}</text>`,
  );
  return svg('marks', 4 * MARK_ROW_HEIGHT + 4, elapsedMs, names.join('') + dots.join(''));
}

function drawThroughput({ parts, elapsedMs }: Recording): string {
  const rates = throughput(parts, elapsedMs, STEPS);
  const most = Math.max(...rates, 1);
  const step = WIDTH / STEPS;
  const bars = rates.map((rate, index) => {
    const height = (rate / most) * CHART_HEIGHT;
    return `<rect class="rate" x="${round(index * step)}" y="${round(CHART_HEIGHT - height)}" width="${round(step * 0.95)}" height="${round(height)}"/>`;
  });
  return svg('throughput', CHART_HEIGHT, elapsedMs, `${bars.join('')}<text x="4" y="12">${formatBytes(most)}/s</text>`);
}

function drawPace({ pace, elapsedMs }: Recording): string {
  const most = pace.reduce((max, { inFlight, concurrency }) => Math.max(max, inFlight, concurrency), 1);
  const line = (className: string, valueOf: (at: RecordedPace) => number): string => {
    const points = pace.map((at) => {
      return `${round(xOf(at.atMs, elapsedMs))},${round(CHART_HEIGHT - (valueOf(at) / most) * (CHART_HEIGHT - 4))}`;
    });
    return `<polyline class="${className}" points="${points.join(' ')}"/>`;
  };
  const lines = line('limit', (at) => at.concurrency) + line('flight', (at) => at.inFlight);
  return svg('pace', CHART_HEIGHT, elapsedMs, `${lines}<text x="4" y="12">${most}</text>`);
}

/** A picture with lines for the time below it. */
function svg(id: string, height: number, elapsedMs: number, content: string): string {
  const lines = [0.25, 0.5, 0.75].map((share) => {
    const x = share * WIDTH;
    return `<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${round(height)}"/><text x="${x + 3}" y="${round(height + 13)}">${formatSeconds(share * elapsedMs)}</text>`;
  });
  return `<svg id="${id}" viewBox="0 0 ${WIDTH} ${round(height + 18)}">${lines.join('')}${content}</svg>`;
}

function xOf(ms: number, elapsedMs: number): number {
  return elapsedMs === 0 ? 0 : (Math.min(ms, elapsedMs) / elapsedMs) * WIDTH;
}

function countOf(marks: readonly RecordedMark[], kind: RecordedMark['kind']): number {
  return marks.filter((mark) => mark.kind === kind).length;
}

function formatSeconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
