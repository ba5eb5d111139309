import { CopyOptionsError, describeError, isCopyError } from '../errors.ts';
import { copyObjects, type CopyRun } from '../many/copy-objects.ts';
import { planObjects, type CopyObjectsPlan } from '../many/plan-objects.ts';
import type { ObjectOutcome } from '../many/copy-objects-options.ts';
import type { CopyObjectsResult } from '../many/run-events.ts';
import type { CopyObjectsProgress } from '../many/totals.ts';
import { formatBytes } from '../plan/byte-size.ts';
import type { ReportFlags } from './copy-command.ts';
import { formatError } from './describe-error.ts';
import { formatDuration } from './duration.ts';
import { exitCodeOf, EXIT_CODES } from './exit-code.ts';
import { InterruptedError, listenForInterruption } from './interruption.ts';
import { type AskedRun, type ManyFlags, readAssumptions, readManyFlags } from './many-flags.ts';
import { formatObjectUrl } from './object-url.ts';
import { type Output, writeEvent, writeLine } from './output.ts';
import { readProgressMode, showProgressLines } from './progress-mode.ts';
import { writeFailure } from './report-events.ts';
import { formatRunProgress, showRunProgress } from './run-progress.ts';

/** Failures that are shown one by one where there is a bar. */
const MOST_SHOWN = 10;
const PROGRESS_INTERVAL_MS = 1000;

/**
 * Runs `copy --recursive` and `sync`.
 *
 * @returns the exit code
 * @throws CopyOptionsError if the run that is asked for can't be; nothing is sent then
 */
export async function runManyCommand(
  sourceText: string,
  destinationText: string,
  flags: ManyFlags & ReportFlags,
  output: Output,
): Promise<number> {
  const { writesJson, shows, hasProgress } = readProgressMode(flags, output);
  const asked = readManyFlags(sourceText, destinationText, flags);
  if (flags.dryRun === true) {
    const plan = await planObjects(asked.options, readAssumptions(flags));
    if (writesJson) writeEvent(output.stdout, 'plan', plan);
    else writeLine(output.stdout, formatPlan(plan));
    return EXIT_CODES.done;
  }
  let stopBar = (): void => undefined;
  const interruption = listenForInterruption(
    () => {
      stopBar();
      writeLine(output.stderr, 'Interrupted. Ending what is in flight … (once more to leave at once)');
    },
    () => undefined,
  );
  let isDoubtful = false;
  let hasBegun = false;
  let hasFailures = false;
  let run: CopyRun | undefined;
  try {
    const started = copyObjects({ ...asked.options, signal: interruption.signal });
    run = started;
    started.on('progress', ({ listed }) => {
      hasBegun ||= listed > 0;
    });
    started.on('objectFailed', ({ error }) => {
      hasFailures = true;
      if (isCopyError(error) && error.destinationWritten === true) isDoubtful = true;
    });
    noteFailures(started, output, flags);
    if (writesJson && flags.quiet !== true) writeEvents(started, output, flags.report !== undefined, hasProgress);
    if (shows === 'bar') stopBar = showRunProgress(started, output.stderr);
    if (shows === 'lines')
      stopBar = showProgressLines(started, output.stderr, () => formatRunProgress(started.progress));
    const result = await started;
    stopBar();
    if (writesJson) writeEvent(output.stdout, 'complete', result);
    else if (flags.quiet !== true) writeLine(output.stdout, formatResult(asked, result));
    if (result.failed > 0 && flags.report !== undefined) {
      writeLine(output.stderr, 'Run the same command again to try those that failed.');
    }
    if (isDoubtful) return EXIT_CODES.doubtful;
    const areMissing = flags.filesFrom !== undefined && result.gone > 0;
    return result.failed > 0 || areMissing ? EXIT_CODES.someFailed : EXIT_CODES.done;
  } catch (error) {
    stopBar();
    const isInterrupted = error instanceof InterruptedError;
    const exitCode = isDoubtful
      ? EXIT_CODES.doubtful
      : hasFailures && !isInterrupted
        ? EXIT_CODES.someFailed
        : hasBegun && error instanceof CopyOptionsError
          ? EXIT_CODES.failed
          : exitCodeOf(error);
    if (writesJson) writeFailure(output.stdout, error, { exitCode });
    if (!isInterrupted) writeLine(output.stderr, formatError(error, flags.debug));
    if (isInterrupted || hasBegun) writeLine(output.stderr, formatEnd(run?.progress.copied ?? 0, flags));
    return exitCode;
  } finally {
    interruption.stop();
    asked.list?.destroy();
  }
}

