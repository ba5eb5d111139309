import { CopyOptionsError } from '../errors.ts';
import { createCredentialSource } from './credential-source.ts';
import type { CredentialProvider, Credentials, CredentialSource } from './credentials.ts';
import { type Endpoint, formatEndpoint, isAmazon, isIpAddress, parseEndpoint, regionOfHost } from './endpoint.ts';
import type { HttpDispatcher } from './send-request.ts';
import type { SignatureName } from './signer.ts';

/** What {@link obsStore} and {@link s3Store} have in common. */
export interface HttpStoreOptions {
  /** Host of the service, without the bucket: `https://s3.eu-west-1.amazonaws.com`. The scheme may be left out: `https`. */
  readonly endpoint?: string | undefined;
  /** Region to sign for (`v4`). @default what the endpoint's host says, else `AWS_REGION`, else `us-east-1` */
  readonly region?: string | undefined;
  /**
   * An access key, or an async function that returns one (called again before its `expiration`, and with `forceRefresh` when the
   * store says that it has run out; the AWS SDK's credential providers fit), or `false` for anonymous requests.
   *
   * @default `AWS_ACCESS_KEY_ID` … or `OBS_ACCESS_KEY_ID` … in the environment
   */
  readonly credentials?: Credentials | CredentialProvider | false | undefined;
  /** Puts the bucket into the path instead of the host. @default `false`; `true` for IP addresses and localhost, and for bucket names with dots over https */
  readonly pathStyle?: boolean | undefined;
  /** Gives a request up after this many milliseconds. @default 60 s, and for copies 1 s more for each 8 MiB; 10 minutes for Complete */
  readonly requestTimeoutMs?: number | undefined;
  /** Sends the requests: any undici dispatcher (proxy, mock, own TLS settings). @default a pool without a cap on connections */
  readonly dispatcher?: HttpDispatcher | undefined;
  /** @default `copy-large-object` */
  readonly userAgent?: string | undefined;
  /** Lets SSE-C keys be sent over plain http to other machines. @default false */
  readonly allowInsecureSseC?: boolean | undefined;
}

/** Options of {@link obsStore}. */
export interface ObsStoreOptions extends HttpStoreOptions {
  /** `obs`: Huawei's own signature and headers; `v2` and `v4` use the headers of S3. @default 'obs' */
  readonly signature?: 'obs' | 'v2' | 'v4' | undefined;
}

/** Options of {@link s3Store}. */
export interface S3StoreOptions extends HttpStoreOptions {
  /** @default 'v4' */
  readonly signature?: 'v4' | 'v2' | undefined;
}

/** Options that were checked, with all defaults. */
export interface NormalizedStoreOptions {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly credentials: CredentialSource;
  readonly signature: SignatureName;
  /** `undefined`: path style where the host or the bucket name needs it. */
  readonly pathStyle: boolean | undefined;
  /** `undefined`: a default by operation and size. */
  readonly requestTimeoutMs: number | undefined;
  readonly dispatcher: HttpDispatcher | undefined;
  readonly userAgent: string;
  readonly vendor: 'obs' | 's3';
  readonly allowInsecureSseC: boolean;
  /** Whether `region` was given or is told by the endpoint, and not only assumed. */
  readonly isRegionKnown: boolean;
}

const OPTION_NAMES = {
  endpoint: true,
  region: true,
  credentials: true,
  signature: true,
  pathStyle: true,
  requestTimeoutMs: true,
  dispatcher: true,
  userAgent: true,
  allowInsecureSseC: true,
} as const satisfies Record<keyof ObsStoreOptions, true>;

const SIGNATURES = { obs: ['obs', 'v2', 'v4'], s3: ['v4', 'v2'] } as const;
const DEFAULT_REGION = 'us-east-1';
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

function refuse(name: string, wanted: string, value: unknown): never {
  const shown =
    typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : `of type ${typeof value}`;
  throw new CopyOptionsError(`${name} must be ${wanted}, but is ${value === null ? 'null' : shown}`);
}

function readBoolean(name: string, value: unknown): boolean | undefined {
  return value === undefined || typeof value === 'boolean' ? value : refuse(name, 'true or false', value);
}

function readHeaderText(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^[\x20-\x7E]+$/.test(value)) refuse(name, 'printable ASCII text', value);
  return value;
}

