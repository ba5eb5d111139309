import { hash } from 'node:crypto';
import { CopyOptionsError } from '../errors.ts';
import type { CopyJob } from './copy-job.ts';

/**
 * The id of a run that was given none: a hash of its options, so that the same run, started again, is the same.
 *
 * @throws CopyOptionsError if an option is a function or another value that JSON can't hold
 */
export function runIdOf(options: Readonly<Record<string, unknown>>): string {
  return digest(canonical(options, ''));
}

/** The id of a job: of its run and of what is copied where. */
export function jobIdOf({ run, from, to, source, destination, objects }: Omit<CopyJob, 'id'>): string {
  const facts = objects.map(({ key, bucket, versionId, etag, size, destination: place }) => {
    const other = bucket ?? versionId ?? place;
    return other === undefined
      ? [key, etag, size]
      : [key, etag, size, bucket, versionId, place?.bucket ?? destination.bucket, place?.key];
  });
  return digest([run, from, to, source, destination, facts]);
}

/** Begins with a letter and holds no colon: BullMQ refuses ids that are numbers, or that hold one. */
function digest(value: unknown): string {
  return `c${hash('sha256', JSON.stringify(value)).slice(0, 40)}`;
}

/** The same value for equal options: the fields of each object in one order, those that are undefined left out. */
function canonical(value: unknown, path: string): unknown {
  if (value instanceof Date || value === null || typeof value !== 'object') {
    if (typeof value !== 'function' && typeof value !== 'symbol' && typeof value !== 'bigint') return value;
    throw new CopyOptionsError(
      `Give the run an id of its own: option '${path}' is a ${typeof value}, which no hash can hold`,
    );
  }
  if (Array.isArray(value)) return value.map((item: unknown, index) => canonical(item, `${path}[${index}]`));
  return Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => [name, canonical(field, path === '' ? name : `${path}.${name}`)]);
}
