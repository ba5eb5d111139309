import { ConcurrencyController } from '../engine/pace/concurrency-controller.ts';
import { RequestBudget } from './budget.ts';
import type { CheckedRun } from './check-copy-objects-options.ts';
import type { ObjectOutcome } from './copy-objects-options.ts';
import { makeContext } from './make-context.ts';
import type { ManyContext } from './many-context.ts';
import { Outcomes } from './outcomes.ts';
import type { CopyObjectsEvents } from './run-events.ts';
import { Totals } from './totals.ts';

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
