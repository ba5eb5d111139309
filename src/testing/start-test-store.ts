import { readOptions } from '../check-options.ts';
import { forgetServers } from '../store/server-memory.ts';
import { CredentialsBook } from './credentials-book.ts';
import type { FaultHook, FaultRule } from './fault.ts';
import { FaultPlan } from './fault-plan.ts';
import { LatencyModel, type LatencyOption } from './latency.ts';
import type { OperationName } from './operation-name.ts';
import { provenanceOf, type ProvenanceRange } from './provenance.ts';
import { createRandom } from './random.ts';
import { seedBucket, seedObject, seedSeries } from './seed-object.ts';
import { StatsCounter, type TestStoreStats } from './store-stats.ts';
import { StoreServer, type StoreControls } from './store-server.ts';
import { StoreState } from './store-state.ts';
import type { StoredObject } from './stored-object.ts';
import type { TestBucket, TestCredentials, TestObject, TestStoreOptions } from './test-store-options.ts';
import * as rules from './test-store-rules.ts';
import { Throttle, type ThrottleOptions } from './throttle.ts';
import { Timers } from './timers.ts';
import { viewObject, type TestObjectView } from './object-view.ts';

/** An open upload. */
export interface TestUpload {
  readonly key: string;
  readonly uploadId: string;
  /** How many parts it has. */
  readonly parts: number;
  readonly initiated: Date;
}

/** A running store. */
export interface TestStore {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  /** Those that are good now; any are where the store was started with `credentials: false`. */
  readonly credentials: TestCredentials;
  /**
   * Says for every byte range of an object which object it came from.
   *
   * @throws {RangeError} there is no such object
   */
  provenance(bucket: string, key: string, versionId?: string): readonly ProvenanceRange[];
  /** Uploads of a bucket that are neither completed nor aborted. */
  uploads(bucket: string): readonly TestUpload[];
  /** Everything about an object but its bytes; undefined where there is none. */
  object(bucket: string, key: string, versionId?: string): TestObjectView | undefined;
  /** All keys of a bucket, in order. */
  keys(bucket: string): readonly string[];
  putBucket(bucket: string | TestBucket): void;
  /** Puts an object past HTTP, faults and counts. */
  putObject(object: TestObject): TestObjectView;
  /** Removes all versions of an object. */
  deleteObject(bucket: string, key: string): void;
  /** Replaces the fault rules; their counts begin anew. */
  setFaults(faults: readonly (FaultRule | FaultHook)[]): void;
  /** Replaces the throttle; `undefined` takes it away. */
  setThrottle(throttle: ThrottleOptions | undefined): void;
  setLatency(latency: LatencyOption): void;
  /** Sets the store's clock so much ahead of the machine's; negative: behind. */
  setClock(offsetMs: number): void;
  /** Replaces the operations that answer 403 AccessDenied. */
  setDenied(operations: readonly OperationName[]): void;
  /** Refuses the current credentials from now on, with ExpiredToken. */
  expireCredentials(): void;
  /** Makes new temporary credentials; the current ones expire. */
  rotateCredentials(): TestCredentials;
  stats(): TestStoreStats;
  /**
   * Resolves when no request is being worked on, also none whose client has gone: nothing that reached the store before changes it
   * any more. A request that is never answered (`stall`) isn't worked on.
   */
  idle(): Promise<void>;
  /** Ends at once: connections are cut, requests in work are never answered. */
  close(): Promise<void>;
}

const DEFAULT_CREDENTIALS: TestCredentials = {
  accessKeyId: 'TESTACCESSKEY',
  secretAccessKey: 'test-secret-access-key',
};

/**
 * Starts an object store inside the process: OBS and S3 over HTTP, on the loopback interface, all in memory. Objects of any size
 * take no space, and it is known of every byte where it came from.
 *
 * @throws {CopyOptionsError} an option, personality, operation or kind of fault isn't known
 * @throws {RangeError} a part layout doesn't fit its object
 * @example
 * const store = await startTestStore({ objects: [{ bucket: 'media', key: 'film.mxf', size: 2 ** 40 }] });
 * // … copy on store.endpoint …
 * store.provenance('archive', 'film.mxf');
 * await store.close();
 */
