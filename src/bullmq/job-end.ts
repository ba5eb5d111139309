import { isCopyError, messageOf } from '../errors.ts';
import type { CopyJob, JobFailure, JobObject, JobResult } from '../jobs/index.ts';
import type { ObjectOutcome } from '../many/copy-objects-options.ts';
import type { JobEnd } from './run-records.ts';

/** What a job's end adds to the records of its run. */
export function endOf(result: Omit<JobResult, 'id' | 'run' | 'elapsedMs'>, outcomes: readonly ObjectOutcome[]): JobEnd {
  const { copied, skipped, failed, gone, bytes, requests, failures } = result;
  return {
    copied,
    skipped,
    failed,
    gone,
    bytes,
    requests,
    failures: failures.map((failure) => JSON.stringify(failure)),
    lines:
      outcomes.length > 0 ? outcomes.map((line) => JSON.stringify(line)) : failures.map((failure) => lineOf(failure)),
  };
}

/** The failure of an object whose job failed as a whole. */
export function failureOf({ source, destination }: CopyJob, object: JobObject, error: unknown): JobFailure {
  const { key, bucket = source.bucket, versionId, etag, size, destination: target } = object;
  const place = { bucket: target?.bucket ?? destination.bucket, key: target?.key ?? destination.prefix + key };
  const cause = error instanceof Error && isCopyError(error.cause) ? error.cause : error;
  return {
    source: { bucket, key: source.prefix + key, versionId, etag },
    destination: place,
    size,
    code: isCopyError(cause) ? cause.code : 'ERR_COPY',
    message: messageOf(error),
    retryable: true,
  };
}

function lineOf({ source, destination, size, code, message }: JobFailure): string {
  const line: ObjectOutcome = {
    source,
    destination,
    outcome: 'failed',
    size,
    code,
    message,
    attempts: 0,
    elapsedMs: 0,
    at: new Date(),
  };
  return JSON.stringify(line);
}
