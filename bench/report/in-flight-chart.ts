/** One line of the chart. */
export interface InFlightSeries {
  readonly label: string;
  readonly everyMs: number;
  readonly values: readonly number[];
}

const COLORS = ['#0b6bcb', '#c2410c', '#15803d', '#7c3aed', '#6b7280'];
const WIDTH = 860;
const HEIGHT = 320;
const LEFT = 48;
const RIGHT = 16;
const TOP = 52;
const BOTTOM = 44;
const LONGEST_RATIO = 3;

/** Draws parts in flight over time as an SVG that can be read on light and dark pages. */
export function drawInFlight(title: string, series: readonly InFlightSeries[]): string {
  // Who takes many times as long would press all others to the edge: its line is cut off, its time is in the legend.
  const lastsMs = series.map(({ everyMs, values }) => everyMs * values.length);
  const endMs = Math.min(Math.max(...lastsMs), LONGEST_RATIO * Math.min(...lastsMs));
  const most = Math.max(...series.flatMap(({ values }) => values));
  const top = Math.ceil(most / 16) * 16;
  const x = (ms: number): number => LEFT + (ms / endMs) * (WIDTH - LEFT - RIGHT);
  const y = (parts: number): number => HEIGHT - BOTTOM - (parts / top) * (HEIGHT - TOP - BOTTOM);
  const text = (at: readonly [number, number], anchor: string, content: string, extra = ''): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}"${extra}>${content}</text>`;
  const grid: string[] = [];
  for (let parts = 0; parts <= top; parts += top / 4) {
    grid.push(`<path d="M${LEFT} ${y(parts).toFixed(1)}H${WIDTH - RIGHT}" stroke="#e5e7eb"/>`);
    grid.push(text([LEFT - 8, y(parts) + 4], 'end', String(parts)));
  }
  const stepMs = chooseStepMs(endMs);
  for (let ms = 0; ms <= endMs; ms += stepMs)
    grid.push(text([x(ms), HEIGHT - BOTTOM + 18], 'middle', `${ms / 1000} s`));
  const lines = series.map(({ everyMs, values }, index) => {
    const shown = values.slice(0, Math.floor(endMs / everyMs));
    const points = shown.map((value, at) => `${x((at + 0.5) * everyMs).toFixed(1)} ${y(value).toFixed(1)}`);
    return `<path d="M${points.join('L')}" fill="none" stroke="${COLORS[index % COLORS.length]}" stroke-width="${index === 0 ? 2.5 : 1.5}"/>`;
  });
  let legendX = LEFT;
  const legend = series.map(({ label, everyMs, values }, index) => {
    const caption = `${label} (${((everyMs * values.length) / 1000).toFixed(1)} s)`;
    const item = `<rect x="${legendX}" y="32" width="12" height="4" fill="${COLORS[index % COLORS.length]}"/>${text([legendX + 16, 38], 'start', caption)}`;
    legendX += 36 + caption.length * 6.6;
    return item;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui,sans-serif" font-size="12" fill="#374151" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#ffffff"/>`,
    text([LEFT, 20], 'start', title, ' font-size="14" font-weight="600"'),
    ...legend,
    ...grid,
    ...lines,
    text([WIDTH / 2, HEIGHT - 8], 'middle', 'time since the first part'),
    '</svg>',
    '',
  ].join('\n');
}

function chooseStepMs(endMs: number): number {
  const steps = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000];
  return steps.find((step) => endMs / step <= 12) ?? 120_000;
}
