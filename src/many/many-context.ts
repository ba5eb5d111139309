import type { CopyOptions } from '../options/copy-options.ts';
import { OperationRunner } from '../request/operation-runner.ts';
import { ServerClock } from '../request/server-clock.ts';
import { RequestBudget } from './budget.ts';
import type { CopyObjectsOptions, ObjectOutcome } from './copy-objects-options.ts';
import { Outcomes } from './outcomes.ts';
import { ReportedObjects } from './reported-objects.ts';
import { Totals } from './totals.ts';
import { isSameStore } from '../store/same-store.ts';
import { watchConnections } from '../store/most-connections.ts';
import type { CheckedRun } from './check-copy-objects-options.ts';
import { isListed } from './source-pages.ts';
import type { Side } from './side.ts';
import { ConcurrencyController } from '../engine/pace/concurrency-controller.ts';
import type { CopyObjectsEvents } from './run-events.ts';

/** What every part of a run works with. */
export interface ManyContext {
  readonly options: CopyObjectsOptions;
  /** Makes the options of one object's copy by the engine. */
  readonly optionsOf: (place: Pick<CopyOptions, 'source' | 'destination'>) => CopyOptions;
  readonly from: Side;
  readonly to: Side;
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

/** Makes what every part of a run works with. */
export function makeContext(
  { base, options, optionsOf, verify }: CheckedRun,
  parts: Pick<ManyContext, 'totals' | 'budget' | 'outcomes' | 'signal'>,
): ManyContext {
  const { outcomes, totals, signal } = parts;
  const retry = (): void => {
    totals.retries++;
  };
  const runner = new OperationRunner(
    base.retry,
    base.limiter,
    { retry, throttle: (event) => outcomes.throttled(event) },
    signal,
  );
  const { store, sourceStore, requestPayer, expectedBucketOwner } = base;
  const to: Side = { store, runner, clock: new ServerClock(), requestPayer, expectedBucketOwner, signal };
  const from: Side = {
    ...to,
    store: sourceStore,
    clock: isSameStore(store, sourceStore) ? to.clock : new ServerClock(),
    expectedBucketOwner: base.expectedSourceBucketOwner,
  };
  return {
    ...parts,
    from,
    to,
    options,
    optionsOf,
    multipartThreshold: base.multipartThreshold,
    maxElapsedMs: base.retry.maxElapsedMs,
    retries: base.retry.maxAttempts > 1,
    verify,
    runner,
    warnIfHeld: watchConnections(store, (code, message) => outcomes.warnOnce(code, message)),
    reported: new ReportedObjects(isListed(options.source) && options.source.versions === true),
  };
}

/** What a run works with that copies nothing, and that nobody listens to. @param onFailed - is told which objects can't be copied */
export function makeSilentContext(checked: CheckedRun, onFailed?: (failure: ObjectOutcome) => void): ManyContext {
  const ignore = (): void => undefined;
  const totals = new Totals();
  const signal = checked.options.signal ?? new AbortController().signal;
  const emit = (name: keyof CopyObjectsEvents, ...args: unknown[]): void => {
    if (name === 'objectFailed') onFailed?.(args[0] as ObjectOutcome);
  };
  const listener = { progress: ignore, failed: ignore, broken: ignore };
  const outcomes = new Outcomes(totals, undefined, { signal, emit, hasListeners: () => false }, listener);
  const budget = new RequestBudget(new ConcurrencyController(checked.base.concurrency), ignore);
  return makeContext(checked, { totals, budget, outcomes, signal });
}
