import { choice, fail, readOptions, refuse, type Rule, type Rules } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { HttpDispatcher } from '../wire/send-request.ts';
import type { ObsStoreOptions } from '../wire/store-options.ts';

/** Options of {@link ObsClient}, by the names of Huawei's own client. */
export interface ObsClientOptions {
  /** Left out, together with the secret key: requests are anonymous. */
  readonly access_key_id?: string | undefined;
  readonly secret_access_key?: string | undefined;
  /** Token of a temporary access key. */
  readonly security_token?: string | undefined;
  /** Endpoint of the service, with or without `https://` and port: `https://obs.cn-north-4.myhuaweicloud.com`. */
  readonly server: string;
  /** If `server` has no scheme. @default true */
  readonly is_secure?: boolean | undefined;
  /** If `server` has no port. */
  readonly port?: number | string | undefined;
  /** Region to sign for (`v4`). */
  readonly region?: string | undefined;
  /** `obs`, `v2` or `v4`. Unlike the vendor's client, `obs` works with path style and `v4` is v4. @default 'obs' */
  readonly signature?: string | undefined;
  /** @default false; true for IP addresses and localhost */
  readonly path_style?: boolean | undefined;
  /** Seconds. @default 60, and for copies as much more as their size may need */
  readonly timeout?: number | string | undefined;
  /** How often a request that got no answer is sent again, if repeating it does no harm. @default 3 */
  readonly max_retry_count?: number | string | undefined;
  readonly user_agent?: string | undefined;
  /** Connections are always kept alive, and as many are opened as are needed: taken, and without effect. */
  readonly long_conn_param?: number | undefined;
  /** See `long_conn_param`. */
  readonly max_connections?: number | undefined;
  /** The signature is never negotiated: taken, and without effect. */
  readonly is_signature_negotiation?: boolean | undefined;
  /** Certificates are always verified: only `true` is taken. For a CA of your own, pass a `dispatcher`. */
  readonly ssl_verify?: boolean | undefined;
  /** See `ssl_verify`. */
  readonly verify_host_name?: boolean | undefined;
  /** Not of the vendor's client: sends the requests, any undici dispatcher (proxy, mock, own TLS settings). */
  readonly dispatcher?: HttpDispatcher | undefined;
}

const AGENT = "pass an undici Agent or ProxyAgent as 'dispatcher'";

/** The store underneath checks it. */
const passedOn = (value: unknown): unknown => value;

/** What the vendor's client takes as a number or as text; null counts as left out. */
function numberOrText(min: number): Rule<number | undefined> {
  return (value, place) => {
    if (value === undefined || value === null) return undefined;
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof read === 'number' && read >= min && Number.isFinite(read)
      ? read
      : refuse(place, `a number of at least ${min}`, value);
  };
}

const signature: Rule<'obs' | 'v2' | 'v4' | undefined> = (value, place) =>
  value === undefined || value === null
    ? undefined
    : choice('obs', 'v2', 'v4')(typeof value === 'string' ? value.trim().toLowerCase() : value, place);

const onlyTrue: Rule<unknown> = (value = true, place) =>
  value === true ||
  fail(place, `must be true or left out, as certificates are always verified: for a CA of your own ${AGENT}`);

/** An option of the vendor's that would change where requests go or what is trusted, and has another name here. */
function unsupported(advice: string): Rule<undefined> {
  return (value, place) =>
    value === undefined || value === false ? undefined : fail(place, `can't be used with this ObsClient: ${advice}`);
}

const TEMPORARY_KEYS = "fetch temporary keys yourself and pass them with 'security_token'";

const RULES = {
  access_key_id: passedOn,
  secret_access_key: passedOn,
  security_token: passedOn,
  server: passedOn,
  is_secure: passedOn,
  port: passedOn,
  region: passedOn,
  signature,
  path_style: passedOn,
  timeout: numberOrText(0.001),
  max_retry_count: numberOrText(0),
  user_agent: passedOn,
  long_conn_param: passedOn,
  max_connections: passedOn,
  is_signature_negotiation: passedOn,
  ssl_verify: onlyTrue,
  verify_host_name: onlyTrue,
  dispatcher: passedOn,
  // Not in ObsClientOptions: refused with advice, unless they are false.
  is_cname: unsupported('custom domains are not supported: pass the endpoint of the region'),
  http_agent: unsupported(AGENT),
  https_agent: unsupported(AGENT),
  third_http_lib: unsupported("pass an undici dispatcher as 'dispatcher'"),
  no_proxy_list: unsupported("no proxy is used unless a 'dispatcher' is one"),
  is_shadow_client: unsupported(TEMPORARY_KEYS),
  iam_domain: unsupported(TEMPORARY_KEYS),
  shadow_expires: unsupported(TEMPORARY_KEYS),
} satisfies Rules & Record<keyof ObsClientOptions, Rule<unknown>>;

export interface NormalizedObsClientOptions {
  readonly store: ObsStoreOptions;
  readonly maxRetries: number;
}

/**
 * Turns the vendor's options into those of the store underneath.
 *
 * @throws CopyOptionsError for an option that is unknown, wrong, or can't be done
 */
export function normalizeObsClientOptions(options: unknown): NormalizedObsClientOptions {
  const given = readOptions(options, RULES, { path: '', owner: 'ObsClient' });
  return {
    store: {
      endpoint: readServer(given),
      credentials: readKeys(given.access_key_id, given.secret_access_key, given.security_token),
      region: given.region as string | undefined,
      signature: given.signature,
      // The vendor's `false` is the default, and means path style all the same for an IP address.
      pathStyle: given.path_style === true ? true : undefined,
      requestTimeoutMs: given.timeout === undefined ? undefined : given.timeout * 1000,
      userAgent: given.user_agent as string | undefined,
      dispatcher: given.dispatcher as HttpDispatcher | undefined,
    },
    maxRetries: given.max_retry_count ?? 3,
  };
}

function readServer(given: Readonly<Record<string, unknown>>): string {
  const { server, port, is_secure: isSecure } = given;
  if (typeof server !== 'string' || server.trim() === '') {
    throw new CopyOptionsError("Server is not set: pass 'server', e.g. 'https://obs.cn-north-4.myhuaweicloud.com'");
  }
  const text = server.trim().replace(/\/+$/, '');
  const address = /^https?:\/\//.test(text) ? text : `${isSecure === false ? 'http' : 'https'}://${text}`;
  const hasPort = /:\d+$/.test(address);
  return hasPort || (typeof port !== 'number' && typeof port !== 'string') ? address : `${address}:${port}`;
}

/** The keys for the store underneath; `false` if there are none, as the environment isn't asked here. */
export function readKeys(
  accessKeyId: unknown,
  secretAccessKey: unknown,
  sessionToken: unknown,
): NonNullable<ObsStoreOptions['credentials']> {
  const [id, secret, token] = [accessKeyId, secretAccessKey, sessionToken].map((value): unknown =>
    value === undefined || value === null || value === '' ? undefined : value,
  );
  if (id === undefined && secret === undefined) return false;
  if (typeof id !== 'string' || typeof secret !== 'string') {
    throw new CopyOptionsError(
      "Options 'access_key_id' and 'secret_access_key' belong together: set both as strings, or none",
    );
  }
  return {
    accessKeyId: id.trim(),
    secretAccessKey: secret.trim(),
    // What isn't text, the store underneath refuses.
    sessionToken: typeof token === 'string' ? token.trim() : (token as undefined),
  };
}
