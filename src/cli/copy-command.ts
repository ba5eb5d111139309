import { copyLargeObject } from '../copy.ts';
import type { CopyResult } from '../events.ts';
import { formatBytes } from '../plan/byte-size.ts';
import { type CopyFlags, readCopyFlags, type AskedCopy } from './copy-flags.ts';
import { formatError } from './describe-error.ts';
import { formatDuration } from './duration.ts';
import { exitCodeOf, EXIT_CODES } from './exit-code.ts';
import { noteFirstAnswer } from './first-answer.ts';
import { InterruptedError, listenForInterruption } from './interruption.ts';
import { formatObjectUrl } from './object-url.ts';
import { environmentEndpoint } from '../wire/environment.ts';
import { type Output, writeEvent, writeLine } from './output.ts';
import { showProgressBar } from './progress-bar.ts';
import { layOutProgress } from './progress-line.ts';
import { type ProgressFlags, readProgressMode, showProgressLines } from './progress-mode.ts';
import { openTimeline } from './timeline-file.ts';
import { reportEvents, writeFailure } from './report-events.ts';

export interface ReportFlags extends ProgressFlags {
  readonly debug?: boolean;
}

/** Where no terminal sets it. */
const LONGEST_LINE = 200;

/**
 * Runs `copy`, and gives the exit code. A bar goes to a terminal on stderr; JSON lines go to stdout with `--json`, or if it isn't a
 * terminal. If the options won't do, it throws before it writes anything.
 */
export async function runCopyCommand(
  sourceText: string,
  destinationText: string,
  flags: CopyFlags & ReportFlags,
  output: Output,
): Promise<number> {
  const { writesJson, shows, ...lines } = readProgressMode(flags, output);
  const asked = readCopyFlags(sourceText, destinationText, flags);
  const drawTimeline = flags.timeline === undefined ? undefined : openTimeline(flags.timeline);
  let uploadId: string | undefined;
  let isLeft = false;
  let stopBar = (): void => undefined;
  const interruption = listenForInterruption(
    () => {
      stopBar();
      const action = `${keepsUpload(flags) ? 'Keeping' : 'Aborting'} the upload`;
      const what = uploadId === undefined ? 'Ending' : action;
      writeLine(output.stderr, `Interrupted. ${what} … (once more to leave at once)`);
    },
    () => {
      if (uploadId !== undefined) writeLine(output.stderr, `Left at once: upload ${uploadId} may still exist.`);
    },
  );
  try {
    const task = copyLargeObject({ ...asked.options, signal: interruption.signal });
    drawTimeline?.follow(task);
    task.on('upload', (upload) => {
      ({ uploadId } = upload);
      isLeft = false;
    });
    task.on('warning', (warning) => {
      if (warning.code === 'UPLOAD_LEFT' && warning.uploadId === uploadId) isLeft = true;
    });
    if (writesJson && flags.quiet !== true) reportEvents(task, output.stdout, lines);
    if (shows !== 'nothing') noteFirstAnswer(task, endpointsOf(asked, flags), output);
    if (shows === 'bar') stopBar = showProgressBar(task, output.stderr);
    if (shows === 'lines') {
      stopBar = showProgressLines(task, output.stderr, () => layOutProgress(task.progress, LONGEST_LINE).text);
    }
    const result = await task;
    stopBar();
    if (writesJson && flags.quiet === true) writeEvent(output.stdout, 'complete', result);
    if (!writesJson && flags.quiet !== true) writeLine(output.stdout, formatResult(asked, result));
    return EXIT_CODES.done;
  } catch (error) {
    stopBar();
    // An interruption names no upload; any other error does if its upload may live.
    const isKept = isLeft || (error instanceof InterruptedError && keepsUpload(flags));
    const keptId = (error as { uploadId?: string }).uploadId ?? (isKept ? uploadId : undefined);
    const exitCode = exitCodeOf(error);
    if (writesJson) writeFailure(output.stdout, error, { uploadId: keptId });
    if (!(error instanceof InterruptedError)) {
      writeLine(output.stderr, formatError(error, flags.debug, flags.resume !== undefined));
    } else if (keptId === undefined) {
      const outcome =
        uploadId === undefined ? 'No upload was begun.' : `Upload ${uploadId} was aborted: no part is left.`;
      writeLine(output.stderr, outcome);
    }
    if (keptId !== undefined) writeLine(output.stderr, formatResumption(asked, flags, keptId));
    return exitCode;
  } finally {
    drawTimeline?.write();
    interruption.stop();
  }
}

/** Where the copy's requests go, as far as that was said. */
function endpointsOf({ source, destination }: AskedCopy, flags: CopyFlags): readonly string[] {
  const endpoint = flags.endpoint ?? environmentEndpoint(destination.scheme);
  const sourceEndpoint = flags.sourceEndpoint ?? flags.endpoint ?? environmentEndpoint(source.scheme);
  return [...new Set([sourceEndpoint, endpoint])].filter((known) => known !== undefined);
}

function keepsUpload({ onFailure, checkpoint }: CopyFlags): boolean {
  return (onFailure ?? (checkpoint === undefined ? 'abort' : 'keep')) === 'keep';
}

function formatResult({ source, destination }: AskedCopy, result: CopyResult): string {
  const from = formatObjectUrl(source);
  const to = formatObjectUrl(destination);
  if (result.strategy === 'skipped') return `Skipped: ${to} exists already`;
  if (result.strategy === 'in-place') return `Put ${to} under the new key where it is, without copying it`;
  const how =
    result.strategy === 'single'
      ? 'one CopyObject'
      : `${result.parts} parts of ${formatBytes(result.partSize)}${result.resumed ? ', resumed' : ''}`;
  const facts = [
    how,
    result.retries > 0 ? `${result.retries} retries` : '',
    result.hedges > 0 ? `${result.hedges} stragglers sent twice` : '',
    result.verified === 'none' ? 'not verified' : `verified by ${result.verified === 'etag' ? 'ETag' : 'size'}`,
  ].filter((fact) => fact !== '');
  const lines = [
    `Copied ${from} to ${to}`,
    `${formatBytes(result.size)} in ${formatDuration(result.elapsedMs)} (${formatBytes(result.bytesPerSecond)}/s): ${facts.join(', ')}`,
    `ETag ${result.etag}${result.versionId === undefined ? '' : `, version ${result.versionId}`}`,
    ...result.warnings.map((warning) => `Warning: ${warning.message}`),
  ];
  return lines.join('\n');
}

function formatResumption({ source, destination }: AskedCopy, flags: CopyFlags, uploadId: string): string {
  if (flags.checkpoint !== undefined) return `Upload ${uploadId} is kept. Run the same command again to go on.`;
  const command = `copy-large-object copy ${quote(formatObjectUrl(source))} ${quote(formatObjectUrl(destination))}`;
  return `Upload ${uploadId} is kept. To go on, add --resume, and repeat your other options:\n  ${command} --resume ${quote(uploadId)}`;
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
