import { isIP } from 'node:net';
import { fail, kindOf, refuse } from '../check-options.ts';
import { BucketNameError, amazonHost, isAmazon, readSpecialBucket, type SpecialBucket } from './aws-names.ts';
import { encodeComponent } from './object-url.ts';

export interface Endpoint {
  readonly protocol: 'http:' | 'https:';
  /** Lower case; an IPv6 address in brackets. */
  readonly hostname: string;
  /** `:8080`, or empty for the scheme's own port. */
  readonly port: string;
  /** Path in front of all others, without a slash at the end: empty, or `/prefix`. */
  readonly pathPrefix: string;
}

export interface BucketAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly host: string;
  /** What stands in front of `/key` in the path: the bucket too, in path style. */
  readonly pathPrefix: string;
  readonly bucketPath: string;
  /** What the older signatures put in front of the path: `/bucket` if the bucket is in the host. */
  readonly resourcePrefix: string;
  readonly inPath: boolean;
  /** Region and service that an access point is signed for, if not the store's. */
  readonly region?: string | undefined;
  readonly service?: string | undefined;
}

/** A bucket name that can be the first label(s) of a host name. Anything else could point the request at another host. */
const HOST_SAFE_BUCKET = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Reads an endpoint. The scheme may be left out and is `https` then.
 *
 * @throws CopyOptionsError if it isn't an http(s) address, or holds credentials, a query or a fragment.
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

export function formatEndpoint(endpoint: Endpoint): string {
  return `${endpoint.protocol}//${endpoint.hostname}${endpoint.port}${endpoint.pathPrefix}`;
}

/** Whether the host is an IP address, which no bucket name can be put in front of. */
export function isIpAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}

/** A region by its form: `eu-west-1`, `us-gov-west-1`, `eusc-de-east-1`. */
const REGION = '[a-z]{2,4}(?:-[a-z]+)+-\\d+';

/** Where the hosts of stores have their region. Those whose regions have names of another form are known by their domains. */
const REGION_IN_HOST: readonly RegExp[] = [
  new RegExp(
    `(?:^|\\.)(?:s3|obs)(?:-fips|-accesspoint|-outposts|-website)*[.-](?:(?:dualstack|fips)\\.)*(${REGION})\\.`,
  ),
  /(?:^|\.)s3\.([a-z]{2}-[a-z]{3})\.scw\.cloud$/,
  /(?:^|\.)s3\.([a-z-]+)\.(?:io|perf)\.cloud\.ovh\.(?:net|us)$/,
  /(?:^|\.)sos-([a-z]{2}-[a-z]+-\d)\.exo\.io$/,
  /(?:^|\.)([a-z]{2}-[a-z]+-\d)\.linodeobjects\.com$/,
  /(?:^|\.)cos\.([a-z-]+)\.myqcloud\.com$/,
  /(?:^|\.)obs\.([a-z]{2}-[a-z]{2})\.otc\.t-systems\.com$/,
  /(?:^|\.)oss-([a-z]{2}-[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/,
  /(?:^|\.)tos-s3-([a-z]{2}-[a-z0-9-]+)\.i?volces\.com$/,
];

/**
 * The region that an endpoint's host name tells: `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1.amazonaws.com`,
 * `obs.cn-north-4.myhuaweicloud.com`, `s3-fips.dualstack.us-gov-west-1.amazonaws.com`, …
 */
export function regionOfHost(hostname: string): string | undefined {
  const matches = REGION_IN_HOST.map((pattern) => pattern.exec(hostname)?.[1]);
  return matches.find((region) => region !== undefined);
}

/** The default addressing: path style if the host can't have a bucket in front of it, as behind a gateway with a path of its own. */
function prefersPathStyle({ hostname, pathPrefix }: Endpoint): boolean {
  return pathPrefix !== '' || isIpAddress(hostname) || hostname === 'localhost' || hostname.endsWith('.localhost');
}

/**
 * The address of one bucket.
 *
 * @param pathStyle - the caller's wish; `undefined` chooses path style also for names with dots over https, which the stores'
 *   wildcard certificates don't cover
 * @throws BucketNameError for the ARN of something that can't be asked for
 */
export function bucketAddress(endpoint: Endpoint, bucket: string, pathStyle: boolean | undefined): BucketAddress {
  const { protocol, hostname, port } = endpoint;
  const special = readSpecialBucket(bucket);
  if (special !== undefined) return specialAddress(endpoint, special);
  const wantsPath = pathStyle ?? (prefersPathStyle(endpoint) || (protocol === 'https:' && bucket.includes('.')));
  const inPath = wantsPath || !HOST_SAFE_BUCKET.test(bucket);
  return addressAt(endpoint, inPath ? `${hostname}${port}` : `${bucket}.${hostname}${port}`, bucket, inPath);
}

/** The address of an access point: a host of its own in the region that its ARN names, or below an endpoint that isn't Amazon's. */
function specialAddress(endpoint: Endpoint, { label, service, region }: SpecialBucket): BucketAddress {
  const { hostname, port } = endpoint;
  const isOutpost = service === 's3-outposts';
  if (isOutpost && region !== undefined && isAmazon(hostname) && /fips|dualstack/.test(hostname)) {
    throw new BucketNameError(`S3 on Outposts has no FIPS or dual-stack endpoint such as ${hostname}`);
  }
  const home = region ?? regionOfHost(hostname) ?? 'us-east-1';
  const parent = isAmazon(hostname) ? amazonHost(service, home, isOutpost ? '' : hostname) : hostname;
  const address = addressAt(endpoint, `${label}.${parent}${port}`, '', false);
  return { ...address, resourcePrefix: '', region, service: isOutpost ? service : undefined };
}

function addressAt({ protocol, pathPrefix }: Endpoint, host: string, bucket: string, inPath: boolean): BucketAddress {
  const bucketPath = inPath ? `${pathPrefix}/${encodeComponent(bucket)}` : `${pathPrefix}/`;
  return {
    origin: `${protocol}//${host}`,
    host,
    pathPrefix: inPath ? bucketPath : pathPrefix,
    bucketPath,
    resourcePrefix: inPath ? '' : `/${bucket}`,
    inPath,
  };
}
