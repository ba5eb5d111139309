import {
  fail,
  integer,
  list,
  number,
  optional,
  readOptions,
  record,
  refuse,
  type Rule,
  text,
  anyText,
} from '../check-options.ts';
import type { CopyJob, JobObject } from './copy-job.ts';
import { JOB_OPTION_RULES } from './job-options.ts';
import { jobTarget } from './job-target.ts';

const VERSION = 1;

const version: Rule<1> = (value, place) => {
  if (value === VERSION) return VERSION;
  return fail(
    place,
    `is ${JSON.stringify(value)}, and this version of the library knows ${VERSION}: update the worker before the one that adds jobs`,
  );
};

const isoDate: Rule<string> = (value, place) =>
  Number.isNaN(Date.parse(text(value, place))) ? refuse(place, 'a date in ISO 8601', value) : (value as string);

const place = record({ bucket: text, prefix: anyText });

const object: Rule<JobObject> = record({
  key: anyText,
  bucket: optional(text),
  versionId: optional(text),
  size: optional(integer(0)),
  etag: optional(text),
  lastModified: optional(isoDate),
  destination: optional(jobTarget),
});

const OBJECT_FIELDS: ReadonlySet<string> = new Set(['key', 'bucket', 'versionId', 'size', 'etag', 'lastModified']);

/** Whether an object is as a listing has it: then it needs no closer look, which costs more than all else of a job. */
function isAsListed(value: unknown): boolean {
  const { key, size, lastModified = '' } = value as JobObject;
  if (typeof key !== 'string' || (size !== undefined && !(Number.isSafeInteger(size) && size >= 0))) return false;
  if (lastModified !== '' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(lastModified)) return false;
  for (const name in value as object) {
    if (!OBJECT_FIELDS.has(name)) return false;
    const field = (value as Readonly<Record<string, unknown>>)[name];
    if (name !== 'size' && name !== 'key' && (typeof field !== 'string' || field === '')) return false;
  }
  return true;
}

const objects: Rule<readonly JobObject[]> = (value, where) =>
  Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && isAsListed(item))
    ? (value as readonly JobObject[])
    : list(object)(value, where);

const RULES = {
  version,
  id: text,
  run: text,
  from: text,
  to: text,
  source: place,
  destination: place,
  objects,
  bytes: number(0),
  priority: integer(1, 64),
  at: isoDate,
  options: record(JOB_OPTION_RULES),
} satisfies Record<keyof CopyJob, Rule<unknown>>;

/**
 * Checks what a queue gave for a job.
 *
 * @throws CopyOptionsError that names the field, the rule and the value
 */
export function checkJob(value: unknown): CopyJob {
  const where = { path: '', owner: 'runJob', noun: 'Field of the job' };
  // A job of a later version has other fields, too: that is what is to be said of it.
  if (typeof value === 'object' && value !== null && 'version' in value)
    version(value.version, { ...where, path: 'version' });
  return readOptions(value, RULES, where);
}
