import { tracingChannel } from 'node:diagnostics_channel';
import type { CopyResult } from './events.ts';
import type { NormalizedCopyOptions } from './options/normalize-copy-options.ts';
import type { ObjectLocation, SourceLocation } from './store/copy-store.ts';
import type { CopyTask } from './task.ts';

/**
 * One copy, as subscribers of the tracing channel `copy-large-object:copy` see it: first at `start`, and last at `asyncEnd`.
 * `docs/telemetry.md` has an example.
 */
export interface CopyTrace {
  /** The copy itself: its events can be listened to from `start` on. */
  readonly copy: CopyTask;
  /** The store's `name`. */
  readonly store: string;
  readonly source: SourceLocation;
  readonly destination: ObjectLocation;
  /** Milliseconds since 1970, with a fraction. */
  readonly startedAt: number;
  /** Milliseconds; undefined until the copy has ended. */
  durationMs?: number;
  /** What it resolved with, if it did. */
  result?: CopyResult;
  /** What it rejected with. */
  error?: unknown;
}

const channel = tracingChannel<unknown, CopyTrace>('copy-large-object:copy');

/** Makes a copy, and tells subscribers of it. Without any, it costs one look. */
export function traceCopy(
  { store, source, destination }: NormalizedCopyOptions,
  copyOf: () => CopyTask,
  make: () => Promise<CopyResult>,
): Promise<CopyResult> {
  if (!channel.hasSubscribers) return make();
  const startedAt = performance.timeOrigin + performance.now();
  const trace: CopyTrace = { copy: copyOf(), store: store.name, source, destination, startedAt };
  const end = (): void => {
    trace.durationMs = performance.timeOrigin + performance.now() - startedAt;
  };
  return channel.tracePromise(() => make().finally(end), trace);
}
