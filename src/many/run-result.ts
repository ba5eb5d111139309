import type { ManyContext } from './many-context.ts';
import type { CopyObjectsResult } from './run-events.ts';

/** What a run has done. */
export function resultOf({ totals, outcomes, runner, options }: ManyContext): CopyObjectsResult {
  const { listed, copied, skipped, failed, gone, deleted, bytesCopied, requests, elapsedMs } = totals;
  return Object.freeze({
    listed,
    copied,
    skipped,
    failed,
    gone,
    deleted,
    bytes: bytesCopied,
    requests: requests + runner.requests,
    warnings: Object.freeze([...outcomes.warnings]),
    elapsedMs,
    ...(options.report !== undefined && { report: options.report.name }),
  });
}
