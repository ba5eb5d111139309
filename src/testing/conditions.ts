import { plainHeader, type StoreRequest } from './store-request.ts';

/** The four conditions of a request, as sent. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** What conditions are held against. */
export interface ConditionSubject {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** Reads the conditions whose names begin with `prefix`: `''`, `'x-amz-copy-source-'`, … */
export function readConditions(request: StoreRequest, prefix: string): Conditions {
  return {
    ifMatch: plainHeader(request, `${prefix}if-match`),
    ifNoneMatch: plainHeader(request, `${prefix}if-none-match`),
    ifModifiedSince: plainHeader(request, `${prefix}if-modified-since`),
    ifUnmodifiedSince: plainHeader(request, `${prefix}if-unmodified-since`),
  };
}

/** Whether any condition is set. */
export function hasConditions(conditions: Conditions): boolean {
  return Object.values(conditions).some((value) => value !== undefined);
}

/**
 * Says which kind of condition fails, if any. An ETag outweighs the time that belongs to it: a match makes an older time good, a
 * missing match makes a newer one good for nothing. Times in the future say nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
export function failedCondition(
  { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions,
  subject: ConditionSubject,
  nowMs: number,
): 'match' | 'none-match' | undefined {
  // HTTP dates know no milliseconds.
  const modifiedMs = Math.floor(subject.lastModifiedMs / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, subject.etag)) return 'match';
  } else if (modifiedMs > parseTime(ifUnmodifiedSince, nowMs, Infinity)) {
    return 'match';
  }
  if (ifNoneMatch !== undefined) {
    if (matchesEtag(ifNoneMatch, subject.etag)) return 'none-match';
  } else if (modifiedMs <= parseTime(ifModifiedSince, nowMs, -Infinity)) {
    return 'none-match';
  }
  return undefined;
}

/** Whether an `If-Match` list names the ETag, with quotes or without. */
export function matchesEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const text = item.trim();
    return text === '*' || text === etag || text === `"${etag}"` || text === `W/"${etag}"`;
  });
}

function parseTime(text: string | undefined, nowMs: number, none: number): number {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) || ms > nowMs ? none : ms;
}
