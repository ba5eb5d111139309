import { dictionary, fail, flag, optional, readOptions, refuse, type Rule, date } from '../check-options.ts';
import { CheckedEntries, checkEntry } from '../many/check-entry.ts';
import { copyObjectsAtSharedPace } from '../many/copy-objects.ts';
import type { CopyObjectsOptions, ObjectOutcome } from '../many/copy-objects-options.ts';
import type { CopyObjectsProgress } from '../many/totals.ts';
import type { ThrottleEvent } from '../events.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { checkJob } from './check-job.ts';
import type { CopyJob, JobObject } from './copy-job.ts';
import { findFinished, type PlacedEntry } from './find-finished.ts';
import { type EndedObject, type JobResult, resultOf, throwIfLater } from './job-result.ts';

/** What a worker runs a job with. */
export interface RunJobOptions extends Pick<
  CopyObjectsOptions,
  'checkpoint' | 'limiter' | 'signal' | 'concurrency' | 'retry' | 'hedge'
> {
  /** Stores by the names that jobs call them. */
  readonly stores: Readonly<Record<string, CopyStore>>;
  /** The job may have been run before, wholly or in part: the destination is looked at first. @default false */
  readonly redelivered?: boolean | undefined;
  /** Nobody will run the job again: what might work later counts as failed, too. @default false */
  readonly lastAttempt?: boolean | undefined;
  /** What was written before this moment is no copy of the job. @default when the job was made */
  readonly since?: Date | undefined;
  /** Takes how each object ended, once for a job, before it ends; a job that throws reports nothing. If this throws, so does the job. */
  readonly report?: ((outcomes: readonly (ObjectOutcome & { readonly error?: unknown })[]) => unknown) | undefined;
  readonly onProgress?: ((progress: CopyObjectsProgress) => void) | undefined;
  /** Hears when the store asks for fewer requests. */
  readonly onThrottle?: ((event: ThrottleEvent) => void) | undefined;
}

const asIs: Rule<unknown> = (value) => value;
const listener: Rule<unknown> = (value, place) =>
  typeof value === 'function' ? value : refuse(place, 'a function', value);
const RULES = {
  stores: dictionary(asIs),
  redelivered: optional(flag),
  lastAttempt: optional(flag),
  since: optional(date),
  report: optional(listener),
  onProgress: optional(listener),
  onThrottle: optional(listener),
  // Checked as those of copyObjects.
  checkpoint: asIs,
  limiter: asIs,
  signal: asIs,
  concurrency: asIs,
  retry: asIs,
  hedge: asIs,
} satisfies Record<keyof RunJobOptions, Rule<unknown>>;

/**
 * Copies the objects of a job, as `copyObjects` does. A job that is run twice copies nothing twice that was finished, if the second
 * run is told so (`redelivered`).
 *
 * @returns what was done, also if objects failed for good
 * @throws CopyOptionsError if the job or an option is wrong, or a store has a name that this worker doesn't know
 * @throws CopyError if nothing was done and it may work later: have the queue deliver the job again
 * @throws the signal's reason, if it fires: then no request is sent any more, and an upload with a checkpoint is left as it is
 */
export async function runJob(job: CopyJob, options: RunJobOptions): Promise<JobResult> {
  const startedAt = performance.now();
  readOptions(options, RULES, { path: '', owner: 'runJob' });
  const checked = checkJob(job);
  const { stores, redelivered = false, lastAttempt = false, since, report, onProgress, onThrottle, ...each } = options;
  const copyOptions = (entries: readonly PlacedEntry[]): CopyObjectsOptions => ({
    ...checked.options,
    ...each,
    store: findStore(stores, checked.to),
    sourceStore: findStore(stores, checked.from),
    source: { objects: CheckedEntries.from(entries) },
    destination: checked.destination,
  });
  let entries = checked.objects.map((object, index) => placeObject(checked, object, index));
  const ended: EndedObject[] = [];
  const failed: EndedObject[] = [];
  let counts = { copied: 0, skipped: 0, gone: 0, bytes: 0, requests: 0 };
  if (redelivered) {
    const found = await findFinished(entries, copyOptions(entries), since ?? new Date(checked.at));
    ended.push(...found.outcomes.values());
    const bytes = ended.reduce((sum, { size = 0 }) => sum + size, 0);
    counts = { ...counts, copied: ended.length, bytes, requests: found.requests };
    entries = entries.filter((entry) => !found.outcomes.has(entry));
  }
  if (entries.length > 0) {
    const run = copyObjectsAtSharedPace(copyOptions(entries));
    // Making an outcome of each object costs more than all else of a job.
    if (report !== undefined) run.on('object', (outcome) => ended.push(outcome));
    run.on('objectFailed', (outcome) => failed.push(outcome));
    if (onProgress !== undefined) run.on('progress', onProgress);
    if (onThrottle !== undefined) run.on('throttle', onThrottle);
    const { copied, skipped, gone, bytes, requests } = await run;
    counts = {
      copied: counts.copied + copied,
      skipped,
      gone,
      bytes: counts.bytes + bytes,
      requests: counts.requests + requests,
    };
  }
  if (!lastAttempt) throwIfLater(checked, failed);
  await report?.([...ended, ...failed]);
  return resultOf(checked, counts, failed, performance.now() - startedAt);
}

function findStore(stores: RunJobOptions['stores'], name: string): CopyStore {
  const store = Object.hasOwn(stores, name) ? stores[name] : undefined;
  if (store !== undefined) return store;
  const known = Object.keys(stores);
  return fail(
    { path: 'stores', owner: 'runJob' },
    `has no store '${name}', which the job names: ${known.length === 0 ? 'it is empty' : `it has ${known.join(', ')}`}`,
  );
}

function placeObject({ source, destination }: CopyJob, object: JobObject, index: number): PlacedEntry {
  const { bucket = source.bucket, versionId, size, etag, lastModified, destination: place } = object;
  const key = source.prefix + object.key;
  const entry = {
    bucket,
    key,
    versionId,
    size,
    etag,
    lastModified: lastModified === undefined ? undefined : new Date(lastModified),
    destination: {
      ...place,
      bucket: place?.bucket ?? destination.bucket,
      key: place?.key ?? destination.prefix + object.key,
    },
  };
  // The rest was checked with the job.
  const isRight = key !== '' && entry.destination.key !== '' && etag?.includes('"') !== true;
  return isRight ? entry : (checkEntry(entry, index, '') as PlacedEntry);
}
