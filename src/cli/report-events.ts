import type { CopyProgress } from '../events.ts';
import type { CopyTask } from '../task.ts';
import { describeError } from '../errors.ts';
import { exitCodeOf } from './exit-code.ts';
import { writeEvent } from './output.ts';

/** Progress is written at most this often, in milliseconds; its first and last always. */
const PROGRESS_INTERVAL_MS = 1000;

/** Writes the last JSON line of a command that fails. */
export function writeFailure(stdout: NodeJS.WritableStream, error: unknown, uploadId?: string): void {
  const kept = uploadId === undefined ? {} : { uploadId };
  writeEvent(stdout, 'failed', { error: describeError(error), exitCode: exitCodeOf(error), ...kept });
}

/**
 * Writes what a copy does as JSON lines, one per event, with the fields of the library's events:
 *
 * `plan` (`parts` is their number) · `upload` · `part` · `retry` (`error` described) · `throttle` · `warning` · `progress` (once a second) · `complete`
 *
 * A command that fails ends with `failed`: `{ error, exitCode, uploadId? }`.
 */
export function reportEvents(task: CopyTask, stdout: NodeJS.WritableStream): void {
  task.on('plan', ({ parts, ...plan }) => writeEvent(stdout, 'plan', { ...plan, parts: parts.length }));
  task.on('upload', (upload) => writeEvent(stdout, 'upload', upload));
  task.on('part', (part) => writeEvent(stdout, 'part', part));
  task.on('retry', ({ error, ...retry }) => writeEvent(stdout, 'retry', { ...retry, error: describeError(error) }));
  task.on('throttle', (throttle) => writeEvent(stdout, 'throttle', throttle));
  task.on('warning', (warning) => writeEvent(stdout, 'warning', warning));
  task.on(
    'progress',
    limitProgress((progress) => writeEvent(stdout, 'progress', progress)),
  );
  task.on('complete', (result) => writeEvent(stdout, 'complete', result));
}

function limitProgress(write: (progress: CopyProgress) => void): (progress: CopyProgress) => void {
  let nextMs = 0;
  return (progress) => {
    if (progress.elapsedMs < nextMs && progress.phase !== 'done') return;
    nextMs = progress.elapsedMs + PROGRESS_INTERVAL_MS;
    write(progress);
  };
}
