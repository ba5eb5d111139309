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
  /** Where `server` has no scheme. @default true */
  readonly is_secure?: boolean | undefined;
  /** Where `server` has no port. */
  readonly port?: number | string | undefined;
  /** Region to sign for (`v4`). */
  readonly region?: string | undefined;
  /** `obs`, `v2` or `v4`. Unlike the vendor's client, `obs` works with path style and `v4` is v4. @default 'obs' */
  readonly signature?: string | undefined;
  /** @default false; true for IP addresses and localhost */
  readonly path_style?: boolean | undefined;
  /** Seconds. @default 60, and for copies as much more as their size may need */
  readonly timeout?: number | string | undefined;
  /** How often a request that got no answer is sent again, where repeating it does no harm. @default 3 */
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

/** The vendor's options that would change where requests go or what is trusted, and have another name here. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  is_cname: 'custom domains are not supported: pass the endpoint of the region',
  http_agent: "pass an undici Agent or ProxyAgent as 'dispatcher'",
  https_agent: "pass an undici Agent or ProxyAgent as 'dispatcher'",
  third_http_lib: "pass an undici dispatcher as 'dispatcher'",
  no_proxy_list: "no proxy is used unless a 'dispatcher' is one",
  is_shadow_client: "fetch temporary keys yourself and pass them with 'security_token'",
  iam_domain: "fetch temporary keys yourself and pass them with 'security_token'",
  shadow_expires: "fetch temporary keys yourself and pass them with 'security_token'",
};

const OPTION_NAMES = {
  access_key_id: true,
  secret_access_key: true,
  security_token: true,
  server: true,
  is_secure: true,
  port: true,
  region: true,
  signature: true,
  path_style: true,
  timeout: true,
  max_retry_count: true,
  user_agent: true,
  long_conn_param: true,
  max_connections: true,
  is_signature_negotiation: true,
  ssl_verify: true,
  verify_host_name: true,
  dispatcher: true,
} as const satisfies Record<keyof ObsClientOptions, true>;

/** Options that were checked. */
export interface NormalizedObsClientOptions {
  /** Those of the store underneath. */
  readonly store: ObsStoreOptions;
  readonly maxRetries: number;
}

/**
 * Turns the vendor's options into those of the store underneath.
 *
 * @throws CopyOptionsError for an option that is unknown, wrong, or can't be done
 */
export function normalizeObsClientOptions(options: unknown): NormalizedObsClientOptions {
  if (typeof options !== 'object' || options === null) {
    throw new CopyOptionsError('ObsClient needs an object of options: access_key_id, secret_access_key, server, …');
  }
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false) continue;
    const advice = Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : undefined;
    if (advice !== undefined)
      throw new CopyOptionsError(`Option '${name}' can't be used with this ObsClient: ${advice}`);
  }
  const unknown = Object.keys(given).find(
    (name) => !Object.hasOwn(OPTION_NAMES, name) && !Object.hasOwn(UNSUPPORTED, name),
  );
  if (unknown !== undefined) {
    throw new CopyOptionsError(
      `Unknown option '${unknown}' of ObsClient: it takes ${Object.keys(OPTION_NAMES).join(', ')}`,
    );
  }
  for (const name of ['ssl_verify', 'verify_host_name']) {
    if (given[name] !== undefined && given[name] !== true) {
      throw new CopyOptionsError(
        `Option '${name}' must be true or left out, as certificates are always verified: for a CA of your own pass an undici Agent as 'dispatcher'`,
      );
    }
  }
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, security_token: sessionToken } = given;
  const timeout = optionalNumber('timeout', given['timeout'], 0.001);
  return {
    store: {
      endpoint: readServer(given),
      credentials: readKeys(accessKeyId, secretAccessKey, sessionToken),
      region: given['region'] as string | undefined,
      signature: readSignature(given['signature']),
      // The vendor's `false` is the default, and means path style all the same for an IP address.
      pathStyle: given['path_style'] === true ? true : undefined,
      requestTimeoutMs: timeout === undefined ? undefined : timeout * 1000,
      userAgent: given['user_agent'] as string | undefined,
      dispatcher: given['dispatcher'] as HttpDispatcher | undefined,
    },
    maxRetries: optionalNumber('max_retry_count', given['max_retry_count'], 0) ?? 3,
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

/** The keys for the store underneath; `false` where there are none, as the environment isn't asked here. */
export function readKeys(
  accessKeyId: unknown,
  secretAccessKey: unknown,
  sessionToken: unknown,
): NonNullable<ObsStoreOptions['credentials']> {
  const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';
  if (isEmpty(accessKeyId) && isEmpty(secretAccessKey)) return false;
  if (
    typeof accessKeyId !== 'string' ||
    typeof secretAccessKey !== 'string' ||
    accessKeyId === '' ||
    secretAccessKey === ''
  ) {
    throw new CopyOptionsError(
      "Options 'access_key_id' and 'secret_access_key' belong together: set both as strings, or none",
    );
  }
  return {
    accessKeyId: accessKeyId.trim(),
    secretAccessKey: secretAccessKey.trim(),
    sessionToken: isEmpty(sessionToken) ? undefined : String(sessionToken).trim(),
  };
}

function readSignature(value: unknown): 'obs' | 'v2' | 'v4' | undefined {
  if (value === undefined || value === null) return undefined;
  const signature = typeof value === 'string' ? value.trim().toLowerCase() : typeof value;
  if (signature === 'obs' || signature === 'v2' || signature === 'v4') return signature;
  throw new CopyOptionsError(`Option 'signature' must be 'obs', 'v2' or 'v4': it is ${JSON.stringify(signature)}`);
}

function optionalNumber(name: string, value: unknown, min: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= min && Number.isFinite(number)) return number;
  throw new CopyOptionsError(`Option '${name}' must be a number of at least ${min}: it is ${JSON.stringify(value)}`);
}
