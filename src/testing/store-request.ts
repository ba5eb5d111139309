import type { IncomingHttpHeaders } from 'node:http';
import { dialects, type Dialect } from './dialect.ts';
import { percentDecode, percentDecodeForm } from './percent-encoding.ts';

/** One HTTP request, taken apart. The path is used as it came: nothing in it is normalised. */
export interface StoreRequest {
  readonly method: string;
  /** As on the wire, without the query. */
  readonly rawPath: string;
  /** As on the wire, without the question mark. */
  readonly rawQuery: string;
  /** Decoded; the empty string for `?uploads`. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly dialect: Dialect;
  /** Empty for the list of buckets. */
  readonly bucket: string;
  /** Empty for bucket operations. */
  readonly key: string;
  /** Whether the bucket stood in the host name. */
  readonly virtualHost: boolean;
}

/** How a host name is told from a bucket in front of one. */
export interface HostRules {
  /** Names of the store itself. */
  readonly hosts: readonly string[];
  readonly isBucket: (name: string) => boolean;
}

/** Takes a request apart. */
export function parseStoreRequest(
  method: string,
  target: string,
  headers: IncomingHttpHeaders,
  hostRules: HostRules,
): StoreRequest {
  // A proxy's client sends the absolute form.
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const questionMark = path.indexOf('?');
  const rawPath = questionMark === -1 ? path : path.slice(0, questionMark);
  const rawQuery = questionMark === -1 ? '' : path.slice(questionMark + 1);
  const query = parseQuery(rawQuery);
  const hostBucket = bucketOfHost(headers.host ?? '', hostRules);
  const bucketEnd = rawPath.indexOf('/', 1);
  // The AWS SDK puts a second slash behind a directory bucket in a path.
  const keyStart =
    bucketEnd + (rawPath.slice(0, bucketEnd).endsWith('--x-s3') && rawPath[bucketEnd + 1] === '/' ? 2 : 1);
  const location =
    hostBucket === undefined
      ? {
          bucket: percentDecode(rawPath.slice(1, bucketEnd === -1 ? undefined : bucketEnd)),
          key: bucketEnd === -1 ? '' : percentDecode(rawPath.slice(keyStart)),
        }
      : { bucket: hostBucket, key: percentDecode(rawPath.slice(1)) };
  return {
    method,
    rawPath,
    rawQuery,
    query,
    headers,
    dialect: dialects[speaksObs(headers, query) ? 'obs' : 's3'],
    ...location,
    virtualHost: hostBucket !== undefined,
  };
}

/** A header of the request's dialect, by its name without prefix. */
export function dialectHeader(request: StoreRequest, name: string): string | undefined {
  return plainHeader(request, request.dialect.prefix + name);
}

/** Any header, by its lower-case name. */
export function plainHeader(request: StoreRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}

function parseQuery(rawQuery: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  if (rawQuery === '') return query;
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals === -1) query.set(percentDecodeForm(pair), '');
    else query.set(percentDecodeForm(pair.slice(0, equals)), percentDecodeForm(pair.slice(equals + 1)));
  }
  return query;
}

/** The signature says which dialect is spoken; without one, any header of OBS does. */
function speaksObs(headers: IncomingHttpHeaders, query: ReadonlyMap<string, string>): boolean {
  const { authorization } = headers;
  if (authorization !== undefined) return authorization.startsWith('OBS ');
  if (query.has('AccessKeyId') || query.has('apiversion')) return true;
  if (query.has('X-Amz-Algorithm') || query.has('AWSAccessKeyId')) return false;
  // `x-obs-expires` has no other name in S3's dialect, so it alone says nothing beside headers of that.
  const names = Object.keys(headers);
  return names.some((name) => name.startsWith('x-obs-')) && !names.some((name) => name.startsWith('x-amz-'));
}

function bucketOfHost(hostHeader: string, { hosts, isBucket }: HostRules): string | undefined {
  const host = hostHeader.replace(/:\d*$/, '').toLowerCase();
  if (host === '' || /^[\d.]+$/.test(host) || host.startsWith('[') || hosts.includes(host)) return undefined;
  for (const own of hosts) if (host.endsWith(`.${own}`)) return host.slice(0, -own.length - 1);
  // Bucket names may hold dots, so the longest beginning that is a bucket wins.
  for (let dot = host.lastIndexOf('.'); dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
    const beginning = host.slice(0, dot);
    if (isBucket(beginning)) return beginning;
  }
  const firstDot = host.indexOf('.');
  const firstLabel = host.slice(0, firstDot);
  return firstDot === -1 || /^(s3|obs|oss|storage)\b/.test(firstLabel) ? undefined : firstLabel;
}
