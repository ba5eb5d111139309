import { OperationRunner } from '../request/operation-runner.ts';
import { ServerClock } from '../request/server-clock.ts';
import { isSameStore } from '../store/same-store.ts';
import { watchConnections } from '../store/most-connections.ts';
import type { CheckedRun } from './check-copy-objects-options.ts';
import type { ManyContext } from './many-context.ts';
import { ReportedObjects } from './reported-objects.ts';
import { isListed } from './source-pages.ts';

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
  const destination = new ServerClock();
  const source = isSameStore(base.store, base.sourceStore) ? destination : new ServerClock();
  return {
    ...parts,
    clocks: { source, destination },
    options,
    optionsOf,
    store: base.store,
    sourceStore: base.sourceStore,
    terms: { requestPayer: base.requestPayer, expectedBucketOwner: base.expectedBucketOwner },
    multipartThreshold: base.multipartThreshold,
    maxElapsedMs: base.retry.maxElapsedMs,
    retries: base.retry.maxAttempts > 1,
    verify,
    runner,
    warnIfHeld: watchConnections(base.store, (code, message) => outcomes.warnOnce(code, message)),
    reported: new ReportedObjects(isListed(options.source) && options.source.versions === true),
  };
}
