import { obsStore, s3Store, type CopyStore } from '../../src/index.ts';
import {
  startTestStore,
  type FaultRule,
  type LatencyOption,
  type PersonalityName,
  type TestObjectView,
  type TestStore,
  type ThrottleOptions,
} from '../../src/testing/index.ts';

export const source = { bucket: 'source', key: 'films/a film.mxf' };
export const destination = { bucket: 'destination', key: 'films/the copy+1.mxf' };

/** What a copy is made on. */
export interface SceneOptions {
  readonly vendor: 'obs' | 's3';
  readonly signature?: 'obs' | 'v2' | 'v4' | undefined;
  readonly personality?: PersonalityName | undefined;
  readonly size: number;
  /** Bytes of the parts that the source itself was uploaded in. */
  readonly sourcePartSize?: number | undefined;
  /** Whether another object is at the destination beforehand. */
  readonly olderObject: boolean;
  readonly requestTimeoutMs: number;
  readonly faults?: readonly FaultRule[] | undefined;
  readonly latency?: LatencyOption | undefined;
  readonly throttle?: ThrottleOptions | undefined;
  readonly latePartsLand?: boolean | undefined;
  readonly versioning?: 'off' | 'enabled' | undefined;
  readonly seed?: number | undefined;
}

/** A store with a source, perhaps an older object where the copy goes to, and a client whose credentials can be renewed. */
export interface Scene {
  readonly options: SceneOptions;
  readonly server: TestStore;
  readonly store: CopyStore;
  readonly older: TestObjectView | undefined;
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { vendor, signature, requestTimeoutMs, versioning = 'off' } = options;
  const server = await startTestStore({
    buckets: [source.bucket, { name: destination.bucket, versioning }],
    personality: options.personality,
    faults: options.faults,
    latency: options.latency,
    throttle: options.throttle,
    latePartsLand: options.latePartsLand,
    seed: options.seed,
  });
  server.putObject({
    ...source,
    size: options.size,
    seed: 1,
    partSize: options.sourcePartSize,
    contentType: 'application/mxf',
    metadata: { reel: '7' },
    tags: { project: 'archive' },
  });
  // Of the same size, so that nothing but its content tells it from the copy.
  const older = options.olderObject ? server.putObject({ ...destination, size: options.size, seed: 2 }) : undefined;
  let fetched = 0;
  const connection = {
    endpoint: server.endpoint,
    region: server.region,
    requestTimeoutMs,
    credentials: () => Promise.resolve(fetched++ === 0 ? server.credentials : server.rotateCredentials()),
  };
  const store =
    vendor === 'obs'
      ? obsStore({ ...connection, signature })
      : s3Store({ ...connection, signature: signature === 'v2' ? 'v2' : 'v4' });
  return { options, server, store, older };
}
