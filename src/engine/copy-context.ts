import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import type { CopyReporter } from './copy-reporter.ts';
import type { OperationRunner } from '../request/operation-runner.ts';
import type { ServerClock } from '../request/server-clock.ts';

/** What every step of one copy works with. */
export interface CopyContext {
  readonly options: NormalizedCopyOptions;
  readonly runner: OperationRunner;
  readonly reporter: CopyReporter;
  readonly clock: ServerClock;
  /** Fires when the caller cancels, by his signal or by `abort()`. */
  readonly signal: AbortSignal;
}
