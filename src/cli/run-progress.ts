import type { CopyRun } from '../many/copy-objects.ts';
import type { CopyObjectsProgress } from '../many/totals.ts';
import { formatBytes } from '../plan/byte-size.ts';
import { formatDuration } from './duration.ts';
import { type Output, showOnOneLine } from './output.ts';

const USUAL_COLUMNS = 80;
/** An object that is copied for longer is named. */
const SLOW_MS = 2000;

/**
 * Keeps a line on `stderr` that says how far a run is.
 *
 * @returns what leaves the line; safe to call twice
 */
export function showRunProgress(run: CopyRun, stderr: Output['stderr']): () => void {
  let isOpen = false;
  const show = (): void => {
    isOpen = true;
    stderr.write(`\r\u001b[2K${formatRunProgress(run.progress).slice(0, (stderr.columns ?? USUAL_COLUMNS) - 1)}`);
  };
  run.on('progress', show);
  return () => {
    if (isOpen) stderr.write('\n');
    isOpen = false;
    run.off('progress', show);
  };
}

/** How far a run is, in a line; at its end the object that takes longest, if that is long. */
export function formatRunProgress(progress: CopyObjectsProgress): string {
  const { copied, unproved, listed, isListed, skipped, failed, bytesCopied, objectsPerSecond, bytesPerSecond } =
    progress;
  const { etaMs, inFlight, slowest } = progress;
  return [
    `${copied + skipped}/${listed}${isListed ? '' : '+'} objects${unproved > 0 ? ` and ${unproved} to be proved` : ''}`,
    formatBytes(bytesCopied),
    `${Math.round(objectsPerSecond)}/s`,
    `${formatBytes(bytesPerSecond)}/s`,
    ...(etaMs === undefined ? [] : [`${formatDuration(etaMs)} left`]),
    `${inFlight} in flight`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(slowest !== undefined && slowest.elapsedMs >= SLOW_MS
      ? [`${showOnOneLine(slowest.key)} for ${formatDuration(slowest.elapsedMs)}`]
      : []),
  ].join(' · ');
}
