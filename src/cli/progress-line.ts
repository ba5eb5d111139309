import type { CopyProgress } from '../events.ts';
import { formatBytes } from '../plan/byte-size.ts';
import { formatDuration } from './duration.ts';

const WIDEST_BAR = 32;
const NARROWEST_BAR = 8;

export interface ProgressLine {
  /** The finished and the open part of the bar; both empty if there is no room for one. */
  readonly done: string;
  readonly open: string;
  /** What stands after the bar. */
  readonly text: string;
}

/**
 * Lays out a line of at most `width` columns: bar, share, bytes, rate, time left, parts in flight, retries. Without room
 * for all of it, the least important goes first.
 */
export function layOutProgress(progress: CopyProgress, width: number): ProgressLine {
  if (progress.bytesTotal === 0 && progress.phase !== 'done') {
    return { done: '', open: '', text: `${progress.phase} …`.slice(0, width) };
  }
  const share = progress.bytesTotal === 0 ? 1 : progress.bytesCopied / progress.bytesTotal;
  // 100 % is only what is really done, however near it was.
  const percent = `${(Math.floor(share * 1000) / 10).toFixed(1)}%`.padStart(6);
  const fields = [percent, ...listFields(progress)];
  let text = joinFields(fields);
  while (fields.length > 1 && text.length + NARROWEST_BAR + 1 > width) {
    fields.pop();
    text = joinFields(fields);
  }
  const room = Math.min(WIDEST_BAR, width - text.length - 1);
  if (room < NARROWEST_BAR) return { done: '', open: '', text: text.slice(0, width) };
  const filled = Math.floor(room * share);
  return { done: '━'.repeat(filled), open: '─'.repeat(room - filled), text };
}

function listFields(progress: CopyProgress): string[] {
  const { bytesCopied, bytesTotal, bytesPerSecond, etaMs, partsInFlight, retries, elapsedMs, phase } = progress;
  const fields = [`${formatBytes(bytesCopied).padStart(8)} of ${formatBytes(bytesTotal)}`];
  if (phase === 'copying') {
    fields.push(`${formatBytes(bytesPerSecond)}/s`.padStart(11));
    fields.push(etaMs === undefined ? 'ETA …' : `ETA ${formatDuration(etaMs)}`.padEnd(10));
    fields.push(`${partsInFlight} in flight`);
  } else {
    fields.push(phase === 'done' ? `in ${formatDuration(elapsedMs)}` : `${phase} …`);
  }
  if (retries > 0) fields.push(`${retries} ${retries === 1 ? 'retry' : 'retries'}`);
  return fields;
}

function joinFields(fields: readonly string[]): string {
  return fields.join('  ').trimEnd();
}
