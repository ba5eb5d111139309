import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { fromObsClient, type ObsSdkClientLike } from '../../src/adapters/obs-sdk.ts';
import { obsStore, s3Store, type CopyStore } from '../../src/index.ts';
import type { TestCredentials, TestStore } from '../../src/testing/index.ts';

/** How the store is spoken to: by our own client, or through the vendor's. */
export type Way = 'own' | 'sdk';

/** What any way needs to know. */
export interface WayOptions {
  readonly vendor: 'obs' | 's3';
  readonly signature?: 'obs' | 'v2' | 'v4' | undefined;
  readonly requestTimeoutMs: number;
  readonly way?: Way | undefined;
}

// The vendor's client has no types.
const VendorObsClient = createRequire(import.meta.url)('esdk-obs-nodejs') as new (options: object) => ObsSdkClientLike;

/** The embedded store's ETags can be computed: right size with wrong bytes must not pass for a copy. */
const KNOWN = { etagFormula: 'aws' } as const;

/** Makes a client of the store, whose credentials are renewed when the store says that they have expired. */
export function openWay(
  server: TestStore,
  { vendor, signature, requestTimeoutMs, way = 'own' }: WayOptions,
): CopyStore {
  let fetched = 0;
  const credentials = (): Promise<TestCredentials> =>
    Promise.resolve(fetched++ === 0 ? server.credentials : server.rotateCredentials());
  const { endpoint, region } = server;
  if (way === 'sdk') {
    const store =
      vendor === 'obs'
        ? fromObsClient(openVendorClient(server), { traits: KNOWN })
        : fromS3Client(new S3Client({ endpoint, region, credentials, forcePathStyle: true }), {
            traits: { dialect: 's3', sendsSourceIfMatch: true, ...KNOWN },
          });
    return withTimeout(store, requestTimeoutMs);
  }
  const connection = { endpoint, region, requestTimeoutMs, credentials, ...KNOWN };
  return vendor === 'obs'
    ? obsStore({ ...connection, signature })
    : s3Store({ ...connection, signature: signature === 'v2' ? 'v2' : 'v4' });
}

/** Speaks OBS only to a host name, and puts the bucket in front of it. */
function openVendorClient({ credentials, port }: TestStore): ObsSdkClientLike {
  // Connection options are taken, too, but aren't in Node's types.
  const agentOptions: object = { keepAlive: true, lookup: lookUpLoopback };
  return new VendorObsClient({
    access_key_id: credentials.accessKeyId,
    secret_access_key: credentials.secretAccessKey,
    server: `http://localhost:${port}`,
    signature: 'obs',
    is_signature_negotiation: false,
    http_agent: new Agent(agentOptions),
  });
}

/** Names below localhost are not known everywhere. */
const lookUpLoopback: LookupFunction = (_hostname, { all }, callback) => {
  if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** The vendors' clients wait for minutes, which no run can. */
function withTimeout(store: CopyStore, timeoutMs: number): CopyStore {
  return wrapStore(store, (call, request) => call({ timeoutMs, ...request }));
}

/** A store whose calls go through a function. */
export function wrapStore(
  store: CopyStore,
  pass: (call: (request: object) => Promise<unknown>, request: object) => Promise<unknown>,
): CopyStore {
  return new Proxy(store, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (request: object) => pass((sent) => Reflect.apply(value, target, [sent]) as Promise<unknown>, request);
    },
  });
}
