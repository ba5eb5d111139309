import { OBS_LIMITS, S3_LIMITS, type StoreLimits } from '../store/store-limits.ts';
import {
  choice,
  fail,
  flag,
  integer,
  methods,
  optional,
  readOptions,
  refuse,
  type Rule,
  timeLimit,
} from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import { createCredentialSource } from './credential-source.ts';
import type { CredentialProvider, Credentials, CredentialSource } from './credentials.ts';
import { amazonHost, isAmazon } from './aws-names.ts';
import { environmentEndpoint, environmentRegion } from './environment.ts';
import { type Endpoint, formatEndpoint, isIpAddress, parseEndpoint, regionOfHost } from './endpoint.ts';
import type { HttpDispatcher } from './send-request.ts';
import type { SignatureName } from './signer.ts';

/** What {@link obsStore} and {@link s3Store} have in common. */
export interface HttpStoreOptions {
  /**
   * Host of the service, without the bucket: `https://s3.eu-west-1.amazonaws.com`. The scheme may be left out: `https`.
   *
   * @default `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, on OBS `OBS_ENDPOINT`, in the environment; else the vendor's for the region
   */
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
  /** Puts the bucket into the path instead of the host. @default found out; `true` for IP addresses, localhost and endpoints with a path, and for bucket names with dots over https */
  readonly pathStyle?: boolean | undefined;
  /** Gives a request up after this many milliseconds. @default 60 s, and for copies 1 s more for each 8 MiB; 10 minutes for Complete */
  readonly requestTimeoutMs?: number | undefined;
  /** Sends the requests: any undici dispatcher (proxy, mock, own TLS settings). @default a pool without a cap on connections */
  readonly dispatcher?: HttpDispatcher | undefined;
  /** What this store allows, if not what its vendor does: `{ maxParts: 1000 }` on Scaleway and Swift. @default `S3_LIMITS`, `OBS_LIMITS` */
  readonly limits?: { readonly [Name in keyof StoreLimits]?: StoreLimits[Name] | undefined } | undefined;
  /** @default `copy-large-object` */
  readonly userAgent?: string | undefined;
  /** Lets SSE-C keys be sent over plain http to other machines. @default false */
  readonly allowInsecureSseC?: boolean | undefined;
  /**
   * How the store makes an ETag: `aws`, the MD5 of the bytes or of the parts' MD5s; or `other`.
   *
   * @default `aws` for Amazon's and Huawei's own endpoints, else what an object has proved
   */
  readonly etagFormula?: 'aws' | 'other' | undefined;
  /**
   * Whether the store obeys `If-None-Match` and `If-Match` on CopyObject and Complete.
   *
   * @default `obeyed` for Amazon's own endpoints, else what the store has shown
   */
  readonly conditions?: 'obeyed' | 'ignored' | undefined;
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

/** Options that were checked, with all defaults; those that may be left out still have none. */
export interface NormalizedStoreOptions extends Pick<
  HttpStoreOptions,
  'pathStyle' | 'requestTimeoutMs' | 'dispatcher' | 'etagFormula' | 'conditions'
> {
  readonly endpoint: Endpoint;
  readonly region: string;
  /** Whether `region` was given or stands in the endpoint, and not only assumed. */
  readonly isRegionKnown: boolean;
  readonly credentials: CredentialSource;
  readonly signature: SignatureName;
  readonly userAgent: string;
  readonly vendor: 'obs' | 's3';
  readonly allowInsecureSseC: boolean;
  readonly limits: StoreLimits;
}

const headerText: Rule<string> = (value, place) =>
  typeof value === 'string' && /^[\x20-\x7E]+$/.test(value) ? value : refuse(place, 'printable ASCII text', value);

const regionName: Rule<string> = (value, place) => {
  const name = headerText(value, place);
  return /^[\w-]+$/.test(name) ? name : refuse(place, "a name like 'eu-west-1'", value);
};

/** Limits of which those that are left out are the vendor's. */
function limitsOf(vendor: StoreLimits): Rule<StoreLimits> {
  const rules = {
    minPartSize: optional(integer(0), vendor.minPartSize),
    maxPartSize: optional(integer(1), vendor.maxPartSize),
    maxParts: optional(integer(1, 10_000), vendor.maxParts),
    maxCopyObjectSize: optional(integer(0), vendor.maxCopyObjectSize),
  };
  return (value = {}, place) => readOptions(value, rules, place);
}

const HTTP_RULES = {
  // These two are read later, by rules of their own.
  endpoint: (value: unknown) => value,
  credentials: (value: unknown) => value,
  region: optional(regionName),
  pathStyle: optional(flag),
  requestTimeoutMs: optional(timeLimit),
  dispatcher: optional(methods<HttpDispatcher>(['dispatch'], 'an undici Dispatcher')),
  userAgent: optional(headerText, 'copy-large-object'),
  allowInsecureSseC: optional(flag, false),
  etagFormula: optional(choice('aws', 'other')),
  conditions: optional(choice('obeyed', 'ignored')),
} satisfies Record<Exclude<keyof HttpStoreOptions, 'limits'>, Rule<unknown>>;

const RULES = {
  obs: {
    ...HTTP_RULES,
    limits: limitsOf(OBS_LIMITS),
    signature: optional<SignatureName>(choice('obs', 'v2', 'v4'), 'obs'),
  },
  s3: { ...HTTP_RULES, limits: limitsOf(S3_LIMITS), signature: optional<SignatureName>(choice('v4', 'v2'), 'v4') },
};
const DEFAULT_REGION = 'us-east-1';

function defaultEndpoint(vendor: 'obs' | 's3', region: string | undefined): Endpoint {
  if (vendor === 's3') {
    const home = region ?? environmentRegion() ?? DEFAULT_REGION;
    return parseEndpoint(`https://${amazonHost('s3', home, '')}`);
  }
  if (region !== undefined) return parseEndpoint(`https://obs.${region}.myhuaweicloud.com`);
  throw new CopyOptionsError(
    'endpoint is missing: pass that of the OBS region, e.g. "https://obs.cn-north-4.myhuaweicloud.com", or a region',
  );
}

/**
 * Checks the options of a store and fills in the defaults.
 *
 * @throws CopyOptionsError if an option is unknown, of the wrong kind or out of range
 */
export function normalizeStoreOptions(vendor: 'obs' | 's3', options: unknown): NormalizedStoreOptions {
  const owner = `${vendor}Store`;
  const given = readOptions(options, RULES[vendor], { path: '', owner });
  const { region, pathStyle, dispatcher } = given;
  const named = given.endpoint ?? environmentEndpoint(vendor);
  const endpoint = named === undefined ? defaultEndpoint(vendor, region) : parseEndpoint(named);
  if (pathStyle === false && isIpAddress(endpoint.hostname) && dispatcher === undefined) {
    const problem = `must not be false for ${formatEndpoint(endpoint)}: a bucket can't be put in front of an IP address`;
    fail({ path: 'pathStyle', owner }, problem);
  }
  const knownRegion = region ?? regionOfHost(endpoint.hostname);
  return {
    ...given,
    vendor,
    endpoint,
    region: knownRegion ?? regionWithoutHost(endpoint),
    isRegionKnown: knownRegion !== undefined,
    credentials: createCredentialSource(given.credentials, vendor === 'obs' ? ['OBS', 'AWS'] : ['AWS', 'OBS']),
  };
}

// `s3.amazonaws.com` without a region in it is that of us-east-1, whatever the environment says.
function regionWithoutHost(endpoint: Endpoint): string {
  return isAmazon(endpoint.hostname) ? DEFAULT_REGION : (environmentRegion() ?? DEFAULT_REGION);
}