export async function startTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  readOptions(options, rules.TEST_STORE_RULES, { path: '', owner: 'startTestStore' });
  const stats = new StatsCounter();
  const state = new StoreState(options, stats);
  for (const bucket of options.buckets ?? []) seedBucket(state, bucket);
  for (const object of options.objects ?? []) seedObject(state, object);
  for (const series of options.series ?? []) seedSeries(state, series);

  const timers = new Timers();
  const seed = options.seed ?? 1;
  const credentialsBook = openCredentialsBook(options.credentials);
  const controls: StoreControls = {
    // Each has a sequence of its own, so that a latency drawn doesn't shift the faults.
    faults: new FaultPlan(options.faults ?? [], createRandom(seed)),
    latency: new LatencyModel(options.latency, createRandom(seed + 1)),
    throttle: new Throttle(options.throttle ?? {}, timers),
  };
  const server = new StoreServer(options, state, controls, credentialsBook, timers);
  const port = await server.listen(options.port ?? 0);
  // Another server may have had this port before.
  forgetServers();

  const findObject = (bucket: string, key: string, versionId?: string): StoredObject | undefined => {
    const found =
      versionId === undefined
        ? state.buckets.get(bucket)?.current(key)
        : state.buckets.get(bucket)?.version(key, versionId);
    return found?.deleteMarker === true ? undefined : found;
  };

  return {
    endpoint: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    region: state.region,
    get credentials() {
      return credentialsBook?.current ?? DEFAULT_CREDENTIALS;
    },
    provenance(bucket, key, versionId) {
      const object = findObject(bucket, key, versionId);
      if (object === undefined)
        throw new RangeError(`Cannot tell the provenance as there is no object '${bucket}/${key}'`);
      return provenanceOf(object.content);
    },
    uploads(bucket) {
      return [...state.uploads.values()]
        .filter((upload) => upload.bucket === bucket && upload.state === 'open')
        .map(({ key, uploadId, parts, initiatedMs }) => ({
          key,
          uploadId,
          parts: parts.size,
          initiated: new Date(initiatedMs),
        }));
    },
    object(bucket, key, versionId) {
      const object = findObject(bucket, key, versionId);
      return object === undefined ? undefined : viewObject(object);
    },
    keys(bucket) {
      const found = state.buckets.get(bucket);
      return found?.keys().filter((key) => found.current(key)?.deleteMarker === false) ?? [];
    },
    putBucket(bucket) {
      rules.bucket(bucket, { path: 'bucket', owner: 'putBucket' });
      seedBucket(state, bucket);
    },
    putObject(object) {
      rules.object(object, { path: 'object', owner: 'putObject' });
      return viewObject(seedObject(state, object));
    },
    deleteObject(bucket, key) {
      for (const { versionId } of state.buckets.get(bucket)?.versions(key) ?? []) {
        state.buckets.get(bucket)?.remove(key, versionId);
      }
    },
    setFaults(faults) {
      rules.faults(faults, { path: 'faults', owner: 'setFaults' });
      controls.faults = new FaultPlan(faults, createRandom(seed));
    },
    setThrottle(throttle) {
      rules.throttle(throttle, { path: 'throttle', owner: 'setThrottle' });
      controls.throttle = new Throttle(throttle ?? {}, timers);
    },
    setLatency(latency) {
      rules.latency(latency, { path: 'latency', owner: 'setLatency' });
      controls.latency = new LatencyModel(latency, createRandom(seed + 1));
    },
    setClock(offsetMs) {
      state.clockOffsetMs = offsetMs;
    },
    setDenied(operations) {
      rules.operations(operations, { path: 'operations', owner: 'setDenied' });
      state.denied = new Set(operations);
    },
    expireCredentials() {
      credentialsBook?.expireCurrent();
    },
    rotateCredentials() {
      if (credentialsBook === undefined)
        throw new Error('Cannot rotate credentials as the store was started without any');
      return credentialsBook.rotate();
    },
    stats: () => stats.snapshot(),
    idle: () => server.idle(),
    async close() {
      timers.clear();
      await server.close();
      timers.clear();
    },
  };
}

function openCredentialsBook(credentials: TestStoreOptions['credentials']): CredentialsBook | undefined {
  if (credentials === false) return undefined;
  if (credentials === undefined) return new CredentialsBook([DEFAULT_CREDENTIALS]);
  if (!isList(credentials)) return new CredentialsBook([credentials]);
  const [first, ...others] = credentials;
  if (first === undefined)
    throw new RangeError('Cannot start the store as its list of credentials is empty: give one, or false');
  return new CredentialsBook([first, ...others]);
}

function isList(credentials: TestCredentials | readonly TestCredentials[]): credentials is readonly TestCredentials[] {
  return Array.isArray(credentials);
}
