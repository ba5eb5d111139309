import type { CopyOptions } from './options/copy-options.ts';
import { CopyTask } from './task.ts';
import { assertNotOntoItself, checkDestination } from './engine/check-destination.ts';
import { inspectSource } from './engine/inspect-source.ts';
import { makePlan } from './engine/make-plan.ts';
import { type NormalizedCopyOptions, normalizeCopyOptions } from './options/normalize-copy-options.ts';
import type { CopyPlan } from './plan/copy-plan.ts';
import { prepareCopy } from './run-copy.ts';
import type { CopyReporter } from './engine/copy-reporter.ts';
import { OperationRunner } from './request/operation-runner.ts';
import { ServerClock } from './request/server-clock.ts';

/**
 * Copies an object inside a store, without its bytes passing through here: by one CopyObject up to the threshold, in parts above.
 * The copy starts by itself after the current tick. Await the task, or listen to its events.
 *
 * @throws CopyOptionsError at once, before any request, for options that are missing, unknown or out of range
 *
 * @example
 * const copy = copyLargeObject({
 *   store: s3Store({ region: 'eu-west-1' }),
 *   source: { bucket: 'media', key: 'raw/film.mxf' },
 *   destination: { bucket: 'archive', key: '2026/film.mxf' },
 * });
 * copy.on('progress', (p) => console.log(`${p.bytesCopied}/${p.bytesTotal}`));
 * const result = await copy;
 */
export function copyLargeObject(options: CopyOptions): CopyTask {
  const normalized = checkOptions(options);
  return new CopyTask(prepareCopy(normalized), normalized.signal);
}

/**
 * Says what a copy with these options would do. Sends only HEADs.
 *
 * @throws CopyOptionsError for options that are missing, unknown or out of range, and for a source that can't be planned
 * @throws SourceNotFoundError, DestinationExistsError, StoreError as the copy would
 */
export async function planCopy(options: CopyOptions): Promise<CopyPlan> {
  const normalized = checkOptions(options);
  const signal = normalized.signal ?? new AbortController().signal;
  const runner = new OperationRunner(normalized.retry, normalized.limiter, SILENT);
  const context = { options: normalized, runner, reporter: SILENT, signal, clock: new ServerClock() };
  const source = await inspectSource(context);
  return makePlan(context, source, await checkDestination(context, source));
}

function checkOptions(options: CopyOptions): NormalizedCopyOptions {
  const normalized = normalizeCopyOptions(options);
  assertNotOntoItself({ options: normalized });
  return normalized;
}

const ignore = (): void => undefined;

const SILENT: CopyReporter = {
  phase: ignore,
  plan: ignore,
  upload: ignore,
  alreadyCopied: ignore,
  part: ignore,
  inFlight: ignore,
  retry: ignore,
  throttle: ignore,
  warning: ignore,
};
