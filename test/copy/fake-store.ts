import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import {
  type CopyStore,
  type HeadObjectResult,
  type StoreOperation,
  StoreError,
  type StoreErrorKind,
} from '../../src/index.ts';

interface FakeObject {
  size: number;
  etag: string;
  lastModified: Date;
  properties: HeadObjectResult['properties'];
  /** Where each byte range came from, in order. */
  ranges: { source: string; start: number; end: number }[];
  uploadId?: string;
}

interface FakePart {
  etag: string;
  size: number;
  range: { source: string; start: number; end: number };
  lastModified?: Date;
}

interface FakeUpload {
  bucket: string;
  key: string;
  initiated: Date;
  properties: HeadObjectResult['properties'];
  parts: Map<number, FakePart>;
}

/** What a test does to a request: throw before the work, or run after it. */
export type Hook = (call: {
  readonly operation: StoreOperation;
  readonly request: Record<string, unknown>;
  readonly count: number;
}) =>
  | undefined
  | void
  | { after?: () => void | Promise<void> }
  | Promise<undefined | void | { after?: () => void | Promise<void> }>;

/** A store failure as a test injects it. */
export function failure(
  operation: StoreOperation,
  kind: StoreErrorKind,
  statusCode?: number,
  vendorCode?: string,
): StoreError {
  return new StoreError(`injected ${vendorCode ?? kind}`, { operation, kind, statusCode, vendorCode });
}

/** How a fake store differs from a plain one. */
export interface FakeStoreOptions {
  readonly hook?: Hook;
  readonly traits?: CopyStore['traits'];
  readonly hideEtags?: boolean;
  /** What the store's clock shows more than ours, in milliseconds. */
  readonly clockAheadMs?: number;
  /** No answer says what time it is. */
  readonly hideServerTime?: boolean;
  /** A finished upload's Last-Modified is the time of its Create, as on AWS S3. */
  readonly datesFromCreate?: boolean;
  /** HEAD names the upload that made the object, as OBS does. */
  readonly namesUploads?: boolean;
  /** Complete answers without an ETag, and with success also for a dead upload where the key exists, as Ceph RGW does. */
  readonly completesLikeCeph?: boolean;
  /** Encrypts by its bucket's default key: ETags look like MD5s, differ with every write, and can't be predicted. */
  readonly encryptsWithKms?: { readonly saysSoOn: readonly ('create' | 'complete' | 'head')[] };
  /** ListParts gives this many parts a page. */
  readonly partsPerPage?: number;
  /** Has the calls that read and write tags. */
  readonly knowsTags?: boolean;
  /** Obeys `sourceIfMatch` on parts; `true` unless told otherwise. */
  readonly obeysSourceIfMatch?: boolean;
}

let fakes = 0;

