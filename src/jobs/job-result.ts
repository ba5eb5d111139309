import { CopyError, messageOf } from '../errors.ts';
import type { ObjectOutcome } from '../many/copy-objects-options.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyJob } from './copy-job.ts';

/** An object that could not be copied, as JSON. */
export interface JobFailure extends Pick<ObjectOutcome, 'source' | 'destination' | 'size'> {
  /** The store's code, or the error's. */
  readonly code: string;
  readonly message: string;
  /** Whether it may work later: the store or the network had failed, and for longer than retries last. */
  readonly retryable: boolean;
}

/** How the objects of a job, or of all jobs of a run, ended. */
export interface JobCounts {
  readonly copied: number;
  /** Left as they are, by `ifExists`. */
  readonly skipped: number;
  readonly failed: number;
  /** Deleted at the source after they were listed. */
  readonly gone: number;
  /** Of the objects that were copied. */
  readonly bytes: number;
  /** That were sent to the stores. */
  readonly requests: number;
}

/** What a job did, as JSON. */
export interface JobResult extends JobCounts {
  readonly id: string;
  readonly run: string;
  readonly failures: readonly JobFailure[];
  readonly elapsedMs: number;
}

/** How an object of a job ended. */
export type EndedObject = ObjectOutcome & { readonly error?: unknown };

/** What a job did. @param failed - the objects that could not be copied */
export function resultOf(
  { id, run }: CopyJob,
  counts: Omit<JobCounts, 'failed'>,
  failed: readonly EndedObject[],
  elapsedMs: number,
): JobResult {
  const { copied, skipped, gone, bytes, requests } = counts;
  return {
    id,
    run,
    copied,
    skipped,
    failed: failed.length,
    gone,
    bytes,
    requests,
    failures: failed.map((object) => failureOf(object)),
    elapsedMs: Math.round(elapsedMs),
  };
}

/**
 * Has a job be delivered again if that is of use: if nothing was done and something may work later, or if another worker holds the
 * checkpoint of an object, as then nobody knows how it ends.
 *
 * @throws CopyError
 */
export function throwIfLater({ id, objects }: CopyJob, failed: readonly EndedObject[]): void {
  const held = failed.find(({ error }) => isHeldElsewhere(error));
  const isNothingDone = failed.length === objects.length;
  const later = held ?? (isNothingDone ? failed.find(({ error }) => mayWorkLater(error)) : undefined);
  if (later === undefined) return;
  throw new CopyError(
    `Job ${id} has to run again as ${failed.length} of ${objects.length} objects failed: ${later.message}`,
    {
      cause: later.error,
    },
  );
}

function failureOf({ source, destination, size, code = '', message = '', error }: EndedObject): JobFailure {
  return {
    source,
    destination,
    size,
    code,
    message: message === '' ? messageOf(error) : message,
    retryable: mayWorkLater(error),
  };
}

/** Whether a failure may be over later: it, or what it was caused by, is one of the store that another try may mend. */
function mayWorkLater(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isStoreError(cause)) return cause.retryable;
  }
  return isHeldElsewhere(error);
}

function isHeldElsewhere(error: unknown): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === 'ERR_COPY_CHECKPOINT';
}
