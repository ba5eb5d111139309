import { type FleetProgress, listRuns, openRun, retryFailures } from '../bullmq/index.ts';
import { CopyOptionsError } from '../errors.ts';
import { formatBytes } from '../plan/byte-size.ts';
import { formatDuration } from './duration.ts';
import { EXIT_CODES } from './exit-code.ts';
import { openQueue, type OpenQueue, type QueueFlags } from './open-queue.ts';
import { type Output, writeEvent, writeLine } from './output.ts';

/** Options of `fleet`. */
export interface FleetFlags extends QueueFlags {
  readonly json?: boolean;
}

const MOST_FAILURES_SHOWN = 10;

/**
 * Runs `fleet`: looks at the runs of a queue, or changes what its workers do.
 *
 * @returns the exit code: 4 if the run that was asked for, or that retries it, has failures
 * @throws CopyOptionsError if an option is wrong, BullMQ isn't installed, or there is no such run
 */
export async function runFleetCommand(
  action: string,
  run: string | undefined,
  flags: FleetFlags,
  output: Output,
): Promise<number> {
  const queue = await openQueue(flags, { migrate: false });
  try {
    if (action === 'status') return await showStatus(queue, run, flags, output);
    if (action === 'retry') return await retry(queue, run, flags, output);
    if (run !== undefined) {
      throw new CopyOptionsError(`fleet ${action} holds for all runs of a queue: leave out ${JSON.stringify(run)}`);
    }
    await (action === 'pause' ? queue.pause() : queue.resume());
    const isUnused = (await listRuns(queue)).length === 0 && (await queue.getWorkersCount()) === 0;
    const remark = isUnused ? ', which has no run and no worker' : '';
    say(flags, output, action, { queue: queue.name, isUnused }, `Queue ${queue.name}${remark}: ${action}d`);
    return EXIT_CODES.done;
  } finally {
    await queue.close();
  }
}

async function showStatus(
  queue: OpenQueue,
  run: string | undefined,
  flags: FleetFlags,
  output: Output,
): Promise<number> {
  const isPaused = await queue.isPaused();
  const counts = await queue.getJobCounts('active', 'prioritized', 'waiting', 'delayed', 'failed');
  const jobs = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const line = `Queue ${queue.name}${isPaused ? ' (paused)' : ''}: jobs ${jobs.join(', ')}`;
  say(flags, output, 'queue', { name: queue.name, isPaused, jobs: counts }, line);
  const runs = run === undefined ? await listRuns(queue) : [run];
  if (runs.length === 0 && flags.json !== true) writeLine(output.stdout, 'No runs');
  for (const id of runs) {
    const progress = await (await openRun(queue, id)).progress();
    say(flags, output, 'run', { id, ...progress }, `${id}: ${formatProgress(progress)}`);
  }
  if (run === undefined) return EXIT_CODES.done;
  let failures = 0;
  for await (const { source, message } of (await openRun(queue, run)).failures()) {
    if (++failures > MOST_FAILURES_SHOWN && flags.json !== true) continue;
    say(flags, output, 'failure', { source, message }, `Failed: ${source.bucket}/${source.key}: ${message}`);
  }
  return failures > 0 ? EXIT_CODES.someFailed : EXIT_CODES.done;
}

async function retry(queue: OpenQueue, run: string | undefined, flags: FleetFlags, output: Output): Promise<number> {
  if (run === undefined)
    throw new CopyOptionsError('Name the run whose failures are to be enqueued: fleet retry <run>');
  const asked = await (await openRun(queue, run)).progress();
  if (asked.isFinished && asked.failed === 0) {
    say(flags, output, 'retry', { listed: 0 }, `Nothing failed in run ${run}`);
    return EXIT_CODES.done;
  }
  const again = await retryFailures(queue, run);
  const progress = await again.progress();
  const { listed, failed, isFinished } = progress;
  const state = isFinished ? 'has ended' : 'is in the queue';
  const text = `Run ${again.id} ${state}: ${formatProgress(progress)}`;
  say(flags, output, 'retry', { id: again.id, listed, failed, isFinished }, text);
  return failed > 0 ? EXIT_CODES.someFailed : EXIT_CODES.done;
}

function formatProgress(progress: FleetProgress): string {
  const { listed, isListed, copied, skipped, failed, gone, bytes, bytesTotal, workers, objectsPerSecond } = progress;
  const others = Object.entries({ skipped, failed, gone }).filter(([, count]) => count > 0);
  return [
    `${copied} of ${listed}${isListed ? '' : ' or more'} objects copied`,
    ...others.map(([name, count]) => `${count} ${name}`),
    `${formatBytes(bytes)} of ${formatBytes(bytesTotal)}`,
    ...(progress.isFinished
      ? [`finished in ${formatDuration(progress.elapsedMs)}`]
      : [
          `${objectsPerSecond} objects/s`,
          workers === 1 ? '1 worker' : `${workers} workers`,
          ...(progress.etaMs === undefined ? [] : [`${formatDuration(progress.etaMs)} left`]),
        ]),
  ].join(', ');
}

function say({ json }: FleetFlags, { stdout }: Output, event: string, fields: object, text: string): void {
  if (json === true) writeEvent(stdout, event, fields);
  else writeLine(stdout, text);
}
