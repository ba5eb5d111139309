import type { CopyTask } from '../task.ts';
import { describeError } from '../errors.ts';
import { exitCodeOf } from './exit-code.ts';
import { writeEvent } from './output.ts';
import type { ProgressMode } from './progress-mode.ts';

/** Progress is written at most this often, in milliseconds; its first and last always. */
const PROGRESS_INTERVAL_MS = 1000;

/** Writes the last JSON line of a command that fails. */
export function writeFailure(
  stdout: NodeJS.WritableStream,
  error: unknown,
  { uploadId, exitCode = exitCodeOf(error) }: { uploadId?: string | undefined; exitCode?: number } = {},
): void {
  writeEvent(stdout, 'failed', { error: describeError(error), exitCode, uploadId });
}

/**
 * Writes what a copy does as JSON lines, one per event, with the fields of the library's events:
 *
 * `plan` (`parts` is their number) · `upload` · `part` · `retry` (`error` described) · `hedge` · `throttle` · `warning` · `progress` (once a second) · `complete`
 *
 * `part` and `progress` are written as `lines` says. A command that fails ends with `failed`: `{ error, exitCode, uploadId? }`.
 */
export function reportEvents(
  task: CopyTask,
  stdout: NodeJS.WritableStream,
  { hasProgress, hasParts }: Pick<ProgressMode, 'hasProgress' | 'hasParts'>,
): void {
  task.on('plan', ({ parts, ...plan }) => writeEvent(stdout, 'plan', { ...plan, parts: parts.length }));
  task.on('retry', ({ error, ...retry }) => writeEvent(stdout, 'retry', { ...retry, error: describeError(error) }));
  let nextMs = 0;
  task.on('progress', (progress) => {
    if (!hasProgress) return;
    if (progress.elapsedMs < nextMs && progress.phase !== 'done') return;
    nextMs = progress.elapsedMs + PROGRESS_INTERVAL_MS;
    writeEvent(stdout, 'progress', progress);
  });
  for (const name of ['upload', 'part', 'hedge', 'throttle', 'warning', 'complete'] as const) {
    if (name === 'part' && !hasParts) continue;
    task.on(name, (fields: object) => writeEvent(stdout, name, fields));
  }
}
