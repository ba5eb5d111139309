import type { CopyOptions } from '../options/copy-options.ts';
import type { OperationRunner } from '../request/operation-runner.ts';
import type { ServerClock } from '../request/server-clock.ts';
import type { CopyStore, StoreRequest } from '../store/copy-store.ts';
import type { RequestBudget } from './budget.ts';
import type { CopyObjectsOptions } from './copy-objects-options.ts';
import type { Outcomes } from './outcomes.ts';
import type { ReportedObjects } from './reported-objects.ts';
import type { Totals } from './totals.ts';

/** What every part of a run works with. */
export interface ManyContext {
  readonly options: CopyObjectsOptions;
  /** Makes the options of one object's copy by the engine. */
  readonly optionsOf: (place: Pick<CopyOptions, 'source' | 'destination'>) => CopyOptions;
  readonly store: CopyStore;
  readonly sourceStore: CopyStore;
  /** The clocks of both stores, as far as they have told their time: one clock for one store. */
  readonly clocks: { readonly source: ServerClock; readonly destination: ServerClock };
  /** For every request at the destination. */
  readonly terms: Pick<StoreRequest, 'requestPayer' | 'expectedBucketOwner'>;
  readonly multipartThreshold: number;
  readonly maxElapsedMs: number;
  readonly retries: boolean;
  readonly verify: 'listing' | 'head' | 'none';
  readonly runner: OperationRunner;
  readonly budget: RequestBudget;
  readonly totals: Totals;
  readonly outcomes: Outcomes;
  /** Warns, once, if so many requests in flight are more than the store's client opens connections. */
  readonly warnIfHeld: (inFlight: number) => void;
  /** What earlier runs report. */
  readonly reported: ReportedObjects;
  /** Fires when the caller cancels. */
  readonly signal: AbortSignal;
}