function readSignature(vendor: 'obs' | 's3', value: unknown): SignatureName {
  const allowed: readonly SignatureName[] = SIGNATURES[vendor];
  if (value === undefined) return allowed[0] as SignatureName;
  return (
    allowed.find((name) => name === value) ??
    refuse('signature', allowed.map((name) => JSON.stringify(name)).join(' or '), value)
  );
}

function readTimeoutMs(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const fits = typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_MS;
  return fits ? value : refuse('requestTimeoutMs', `milliseconds, more than 0 and at most ${MAX_TIMEOUT_MS}`, value);
}

function readDispatcher(value: unknown): HttpDispatcher | undefined {
  if (value === undefined) return undefined;
  const fits =
    typeof value === 'object' && value !== null && typeof (value as { dispatch?: unknown }).dispatch === 'function';
  return fits
    ? (value as HttpDispatcher)
    : refuse('dispatcher', 'an undici Dispatcher (it has a dispatch method)', value);
}

/** The vendor's own endpoint for a region. */
function defaultEndpoint(vendor: 'obs' | 's3', region: string | undefined): Endpoint {
  if (vendor === 's3') {
    const home = region ?? environmentRegion() ?? DEFAULT_REGION;
    return parseEndpoint(`https://s3.${home}.amazonaws.com${home.startsWith('cn-') ? '.cn' : ''}`);
  }
  if (region !== undefined) return parseEndpoint(`https://obs.${region}.myhuaweicloud.com`);
  throw new CopyOptionsError(
    'endpoint is missing: pass that of the OBS region, e.g. "https://obs.cn-north-4.myhuaweicloud.com", or a region',
  );
}

function environmentRegion(): string | undefined {
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  return region === '' ? undefined : region;
}

/**
 * Checks the options of a store and fills in the defaults.
 *
 * @throws CopyOptionsError where an option is unknown, of the wrong kind or out of range
 */
export function normalizeStoreOptions(vendor: 'obs' | 's3', options: unknown): NormalizedStoreOptions {
  if (typeof options !== 'object' || options === null) refuse(`the options of ${vendor}Store`, 'an object', options);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(OPTION_NAMES, name)) {
      throw new CopyOptionsError(
        `Unknown option ${JSON.stringify(name)} of ${vendor}Store: it takes ${Object.keys(OPTION_NAMES).join(', ')}`,
      );
    }
  }
  const given = options as Readonly<Record<string, unknown>>;
  const region = readHeaderText('region', given['region']);
  if (region !== undefined && !/^[\w-]+$/.test(region)) refuse('region', 'a name like "eu-west-1"', region);
  const endpoint = given['endpoint'] === undefined ? defaultEndpoint(vendor, region) : parseEndpoint(given['endpoint']);
  const pathStyle = readBoolean('pathStyle', given['pathStyle']);
  const dispatcher = readDispatcher(given['dispatcher']);
  if (pathStyle === false && isIpAddress(endpoint.hostname) && dispatcher === undefined) {
    throw new CopyOptionsError(
      `pathStyle must not be false for ${formatEndpoint(endpoint)}: a bucket can't be put in front of an IP address`,
    );
  }
  const knownRegion = region ?? regionOfHost(endpoint.hostname);
  return {
    vendor,
    endpoint,
    region: knownRegion ?? regionWithoutHost(endpoint),
    isRegionKnown: knownRegion !== undefined,
    signature: readSignature(vendor, given['signature']),
    credentials: createCredentialSource(given['credentials'], vendor === 'obs' ? ['OBS', 'AWS'] : ['AWS', 'OBS']),
    pathStyle,
    requestTimeoutMs: readTimeoutMs(given['requestTimeoutMs']),
    dispatcher,
    userAgent: readHeaderText('userAgent', given['userAgent']) ?? 'copy-large-object',
    allowInsecureSseC: readBoolean('allowInsecureSseC', given['allowInsecureSseC']) ?? false,
  };
}

// `s3.amazonaws.com` without a region in it is that of us-east-1, whatever the environment says.
function regionWithoutHost(endpoint: Endpoint): string {
  return isAmazon(endpoint.hostname) ? DEFAULT_REGION : (environmentRegion() ?? DEFAULT_REGION);
}
