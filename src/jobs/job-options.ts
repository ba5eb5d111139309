import { choice, fail, integer, optional, type Rule, text } from '../check-options.ts';
import { partSize, preserve } from '../options/normalize-copy-options.ts';
import type { JobOptions } from './copy-job.ts';

/** The rules of the options that a job carries. */
export const JOB_OPTION_RULES: { readonly [Name in keyof JobOptions]-?: Rule<JobOptions[Name]> } = {
  ifExists: optional(choice('overwrite', 'skip', 'fail', 'skip-same')),
  preserve: optional(preserve),
  verify: optional(choice('listing', 'head', 'none')),
  multipartThreshold: optional(integer(0)),
  partSize: optional(partSize),
  requestPayer: optional(choice('requester')),
  expectedBucketOwner: optional(text),
  expectedSourceBucketOwner: optional(text),
};

/** What belongs to a worker, as a job is read by everyone who can read the queue. */
const OF_WORKERS: ReadonlySet<string> = new Set([
  'store',
  'sourceStore',
  'stores',
  'credentials',
  'checkpoint',
  'concurrency',
  'limiter',
  'retry',
  'hedge',
  'report',
  'signal',
]);

/**
 * Says of an option that is right elsewhere why it isn't in a job.
 *
 * @throws CopyOptionsError if one belongs to the worker
 */
export function refuseWorkerOptions(given: unknown, owner: string): void {
  const worker = Object.keys(given ?? {}).find((name) => OF_WORKERS.has(name));
  if (worker !== undefined) fail({ path: worker, owner }, "can't be in a job: it belongs to the worker (runJob)");
}
