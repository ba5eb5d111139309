import { dictionary, fail, flag, optional, readOptions, refuse, type Rule, date } from '../check-options.ts';
import { copyObjects } from '../many/copy-objects.ts';
import type { CopyObjectsOptions, ObjectEntry, ObjectOutcome } from '../many/copy-objects-options.ts';
import type { CopyObjectsProgress } from '../many/totals.ts';
import type { ThrottleEvent } from '../events.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { checkJob } from './check-job.ts';
import type { CopyJob, JobObject } from './copy-job.ts';
import { findFinished, type PlacedObject } from './find-finished.ts';
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
  const ended: EndedObject[] = [];
  let requests = 0;
  const copyOptions = (objects: readonly PlacedObject[]): CopyObjectsOptions => ({
    ...checked.options,
    ...each,
    store: findStore(stores, checked.to),
    sourceStore: findStore(stores, checked.from),
    source: { objects: objects.map(({ entry }) => entry) },
    destination: checked.destination,
  });
  let objects = checked.objects.map((object) => placeObject(checked, object));
  if (redelivered) {
    const found = await findFinished(objects, copyOptions(objects), since ?? new Date(checked.at));
    requests += found.requests;
    ended.push(...found.outcomes.values());
    objects = objects.filter((object) => !found.outcomes.has(object));
  }
  if (objects.length > 0) {
    const run = copyObjects(copyOptions(objects));
    run.on('object', (outcome) => ended.push(outcome));
    run.on('objectFailed', (outcome) => ended.push(outcome));
    if (onProgress !== undefined) run.on('progress', onProgress);
    if (onThrottle !== undefined) run.on('throttle', onThrottle);
    requests += (await run).requests;
  }
  if (!lastAttempt) throwIfLater(checked, ended);
  await report?.(ended);
  return resultOf(checked, ended, requests, performance.now() - startedAt);
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

function placeObject({ source, destination }: CopyJob, object: JobObject): PlacedObject {
  const { key, bucket = source.bucket, versionId, size, etag, lastModified, destination: target } = object;
  const whole = source.prefix + key;
  const place = { key: destination.prefix + key, ...target, bucket: target?.bucket ?? destination.bucket };
  const entry: ObjectEntry = {
    bucket,
    key: whole,
    versionId,
    size,
    etag,
    lastModified: lastModified === undefined ? undefined : new Date(lastModified),
    destination: place,
  };
  return { source: { bucket, key: whole, versionId }, destination: { bucket: place.bucket, key: place.key }, entry };
}
