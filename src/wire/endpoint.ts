import { isIP } from 'node:net';
import { fail, kindOf, refuse } from '../check-options.ts';
import { encodeComponent } from './object-url.ts';

/** Where a store is. */
export interface Endpoint {
  readonly protocol: 'http:' | 'https:';
  /** Lower case; an IPv6 address in brackets. */
  readonly hostname: string;
  /** `:8080`, or empty for the scheme's own port. */
  readonly port: string;
  /** Path in front of all others, without a slash at the end: empty, or `/prefix`. */
  readonly pathPrefix: string;
}

/** Where the requests for one bucket go. */
export interface BucketAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** `Host` header. */
  readonly host: string;
  /** What stands in front of `/key` in the path: the bucket too, in path style. */
  readonly pathPrefix: string;
  /** Path of a request for the bucket itself. */
  readonly bucketPath: string;
  /** What the older signatures put in front of the path: `/bucket` where the bucket is in the host. */
  readonly resourcePrefix: string;
}

/** A bucket name that can be the first label(s) of a host name. Anything else could point the request at another host. */
const HOST_SAFE_BUCKET = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Reads an endpoint. The scheme may be left out and is `https` then.
 *
 * @throws CopyOptionsError where it isn't an http(s) address, or holds credentials, a query or a fragment.
 */
export function parseEndpoint(text: unknown): Endpoint {
  const rule = "a host with or without https:// (or http://), e.g. 'https://s3.eu-west-1.amazonaws.com'";
  const place = { path: 'endpoint' };
  if (typeof text !== 'string' || text.trim() === '') return refuse(place, rule, text, kindOf(text));
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text.trim() : `https://${text.trim()}`);
  } catch {
    return refuse(place, rule, text, showEndpoint(text));
  }
  // Not shown: it holds a password.
  if (url.username !== '' || url.password !== '') {
    fail(place, `must be ${rule}: it holds a user name or password, so pass them as credentials`);
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.search !== '' || url.hash !== '') {
    return refuse(place, rule, text, showEndpoint(text));
  }
  return {
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port === '' ? '' : `:${url.port}`,
    pathPrefix: url.pathname.replace(/\/+$/, ''),
  };
}

// A user name and password may be in front of an @, and a signature behind a question mark.
function showEndpoint(text: string): string {
  return text.includes('@') ? 'no address, and has an @ in it' : JSON.stringify(text.replace(/[?#].*/s, '…'));
}

/** Scheme, host, port and path prefix as text. */
export function formatEndpoint(endpoint: Endpoint): string {
  return `${endpoint.protocol}//${endpoint.hostname}${endpoint.port}${endpoint.pathPrefix}`;
}

/** Whether the host is an IP address, which no bucket name can be put in front of. */
export function isIpAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

/** Whether requests to this host stay on this machine. */
export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}

/** Whether the endpoint is Amazon's own. */
export function isAmazon(hostname: string): boolean {
  return /(?:^|\.)amazonaws\.com(?:\.cn)?$/.test(hostname);
}

/**
 * The region that an endpoint's host name tells: `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1.amazonaws.com`,
 * `obs.cn-north-4.myhuaweicloud.com`, `s3.dualstack.eu-west-1.amazonaws.com`, …
 */
export function regionOfHost(hostname: string): string | undefined {
  return /(?:^|\.)(?:s3|obs)[.-](?:dualstack\.|fips\.)?([a-z]{2}(?:-[a-z]+)+-\d+)\./.exec(hostname)?.[1];
}

/** The default addressing: path style where the host can't have a bucket in front of it. */
function prefersPathStyle(hostname: string): boolean {
  return isIpAddress(hostname) || hostname === 'localhost' || hostname.endsWith('.localhost');
}

/**
 * The address of one bucket.
 *
 * @param pathStyle - the caller's wish; `undefined` chooses path style also for names with dots over https, which the stores'
 *   wildcard certificates don't cover
 */
export function bucketAddress(endpoint: Endpoint, bucket: string, pathStyle: boolean | undefined): BucketAddress {
  const { protocol, hostname, port, pathPrefix } = endpoint;
  const inPath = pathStyle ?? (prefersPathStyle(hostname) || (protocol === 'https:' && bucket.includes('.')));
  if (inPath || !HOST_SAFE_BUCKET.test(bucket)) {
    const host = `${hostname}${port}`;
    const bucketPath = `${pathPrefix}/${encodeComponent(bucket)}`;
    return { origin: `${protocol}//${host}`, host, pathPrefix: bucketPath, bucketPath, resourcePrefix: '' };
  }
  const host = `${bucket}.${hostname}${port}`;
  return {
    origin: `${protocol}//${host}`,
    host,
    pathPrefix,
    bucketPath: `${pathPrefix}/`,
    resourcePrefix: `/${bucket}`,
  };
}