/** JSON lines. What the report has is not written a second time. */
function writeEvents(run: CopyRun, { stdout }: Output, hasReport: boolean, hasProgress: boolean): void {
  if (!hasReport) run.on('object', (outcome) => writeEvent(stdout, 'object', outcome));
  run.on('objectFailed', ({ error, ...outcome }) => {
    writeEvent(stdout, 'objectFailed', { ...outcome, error: describeError(error) });
  });
  run.on('warning', (warning) => writeEvent(stdout, 'warning', warning));
  run.on('throttle', (throttle) => writeEvent(stdout, 'throttle', throttle));
  let nextMs = 0;
  run.on('progress', (progress: CopyObjectsProgress) => {
    if (!hasProgress || progress.elapsedMs < nextMs) return;
    nextMs = progress.elapsedMs + PROGRESS_INTERVAL_MS;
    writeEvent(stdout, 'progress', progress);
  });
}

/** An object that a list names and the store lacks counts as a failure: nobody has seen it there. */
function noteFailures(run: CopyRun, { stderr }: Output, { filesFrom }: ManyFlags): void {
  let shown = 0;
  const note = ({ message = '' }: ObjectOutcome): void => {
    if (++shown <= MOST_SHOWN) writeLine(stderr, `Failed: ${message}`);
    else if (shown === MOST_SHOWN + 1) writeLine(stderr, 'More failures are not shown: --report has them all');
  };
  run.on('objectFailed', note);
  if (filesFrom === undefined) return;
  run.on('object', (outcome) => {
    if (outcome.outcome === 'gone') note(outcome);
  });
}

/** What a run that ended early leaves, and how to go on. */
function formatEnd(copied: number, { report, ifExists }: ManyFlags): string {
  const done = `${copied} objects copied.`;
  if (report !== undefined) return `${done} Run the same command again to go on.`;
  if (ifExists === 'skip-same') return `${done} Run the same command again to copy the others.`;
  return `${done} The same command begins again; with --if-exists skip-same it leaves out what is copied.`;
}

function formatResult({ source, destination }: AskedRun, result: CopyObjectsResult): string {
  const { copied, bytes, elapsedMs, requests } = result;
  const others = (['skipped', 'failed', 'gone', 'deleted'] as const).filter((name) => result[name] > 0);
  const rate = elapsedMs === 0 ? 0 : Math.round((copied / elapsedMs) * 1000);
  return [
    `Copied ${copied} objects from ${formatObjectUrl(source)} to ${formatObjectUrl(destination)}`,
    `${formatBytes(bytes)} in ${formatDuration(elapsedMs)} (${rate} objects/s), ${requests} requests`,
    ...(others.length === 0 ? [] : [others.map((name) => `${result[name]} ${name}`).join(', ')]),
    ...result.warnings.map(({ message }) => `Warning: ${message}`),
  ].join('\n');
}

function formatPlan(plan: CopyObjectsPlan): string {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  const { durationMs, cost, assumed } = plan.estimate;
  const { concurrency, latencyMs, prices } = assumed;
  const reasons = Object.keys(plan.reasons).length === 0 ? '' : ` (${list(plan.reasons)})`;
  const lines = [
    `Would copy ${plan.objects} of ${plan.listed} objects, ${formatBytes(plan.bytes)}`,
    `skip ${plan.skipped}${plan.failed > 0 ? `, fail at ${plan.failed}` : ''}${reasons}`,
    `send ${list(plan.requests)}`,
    `take about ${formatDuration(durationMs)} (assuming ${concurrency} requests at once, ${latencyMs} ms a request)`,
    `pay about ${cost} ${prices.currency} for requests (at ${prices.writes} for 1,000 that copy or list, ${prices.reads} for 1,000 others)`,
    ...plan.deletes.map((key) => `delete ${key}`),
    ...plan.largest.map(({ bucket, key, size }) => `${formatBytes(size).padStart(10)}  ${bucket}/${key}`),
  ];
  return lines.join('\n');
}
