import type { GetObjectRequest, GetObjectResult } from '../store/copy-store.ts';
import type { Dialect } from './dialect.ts';
import { readCount, unquoteEtag } from './object-headers.ts';
import type { ReadBody } from './read-body.ts';
import type { WireResponse } from './send-request.ts';

/** Reads a range of an object. A store that overlooks the range answers the whole of it. */
export function readObjectRange(
  { statusCode, headers, body }: WireResponse,
  _dialect: Dialect,
  { start, end }: GetObjectRequest,
): ReadBody<GetObjectResult> {
  const all = Buffer.from(body, 'latin1');
  const etag = unquoteEtag(headers.get('etag'));
  if (statusCode !== 206) return { result: { bytes: all.subarray(start, end + 1), size: all.length, etag } };
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  const size = readCount(total);
  const isAsked = Number(first) === start && size !== undefined && Number(last) === Math.min(end, size - 1);
  if (!isAsked || all.length !== Number(last) - start + 1) return 'unknown';
  return { result: { bytes: all, size, etag } };
}
