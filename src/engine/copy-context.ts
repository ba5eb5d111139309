import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import { OperationRunner } from '../request/operation-runner.ts';
import { ServerClock } from '../request/server-clock.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isSameStore } from '../store/same-store.ts';
import { BoundStore } from './bound-store.ts';
import type { CopyReporter } from './copy-reporter.ts';
import { OptionalHeaders } from './optional-headers.ts';

/** The copy's right to end its upload, which another process may take over if this one stands still for too long. */
export interface Lease {
  readonly isLost: boolean;
  /** To be called right before what ends the upload. @throws CheckpointError unless the lease is held */
  confirm(): Promise<void>;
}

export interface CopyContext {
  readonly options: NormalizedCopyOptions;
  /** The source, in the store by which its metadata is read. */
  readonly source: BoundStore;
  /** The destination, in the store that performs the copy. */
  readonly destination: BoundStore;
  readonly runner: OperationRunner;
  readonly reporter: CopyReporter;
  /** What requests carry only as long as the store takes it. */
  readonly optional: OptionalHeaders;
  /** The clock of the store that is written to. */
  readonly clock: ServerClock;
  /** Fires when the caller cancels, by a signal or by `abort()`, and when the lease is lost. */
  readonly signal: AbortSignal;
  /** Undefined if no other process can go on with the copy. */
  readonly lease?: Lease | undefined;
  /** Uploads that were aborted on the way, by this run or an earlier one: a part that lands late brings them back. */
  readonly discarded: Set<string>;
  /** What takes the place of the source's HEAD: what the caller knows of it. */
  readonly knownSource?: HeadObjectResult | undefined;
}

export function createContext(
  options: NormalizedCopyOptions,
  reporter: CopyReporter,
  signal: AbortSignal,
): CopyContext {
  const { requestPayer, sse } = options;
  const runner = new OperationRunner(options.retry, options.limiter, reporter, signal);
  const source = new BoundStore({
    store: options.sourceStore,
    location: options.source,
    sse: options.sourceSse,
    terms: { requestPayer, expectedBucketOwner: options.expectedSourceBucketOwner },
    runner,
  });
  const destination = new BoundStore({
    store: options.store,
    location: options.destination,
    sse: sse?.type === 'SSE-C' ? sse : undefined,
    terms: { requestPayer, expectedBucketOwner: options.expectedBucketOwner },
    runner,
  });
  const optional = new OptionalHeaders(options);
  const clock = new ServerClock();
  return { options, source, destination, runner, reporter, optional, clock, signal, discarded: new Set() };
}

/** The same steps with another runner, e.g. one that takes no further turn of a shared limit. */
export function withRunner(context: CopyContext, runner: OperationRunner): CopyContext {
  const { source, destination } = context;
  return { ...context, runner, source: source.with({ runner }), destination: destination.with({ runner }) };
}

/** Whether source and destination are one and the same object, to be written anew. */
export function isOntoItself({ source, destination, store, sourceStore }: NormalizedCopyOptions): boolean {
  return isSameStore(store, sourceStore) && source.bucket === destination.bucket && source.key === destination.key;
}
