import type { CompletedPart, CopyStore } from '../../src/index.ts';
import {
  startTestStore,
  type FaultRule,
  type LatencyOption,
  type PersonalityName,
  type TestObject,
  type TestObjectView,
  type TestStore,
  type ThrottleOptions,
} from '../../src/testing/index.ts';
import { holdTime } from '../simulator/virtual-time.ts';
import { FaultLog } from './fault-log.ts';
import { openWay, type WayOptions } from './ways-to-store.ts';

export const source = { bucket: 'source', key: 'films/a film.mxf' };
export const destination = { bucket: 'destination', key: 'films/the copy+1.mxf' };

const HOUR_MS = 3_600_000;

/** What a copy is made on. */
export interface SceneOptions extends WayOptions {
  readonly personality?: PersonalityName | undefined;
  readonly size: number;
  /** Bytes of the parts that the source itself was uploaded in. */
  readonly sourcePartSize?: number | undefined;
  readonly storageClass?: string | undefined;
  /** What is at the destination beforehand: another object of the same size, or the same bytes in such parts with other properties. */
  readonly older?: 'other' | { readonly equalPartSize: number } | undefined;
  /** Whether source and older object were written just now, so that their dates tell nothing. */
  readonly isFresh?: boolean | undefined;
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
  readonly log: FaultLog;
}

/** Everything that a copy carries over. */
const properties = {
  contentType: 'application/mxf',
  cacheControl: 'max-age=60',
  contentDisposition: 'attachment; filename="film.mxf"',
  contentEncoding: 'identity',
  contentLanguage: 'de',
  expires: 'Thu, 01 Dec 2044 16:00:00 GMT',
  websiteRedirectLocation: '/elsewhere',
  metadata: { reel: '7', note: 'first cut' },
  tags: { project: 'archive', year: '2026' },
} satisfies Partial<TestObject>;

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { versioning = 'off', seed = 1, size, older } = options;
  const log = new FaultLog(options.faults ?? [], seed);
  const server = await startTestStore({
    buckets: [source.bucket, { name: destination.bucket, versioning }],
    personality: options.personality,
    faults: [log.hook],
    latency: options.latency,
    throttle: options.throttle,
    latePartsLand: options.latePartsLand,
    seed,
  });
  const scene: Scene = { options, server, store: openWay(server, options), log };
  await warmUp(scene);
  const agoMs = options.isFresh === true ? 0 : HOUR_MS;
  const lastModified = new Date(Date.now() - 2 * agoMs);
  server.putObject(sourceObject(options, 1, lastModified));
  // Of the same size, so that nothing but its content tells it from the copy.
  if (older === 'other') server.putObject({ ...destination, size, seed: 2, lastModified });
  if (typeof older === 'object') {
    server.setClock(-agoMs);
    await putEqualObject(scene, older.equalPartSize);
    server.setClock(0);
  }
  return scene;
}

/** Has the client load what it needs: a thread does that, which the virtual clock doesn't see. */
async function warmUp(scene: Scene): Promise<void> {
  await withoutFaults(scene, () => scene.store.headObject({ ...destination, key: 'nothing' }).catch(() => undefined));
}

/** The same bytes in the same parts as a copy would have, but other properties. */
async function putEqualObject(scene: Scene, partSize: number): Promise<void> {
  const { size } = scene.options;
  await withoutFaults(scene, async (store) => {
    const { uploadId } = await store.createMultipartUpload({
      ...destination,
      properties: { contentType: 'text/plain', metadata: { reel: '6' } },
    });
    const parts: CompletedPart[] = [];
    for (let start = 0; start < size; start += partSize) {
      const partNumber = parts.length + 1;
      const end = Math.min(start + partSize, size) - 1;
      const { etag } = await store.copyPart({ ...destination, uploadId, partNumber, source, start, end });
      parts.push({ partNumber, etag });
    }
    await store.completeMultipartUpload({ ...destination, uploadId, parts });
  });
}

/** Replaces the source by another object of the same size. */
export function replaceSource({ server, options }: Scene): void {
  server.putObject(sourceObject(options, 3, new Date()));
}

/** Puts somebody else's object where the copy goes to. */
export function intrude({ server }: Scene): void {
  server.putObject({ ...destination, body: 'somebody else was here' });
}

/** Begins an upload of which one part of this size is there (none: 0), as another program would. */
export async function beginUpload(scene: Scene, partSize: number): Promise<string> {
  const { options } = scene;
  const { tags, ...others } = properties;
  const mayTag = options.personality !== 'swift';
  return withoutFaults(scene, async (store) => {
    const { uploadId } = await store.createMultipartUpload({
      ...destination,
      properties: mayTag ? { ...others, tags } : others,
    });
    if (partSize === 0) return uploadId;
    const end = Math.min(partSize, options.size) - 1;
    await store.copyPart({ ...destination, uploadId, partNumber: 1, source, start: 0, end });
    return uploadId;
  });
}

/** Does something to the store past all faults, with a client that is not under test. */
async function withoutFaults<T>({ server, options, log }: Scene, work: (store: CopyStore) => Promise<T>): Promise<T> {
  log.setRules([]);
  server.setThrottle(undefined);
  server.setLatency(0);
  try {
    return await holdTime(() => work(openWay(server, { ...options, way: 'own', requestTimeoutMs: 60_000 })));
  } finally {
    log.setRules(options.faults ?? []);
    server.setThrottle(options.throttle);
    server.setLatency(options.latency ?? 0);
  }
}

function sourceObject(options: SceneOptions, seed: number, lastModified: Date): TestObject {
  const { size, sourcePartSize, storageClass } = options;
  return { ...source, ...properties, size, seed, partSize: sourcePartSize, storageClass, lastModified };
}

/** What the source is but its bytes. */
export function sourceView({ server }: Scene): TestObjectView {
  const view = server.object(source.bucket, source.key);
  if (view === undefined) throw new Error('The source is gone');
  return view;
}
