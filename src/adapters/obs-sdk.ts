import { readOptions } from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';
import type { ClientWithStore } from '../store/client-with-store.ts';
import type { CopyStore, StoreRequest, StoreTraits } from '../store/copy-store.ts';
import { OBS_LIMITS } from '../store/store-limits.ts';
import { chooseDialect } from '../wire/dialect.ts';
import { formatEndpoint, isLoopback, parseEndpoint } from '../wire/endpoint.ts';
import { createOperationStore } from '../wire/operation-store.ts';
import { ADAPTER_RULES, type AdapterOptions } from './adapter-options.ts';
import { ObsCarrier, type ObsSdkClientLike } from './obs-sdk-carrier.ts';
import { METHODS } from './obs-sdk-input.ts';

export type { ObsSdkClientLike } from './obs-sdk-carrier.ts';
export type { VendorMethod } from './obs-sdk-input.ts';

/** Options of `fromObsClient`. */
export type FromObsClientOptions = AdapterOptions;

/**
 * Makes a `CopyStore` of Huawei's `ObsClient` (`esdk-obs-nodejs`, 3.1.4 and later), or of this library's own `ObsClient`.
 *
 * The vendor's client makes and signs the requests; the answers are read by this library off the client's `ResponseHook`, as the client
 * itself takes an error inside `200 OK` for a success. Each request is sent once: what the client begins anew by itself is cut
 * before it leaves, as is a redirect to another operator's host, which would be sent signature and keys.
 *
 * What the vendor's client can't do is refused with a `StoreError`, never left out in silence: legal holds, object locks before 3.26.8, an
 * expected bucket owner, and conditions on the source of a part (so that the source is read again before Complete). It refuses a source key
 * with `?versionId=` in it and no version, too, and signed header values that its percent-encoding would change (metadata, content type).
 * `obsStore` has none of these limits.
 *
 * The client signs by its own credentials and by this machine's clock, and nothing but itself can change that: credentials that run
 * out have to be replaced in time (`client.refresh(access_key_id, secret_access_key, security_token)` while a copy runs), and a clock that
 * is off by more than 15 minutes has to be set.
 *
 * Mind that the vendor's client verifies no certificates unless told to (`ssl_verify: true`), and opens a new connection for
 * each request unless told not to (`long_conn_param: 60`). Its own `timeout`, 60 s of silence unless told otherwise, is set aside:
 * a part can take minutes. See `requestTimeoutMs`.
 *
 * @throws CopyOptionsError if the client lacks a method, or an option is unknown or wrong
 */
export function fromObsClient(
  client: ObsSdkClientLike | ClientWithStore,
  options: FromObsClientOptions = {},
): CopyStore {
  readOptions(options, ADAPTER_RULES, { path: '', owner: 'fromObsClient' });
  const candidate = (client ?? {}) as Partial<ObsSdkClientLike & ClientWithStore>;
  const ready = candidate.copyStore;
  if (ready !== undefined) return withOptions(ready, options);
  const missing = NEEDED.filter((name) => typeof candidate[name] !== 'function');
  if (missing.length > 0) {
    throw new CopyOptionsError(`fromObsClient needs an ObsClient of 'esdk-obs-nodejs': it lacks ${missing.join(', ')}`);
  }
  const { name = 'obs', limits = OBS_LIMITS, traits, requestTimeoutMs } = options;
  const facts = {
    name,
    limits,
    get traits(): StoreTraits {
      return { dialect: 'obs', sendsSourceIfMatch: false, ...placeOf(candidate), ...traits };
    },
  };
  const carrier = new ObsCarrier(candidate as ObsSdkClientLike, () => facts.traits.secure === true, requestTimeoutMs);
  return createOperationStore(facts, chooseDialect('obs', 'obs'), carrier);
}

/** Where the client sends to: it knows in the tick after it was made. */
function placeOf(client: object): Pick<StoreTraits, 'endpoint' | 'secure'> {
  const { server, port, isSecure } = Object((client as { readonly util?: unknown }).util) as Record<string, unknown>;
  if (typeof server !== 'string') return {};
  const isHttp = isSecure === false;
  const endpoint = parseEndpoint(
    `${isHttp ? 'http' : 'https'}://${server}${typeof port === 'number' ? `:${port}` : ''}`,
  );
  return { endpoint: formatEndpoint(endpoint), secure: !isHttp || isLoopback(endpoint.hostname) };
}

/** The tag and ACL calls, and those of many objects, are only missed by a copy that needs them. */
const NEEDED = Object.values(METHODS).filter(
  (name) => !/Tagging|Acl|Objects$|Version|Retention|Bucket|^(?:get|put)Object$/.test(name),
);

/** A store under another name, with other limits or traits, or that gives up at another time. */
function withOptions(store: CopyStore, options: FromObsClientOptions): CopyStore {
  const { name, limits, traits, requestTimeoutMs } = options;
  if (Object.values(options).every((option) => option === undefined)) return store;
  const facts = { name: name ?? store.name, limits: limits ?? store.limits, traits: { ...store.traits, ...traits } };
  return new Proxy(store, {
    get(target, property) {
      if (Object.hasOwn(facts, property)) return facts[property as keyof typeof facts];
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const operation = value.bind(target) as (request: StoreRequest) => unknown;
      if (requestTimeoutMs === undefined) return operation;
      return (request: StoreRequest) => operation({ ...request, timeoutMs: request.timeoutMs ?? requestTimeoutMs });
    },
  });
}
