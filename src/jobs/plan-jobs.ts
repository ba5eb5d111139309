import { type Place, optional, readOptions, record, refuse, type Rule, text, anyText } from '../check-options.ts';
import type { ObjectEntry } from '../many/copy-objects-options.ts';
import { DEFAULT_MULTIPART_THRESHOLD } from '../options/normalize-copy-options.ts';
import { Batches, MOST_BYTES } from './batches.ts';
import type { CopyJob, JobObject, JobOptions } from './copy-job.ts';
import { jobIdOf, runIdOf } from './job-id.ts';
import { JOB_OPTION_RULES, refuseWorkerOptions } from './job-options.ts';
import { jobTarget } from './job-target.ts';

/** What jobs are made with, beside their objects. */
export interface PlanJobsOptions extends JobOptions {
  /** Name of the store that is read; each worker has it among its `stores`. */
  readonly from: string;
  /** Name of the store that performs the copies. @default from */
  readonly to?: string | undefined;
  /** Bucket of objects that name none, and what stands in front of each of their keys. */
  readonly source: { readonly bucket: string; readonly prefix?: string | undefined };
  /** What stands in front of each key instead of the source's prefix. */
  readonly destination: { readonly bucket: string; readonly prefix?: string | undefined };
  /** @default a hash of these options */
  readonly run?: string | undefined;
}

const OWNER = 'planJobs';

/** The highest number of a priority: of jobs without bytes. */
const LAST_PRIORITY = 64;

const place = record({ bucket: text, prefix: optional(anyText, '') });

const RULES = {
  from: text,
  to: optional(text),
  source: place,
  destination: place,
  run: optional(text),
  ...JOB_OPTION_RULES,
} satisfies Record<keyof PlanJobsOptions, Rule<unknown>>;

/**
 * Makes jobs of objects: one for each object above the threshold, others up to 100 objects and 400 MiB together. Give the objects in the
 * order of their keys, as a listing does: then a key more or less changes only the jobs around it.
 *
 * @param objects - keys, or what a listing says of objects, all below the source's prefix; an entry may name its own place (`destination`)
 * @throws CopyOptionsError at once for options that are wrong or don't belong into a job; while it is read, for an object that can't be
 * in a job
 */
export function planJobs(
  objects: AsyncIterable<ObjectEntry | string> | Iterable<ObjectEntry | string>,
  options: PlanJobsOptions,
): AsyncGenerator<CopyJob, void, undefined> {
  return planPages(objects, options);
}

/**
 * As {@link planJobs}, but takes several objects at a time, too: waiting for each costs more than making its job.
 *
 * @param now - the time, by the clock that dates the copies
 */
export function planPages(
  objects: AsyncIterable<Entries> | Iterable<Entries>,
  options: PlanJobsOptions,
  now: () => Date = () => new Date(),
): AsyncGenerator<CopyJob, void, undefined> {
  refuseWorkerOptions(options, OWNER);
  const checked = readOptions(options, RULES, { path: '', owner: OWNER });
  const { from, to = from, source, destination, run, ...each } = checked;
  const template = {
    version: 1 as const,
    run: run ?? runIdOf({ ...checked, to }),
    from,
    to,
    source,
    destination,
    options: each,
  };
  return makeJobs(objects, template, now);
}

type Entries = ObjectEntry | string | readonly ObjectEntry[];

/** An object of a job to come: with its whole key until the job is made. */
type NewObject = { -readonly [Name in keyof JobObject]: JobObject[Name] };

type JobTemplate = Pick<CopyJob, 'version' | 'run' | 'from' | 'to' | 'source' | 'destination' | 'options'>;

async function* makeJobs(
  pages: AsyncIterable<Entries> | Iterable<Entries>,
  template: JobTemplate,
  now: () => Date,
): AsyncGenerator<CopyJob, void, undefined> {
  const threshold = Math.min(template.options.multipartThreshold ?? DEFAULT_MULTIPART_THRESHOLD, MOST_BYTES);
  const batches = new Batches<NewObject>(threshold);
  for await (const page of pages) {
    for (const entry of Array.isArray(page) ? (page as readonly ObjectEntry[]) : [page as ObjectEntry | string]) {
      for (const batch of batches.add(jobObject(entry, template))) yield jobOf(batch, template, now());
    }
  }
  for (const batch of batches.end()) yield jobOf(batch, template, now());
}

function jobOf(batch: readonly NewObject[], template: JobTemplate, now: Date): CopyJob {
  const { prefix } = template.source;
  const shared = sharedPrefix(batch, prefix);
  const more = shared.slice(prefix.length);
  let bytes = 0;
  for (const object of batch) {
    object.key = object.key.slice(shared.length);
    bytes += object.size ?? 0;
  }
  const job = {
    ...template,
    source: { ...template.source, prefix: shared },
    destination: { ...template.destination, prefix: template.destination.prefix + more },
    objects: batch,
    bytes,
    priority: Math.max(1, LAST_PRIORITY - Math.ceil(Math.log2(bytes + 1))),
    at: now.toISOString(),
  };
  return { ...job, id: jobIdOf(job) };
}

/** The folder that all keys are in: what people look for in a job. */
function sharedPrefix(objects: readonly JobObject[], least: string): string {
  let shared = objects[0]?.key ?? '';
  for (const { key } of objects) {
    while (!key.startsWith(shared)) shared = shared.slice(0, -1);
  }
  return shared.slice(0, Math.max(least.length, shared.lastIndexOf('/') + 1));
}

const OBJECT_PLACE: Place = { path: 'key', owner: OWNER, noun: 'Object' };
const TARGET_PLACE: Place = { ...OBJECT_PLACE, path: 'destination' };

/** What is known of an object, and no more: it makes most of a queue. */
function jobObject(given: ObjectEntry | string, { source, options }: JobTemplate): NewObject {
  const { key, bucket, versionId, size, etag, lastModified, destination }: ObjectEntry =
    typeof given === 'string' ? { key: given } : given;
  if (!text(key, OBJECT_PLACE).startsWith(source.prefix)) {
    refuse(OBJECT_PLACE, `below ${JSON.stringify(source.prefix)}`, key);
  }
  const object: NewObject = { key };
  if (bucket !== undefined && bucket !== source.bucket) object.bucket = bucket;
  if (versionId !== undefined) object.versionId = versionId;
  if (size !== undefined) object.size = size;
  if (etag !== undefined) object.etag = etag;
  if (lastModified !== undefined && options.ifExists === 'skip-same') object.lastModified = lastModified.toISOString();
  if (destination !== undefined) object.destination = jobTarget(destination, TARGET_PLACE);
  return object;
}
