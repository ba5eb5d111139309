import { AMAZON_DOMAINS, amazonHost, isAmazon } from './aws-names.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';
import type { ErrorDocument } from './response-error.ts';
import type { WireResponse } from './send-request.ts';

export interface Home {
  /** Without the bucket. */
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly pathStyle: boolean | undefined;
}

export interface Redirect extends Home {
  /** Whether it may be followed with a signature, session token or SSE-C key on board. */
  readonly trusted: boolean;
}

/**
 * Domains whose names of the form `s3.<region>` are their operator's alone, and lead from one region to another. Others aren't
 * guessed at: under `co.uk` or `github.io` anyone can have such a host.
 */
const OPERATORS: ReadonlySet<string> = new Set([
  ...AMAZON_DOMAINS,
  'myhuaweicloud.com',
  'myhuaweicloud.eu',
  'wasabisys.com',
]);

/** The service and region part of a host name: `s3`, `s3-eu-west-1`, `s3.dualstack.eu-west-1`, `obs.cn-north-4`. */
const SERVICE_LABELS = /^(?:s3|obs)(?:[.-](?:dualstack|fips|accesspoint|[a-z]{2,4}(?:-[a-z]+)+-\d+))*$/;

/** The domain of a known operator that a host name ends in, behind a service and its region. */
function operatorOf(hostname: string): string | undefined {
  const labels = hostname.split('.');
  const starts = [1, 2, 3].filter((count) => SERVICE_LABELS.test(labels.slice(0, count).join('.')));
  return starts.map((count) => labels.slice(count).join('.')).find((domain) => OPERATORS.has(domain));
}

/** Whether the host is of an operator whose buckets have hosts of their own. */
export function isKnownOperator(hostname: string): boolean {
  return operatorOf(hostname) !== undefined || isAmazon(hostname);
}

/**
 * Whether a signed request may go from one host to another: the same host, a host below it, or another region of the same
 * well-known operator. Comparing only the last labels isn't enough: anyone can rent a host under `amazonaws.com`.
 */
export function isSameOperator(from: string, to: string): boolean {
  if (from === to || to.endsWith(`.${from}`)) return true;
  const operator = operatorOf(from);
  return operator !== undefined && operator === operatorOf(to);
}

/** Reads a 3xx answer. `undefined` if it doesn't say where to go. */
export function readRedirect(
  response: WireResponse,
  { endpoint: current, region }: Home,
  bucket: string,
  document: ErrorDocument,
): Redirect | undefined {
  const location = response.headers.get('location') ?? document.endpoint;
  if (location === undefined) return undefined;
  let target: Endpoint;
  try {
    // A Location may be relative, and the Endpoint of an error document is a bare host.
    const isBareHost = !/^(?:[a-z][a-z0-9+.-]*:\/)?\//i.test(location);
    const { protocol, host } = new URL(isBareHost ? `//${location}` : location, formatEndpoint(current));
    target = parseEndpoint(`${protocol}//${host}`);
  } catch {
    return undefined;
  }
  const bucketLabel = `${bucket}.`;
  const bucketInHost = target.hostname.startsWith(bucketLabel);
  const hostname = bucketInHost ? target.hostname.slice(bucketLabel.length) : target.hostname;
  const downgraded = current.protocol === 'https:' && target.protocol === 'http:';
  // Another port may be anyone's on the same machine. The scheme's own is empty: http may lead to https.
  const samePort = current.port === target.port;
  return {
    endpoint: { ...target, hostname, pathPrefix: current.pathPrefix },
    pathStyle: !bucketInHost,
    region: document.region ?? region,
    trusted: !downgraded && samePort && isSameOperator(current.hostname, hostname),
  };
}

/** Where AWS sends a request by naming the bucket's region alone; the endpoint that it names beside, if any, is of an older form. */
export function redirectByRegion(
  { endpoint, region: asked, pathStyle }: Home,
  { region }: ErrorDocument,
): Redirect | undefined {
  const { hostname } = endpoint;
  if (region === undefined || region === asked || !isAmazon(hostname)) return undefined;
  const target = { ...endpoint, hostname: amazonHost('s3', region, hostname) };
  return { endpoint: target, pathStyle, region, trusted: isSameOperator(hostname, target.hostname) };
}

/** What helps if a bucket is elsewhere than the store. Source and destination need not be in one place. */
export function adviseRegion(bucket: string, endpoint: string | undefined, region: string | undefined): string {
  const right = [
    endpoint && `endpoint ${JSON.stringify(endpoint)}`,
    region && `region ${JSON.stringify(region)}`,
  ].filter((part) => part !== undefined);
  if (right.length === 0) return 'the bucket is at another endpoint or in another region';
  return `use ${right.join(' and ')} for bucket ${bucket}, in a store of its own (sourceStore) if only the source is there`;
}
