import { ConcurrencyController } from '../engine/pace/concurrency-controller.ts';
import { type SharedPace, sharedPaceOf } from '../engine/pace/shared-pace.ts';
import { Task, type Running, type StartingTask } from '../task.ts';
import { RequestBudget } from './budget.ts';
import { type CheckedRun, checkCopyObjectsOptions } from './check-copy-objects-options.ts';
import type { CopyObjectsOptions } from './copy-objects-options.ts';
import { Lanes } from './lanes.ts';
import { deleteExtra, findExtra } from './delete-extra.ts';
import { makeContext, type ManyContext } from './many-context.ts';
import { ObjectRun } from './object-run.ts';
import { Outcomes } from './outcomes.ts';
import type { CopyObjectsEvents, CopyObjectsResult } from './run-events.ts';
import { isListed } from './source-pages.ts';
import { type CopyObjectsProgress, Totals } from './totals.ts';

/** A running copy of many objects: see {@link Task}. */
export class CopyRun extends Task<CopyObjectsEvents, CopyObjectsResult, CopyObjectsProgress> {}

/**
 * Copies the objects of a prefix, a list or whatever gives them, each as `copyLargeObject` would: small ones by one request. The
 * run starts by itself after the current tick. One object's failure is that object's; the run rejects only if it can't go on.
 *
 * @throws CopyOptionsError at once, before any request, for options that are missing, unknown or out of range
 *
 * @example
 * const run = copyObjects({
 *   store: s3Store({ region: 'eu-west-1' }),
 *   source: { bucket: 'media', prefix: 'tenant-17/' },
 *   destination: { bucket: 'archive', prefix: '2026/tenant-17/' },
 *   report: fileReport('tenant-17.ndjson'),
 * });
 * run.on('objectFailed', ({ source, message }) => console.error(source.key, message));
 * const { copied, failed } = await run;
 */
export function copyObjects(options: CopyObjectsOptions): CopyRun {
  const checked = checkCopyObjectsOptions(options);
  return new CopyRun((task) => startRun(checked, task, undefined), options.signal);
}

/** As {@link copyObjects}, but what is learnt of a store with an adaptive concurrency is shared with the other such runs of this process. */
export function copyObjectsAtSharedPace(options: CopyObjectsOptions): CopyRun {
  const checked = checkCopyObjectsOptions(options);
  return new CopyRun((task) => startRun(checked, task, sharedPaceOf(checked.base)), options.signal);
}

function startRun(
  checked: CheckedRun,
  task: StartingTask<CopyObjectsEvents>,
  pace: SharedPace | undefined,
): Running<CopyObjectsResult, CopyObjectsProgress> {
  const { options, base, placing } = checked;
  const { onFailure = 'continue', maxFailures = Number.POSITIVE_INFINITY } = options;
  const totals = new Totals();
  const shared = pace?.join(() => budget.inFlight);
  const controller = shared?.pace ?? new ConcurrencyController(base.concurrency);
  const budget: RequestBudget = new RequestBudget(controller, () => run.pump());
  const snapshot = (): CopyObjectsProgress => totals.snapshot(budget.inFlight, controller.limit);
  const progress = (): void => {
    if (task.hasListeners('progress')) task.emit('progress', snapshot());
  };
  const outcomes = new Outcomes(totals, options.report, task, {
    progress,
    failed: (code) => {
      // The source's bucket is there, as it is listed: no object has a place.
      const isHopeless =
        code === 'NoSuchBucket' && isListed(options.source) && typeof options.destination !== 'function';
      if (onFailure === 'stop' || isHopeless || totals.failed > maxFailures) run.stop();
    },
    broken: () => run.stop(),
  });
  const context = makeContext(checked, { totals, budget, outcomes, signal: task.signal });
  const run = new ObjectRun(context, placing, (prefix) => new Lanes(context, prefix));
  task.signal.addEventListener('abort', run.stop, { once: true });
  const copyAll = async (): Promise<CopyObjectsResult> => {
    try {
      task.signal.throwIfAborted();
      outcomes.progressIfDue();
      await run.readReport();
      await options.report?.open();
      await run.run(async () => {
        if (checked.extra === undefined) return;
        if (totals.failed > 0) {
          outcomes.warn('NOTHING_DELETED', 'Nothing was deleted as not every object was copied');
          return;
        }
        await deleteExtra(context, checked.extra, await findExtra(context, checked.extra));
      });
      if (totals.listed === 0) outcomes.warn('NOTHING_LISTED', describeNothing(options));
      progress();
      return resultOf(context);
    } finally {
      budget.close();
      shared?.leave();
      task.signal.removeEventListener('abort', run.stop);
    }
  };
  return {
    run: copyAll,
    snapshot,
    pause: () => budget.pause(),
    resume: () => budget.resume(),
    setConcurrency: (concurrency) => budget.setLimit(concurrency),
  };
}

function describeNothing({ source }: CopyObjectsOptions): string {
  const where = source.prefix === undefined || source.prefix === '' ? '' : ` below ${source.prefix}`;
  const list = 'inventory' in source ? `Inventory ${source.inventory.key}` : 'The list';
  return `${isListed(source) ? `Bucket ${source.bucket}` : list} has no object${where} to copy`;
}

function resultOf({ totals, outcomes, runner, options }: ManyContext): CopyObjectsResult {
  return Object.freeze({
    ...totals.counts,
    bytes: totals.bytesCopied,
    requests: totals.requests + runner.requests,
    warnings: Object.freeze([...outcomes.warnings]),
    elapsedMs: totals.elapsedMs,
    ...(options.report !== undefined && { report: options.report.name }),
  });
}