/** A store in this process, for the engine's own tests: no HTTP, and every request can be interfered with. */
export function fakeStore(options: FakeStoreOptions = {}) {
  const objects = new Map<string, FakeObject>();
  const uploads = new Map<string, FakeUpload>();
  const calls: { operation: StoreOperation; request: Record<string, unknown> }[] = [];
  const signals = new Set<AbortSignal>();
  let inFlight = 0;
  const stats = { maxInFlight: 0 };
  let sequence = 0;
  const now = (): Date => new Date(Date.now() + (options.clockAheadMs ?? 0));
  const kms = options.encryptsWithKms;
  const etagOf = (partEtags: readonly string[]): string => {
    const digest = createHash('md5');
    for (const etag of partEtags) digest.update(etag, 'hex');
    if (kms !== undefined) digest.update('encrypted');
    return `${digest.digest('hex')}-${partEtags.length}`;
  };
  const encryptionSaidOn = (place: 'create' | 'complete' | 'head') =>
    kms?.saysSoOn.includes(place) === true ? { encryption: 'aws:kms' } : {};

  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

  async function perform<T>(operation: StoreOperation, request: object, work: () => T): Promise<T> {
    const record = request as Record<string, unknown>;
    calls.push({ operation, request: record });
    const count = calls.filter((call) => call.operation === operation).length;
    if (operation === 'copyPart') stats.maxInFlight = Math.max(stats.maxInFlight, ++inFlight);
    const signal = record['signal'] as AbortSignal | undefined;
    if (signal !== undefined) signals.add(signal);
    let cancel = (): void => undefined;
    try {
      signal?.throwIfAborted();
      const cancelled = new Promise<never>((_, reject) => {
        cancel = () => reject(signal?.reason);
        signal?.addEventListener('abort', cancel, { once: true });
      });
      cancelled.catch(() => undefined);
      const effect = await Promise.race([
        Promise.resolve(options.hook?.({ operation, request: record, count })),
        cancelled,
      ]);
      const result = work();
      await Promise.race([effect?.after?.(), cancelled]);
      // Answers arrive in a later tick, as those of a server do.
      await Promise.race([new Promise((resolve) => setImmediate(resolve)), cancelled]);
      return result;
    } finally {
      signal?.removeEventListener('abort', cancel);
      if (operation === 'copyPart') inFlight--;
    }
  }

  const fail = (operation: StoreOperation, statusCode: number, vendorCode: string): never => {
    const serverTime = options.hideServerTime === true ? undefined : now();
    const details = { operation, kind: 'permanent', statusCode, vendorCode, serverTime } as const;
    throw new StoreError(`${vendorCode} (${statusCode})`, details);
  };
  const find = (operation: StoreOperation, bucket: string, key: string): FakeObject =>
    objects.get(`${bucket}/${key}`) ?? fail(operation, 404, 'NoSuchKey');
  const findUpload = (operation: StoreOperation, uploadId: string): FakeUpload =>
    uploads.get(uploadId) ?? fail(operation, 404, 'NoSuchUpload');

  const store: CopyStore = {
    name: 'fake',
    limits: { minPartSize: 1, maxPartSize: 1e15, maxParts: 10_000, maxCopyObjectSize: 1e15 },
    // These ETags can be computed, so that another one is a wrong copy. Uploads of another fake have the same ids.
    traits: {
      etagFormula: 'aws',
      conditions: 'obeyed',
      endpoint: `https://fake-${++fakes}.example`,
      ...options.traits,
    },
    headObject: (request) =>
      perform('headObject', request, () => {
        const { size, etag, lastModified, properties, uploadId } = find('headObject', request.bucket, request.key);
        return {
          size,
          etag: options.hideEtags === true ? undefined : etag,
          lastModified,
          versionId: undefined,
          properties,
          uploadId: options.namesUploads === true ? uploadId : undefined,
          ...(options.hideServerTime === true ? {} : { serverTime: now() }),
          ...(`${request.bucket}/${request.key}`.startsWith('dst/') ? encryptionSaidOn('head') : {}),
        };
      }),
    copyObject: (request) =>
      perform('copyObject', request, () => {
        const source = find('copyObject', request.source.bucket, request.source.key);
        if (request.sourceIfMatch !== undefined && request.sourceIfMatch !== source.etag) {
          fail('copyObject', 412, 'PreconditionFailed');
        }
        if (request.ifNoneMatch === '*' && objects.has(`${request.bucket}/${request.key}`)) {
          fail('copyObject', 412, 'PreconditionFailed');
        }
        const copy = { ...source, properties: request.properties ?? source.properties, lastModified: now() };
        objects.set(`${request.bucket}/${request.key}`, copy);
        return { etag: copy.etag, lastModified: copy.lastModified, versionId: undefined };
      }),
    createMultipartUpload: (request) =>
      perform('createMultipartUpload', request, () => {
        const uploadId = `upload-${++sequence}`;
        uploads.set(uploadId, {
          bucket: request.bucket,
          key: request.key,
          initiated: now(),
          properties: request.properties ?? {},
          parts: new Map(),
        });
        return { uploadId, ...encryptionSaidOn('create') };
      }),
    copyPart: (request) =>
      perform('copyPart', request, () => {
        const upload = findUpload('copyPart', request.uploadId);
        const source = find('copyPart', request.source.bucket, request.source.key);
        const pinned = options.obeysSourceIfMatch !== false && request.sourceIfMatch !== undefined;
        if (pinned && request.sourceIfMatch !== source.etag) fail('copyPart', 412, 'PreconditionFailed');
        const start = request.start ?? 0;
        const end = request.end ?? source.size - 1;
        const range = { source: `${request.source.bucket}/${request.source.key}`, start, end };
        const etag = md5(`${source.etag}:${start}-${end}${kms === undefined ? '' : `:${++sequence}`}`);
        upload.parts.set(request.partNumber, { etag, size: end - start + 1, range, lastModified: now() });
        return { etag };
      }),
    listParts: (request) =>
      perform('listParts', request, () => {
        const all = [...findUpload('listParts', request.uploadId).parts].toSorted(([a], [b]) => a - b);
        const after = all.filter(([partNumber]) => partNumber > (request.partNumberMarker ?? 0));
        const page = after.slice(0, request.maxParts ?? options.partsPerPage ?? 1000);
        return {
          parts: page.map(([partNumber, { etag, size, lastModified }]) => ({
            partNumber,
            etag,
            size,
            lastModified: lastModified ?? now(),
          })),
          nextPartNumberMarker: page.length < after.length ? page.at(-1)?.[0] : undefined,
        };
      }),
    completeMultipartUpload: (request) =>
      perform('completeMultipartUpload', request, () => {
        const existing = objects.get(`${request.bucket}/${request.key}`);
        if (options.completesLikeCeph === true && existing !== undefined && !uploads.has(request.uploadId)) {
          return { etag: undefined, versionId: undefined };
        }
        const upload = findUpload('completeMultipartUpload', request.uploadId);
        if (request.ifNoneMatch === '*' && existing !== undefined) {
          fail('completeMultipartUpload', 412, 'PreconditionFailed');
        }
        const parts = request.parts.map(({ partNumber, etag }) => {
          const part = upload.parts.get(partNumber);
          if (part === undefined || part.etag !== etag) return fail('completeMultipartUpload', 400, 'InvalidPart');
          return part;
        });
        const object: FakeObject = {
          size: parts.reduce((sum, part) => sum + part.size, 0),
          etag: etagOf(parts.map((part) => part.etag)),
          lastModified: options.datesFromCreate === true ? upload.initiated : now(),
          properties: upload.properties,
          ranges: parts.map((part) => part.range),
          uploadId: request.uploadId,
        };
        objects.set(`${upload.bucket}/${upload.key}`, object);
        uploads.delete(request.uploadId);
        return {
          etag: options.completesLikeCeph === true ? undefined : object.etag,
          versionId: undefined,
          ...encryptionSaidOn('complete'),
        };
      }),
    abortMultipartUpload: (request) =>
      perform('abortMultipartUpload', request, () => {
        findUpload('abortMultipartUpload', request.uploadId);
        uploads.delete(request.uploadId);
      }),
    listMultipartUploads: (request) =>
      perform('listMultipartUploads', request, () => ({
        uploads: [...uploads]
          .filter(([, upload]) => upload.bucket === request.bucket && upload.key.startsWith(request.prefix ?? ''))
          .map(([uploadId, upload]) => ({ uploadId, key: upload.key, initiated: upload.initiated })),
        next: undefined,
      })),
  };

  const tagging: Pick<CopyStore, 'getObjectTagging' | 'putObjectTagging'> = {
    getObjectTagging: (request) =>
      perform(
        'getObjectTagging',
        request,
        () => find('getObjectTagging', request.bucket, request.key).properties.tags ?? {},
      ),
    putObjectTagging: (request) =>
      perform('putObjectTagging', request, () => {
        const object = find('putObjectTagging', request.bucket, request.key);
        object.properties = { ...object.properties, tags: request.tags };
      }),
  };

  return {
    store: options.knowsTags === true ? { ...store, ...tagging } : store,
    objects,
    uploads,
    calls,
    stats,
    /** Listeners that are left on any signal that came with a request. */
    countListeners: (): number =>
      [...signals].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0),
    /** The ETag that this store gives to an object of these parts. */
    etagOf,
    /** Puts an object of `size` bytes that was last modified a minute ago. */
    put(name: string, size: number, properties: HeadObjectResult['properties'] = {}): void {
      objects.set(name, {
        size,
        etag: md5(`${name}:${size}:${++sequence}`),
        lastModified: new Date(now().getTime() - 60_000),
        properties,
        ranges: [{ source: name, start: 0, end: size - 1 }],
      });
    },
    count: (operation: StoreOperation): number => calls.filter((call) => call.operation === operation).length,
  };
}
