import { createHash } from 'node:crypto';
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

interface FakeUpload {
  bucket: string;
  key: string;
  initiated: Date;
  properties: HeadObjectResult['properties'];
  parts: Map<number, { etag: string; size: number; range: { source: string; start: number; end: number } }>;
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

/** A store in this process, for the engine's own tests: no HTTP, and every request can be interfered with. */
export function fakeStore(options: { hook?: Hook; traits?: CopyStore['traits']; hideEtags?: boolean } = {}) {
  const objects = new Map<string, FakeObject>();
  const uploads = new Map<string, FakeUpload>();
  const calls: { operation: StoreOperation; request: Record<string, unknown> }[] = [];
  let inFlight = 0;
  const stats = { maxInFlight: 0 };
  let sequence = 0;

  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

  async function perform<T>(operation: StoreOperation, request: object, work: () => T): Promise<T> {
    const record = request as Record<string, unknown>;
    calls.push({ operation, request: record });
    const count = calls.filter((call) => call.operation === operation).length;
    if (operation === 'copyPart') stats.maxInFlight = Math.max(stats.maxInFlight, ++inFlight);
    const signal = record['signal'] as AbortSignal | undefined;
    try {
      signal?.throwIfAborted();
      const cancelled = new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      cancelled.catch(() => undefined);
      const effect = await Promise.race([
        Promise.resolve(options.hook?.({ operation, request: record, count })),
        cancelled,
      ]);
      const result = work();
      await effect?.after?.();
      // Answers arrive in a later tick, as those of a server do.
      await Promise.race([new Promise((resolve) => setImmediate(resolve)), cancelled]);
      return result;
    } finally {
      if (operation === 'copyPart') inFlight--;
    }
  }

  const fail = (operation: StoreOperation, statusCode: number, vendorCode: string): never => {
    throw new StoreError(`${vendorCode} (${statusCode})`, { operation, kind: 'permanent', statusCode, vendorCode });
  };
  const find = (operation: StoreOperation, bucket: string, key: string): FakeObject =>
    objects.get(`${bucket}/${key}`) ?? fail(operation, 404, 'NoSuchKey');
  const findUpload = (operation: StoreOperation, uploadId: string): FakeUpload =>
    uploads.get(uploadId) ?? fail(operation, 404, 'NoSuchUpload');

  const store: CopyStore = {
    name: 'fake',
    limits: { minPartSize: 1, maxPartSize: 1e15, maxParts: 10_000, maxCopyObjectSize: 1e15 },
    traits: options.traits,
    headObject: (request) =>
      perform('headObject', request, () => {
        const { size, etag, lastModified, properties, uploadId } = find('headObject', request.bucket, request.key);
        return {
          size,
          etag: options.hideEtags === true ? undefined : etag,
          lastModified,
          versionId: undefined,
          properties,
          uploadId,
          serverTime: new Date(),
        };
      }),
    copyObject: (request) =>
      perform('copyObject', request, () => {
        const source = find('copyObject', request.source.bucket, request.source.key);
        if (request.sourceIfMatch !== undefined && request.sourceIfMatch !== source.etag) {
          fail('copyObject', 412, 'PreconditionFailed');
        }
        const copy = { ...source, properties: request.properties ?? {}, lastModified: new Date() };
        objects.set(`${request.bucket}/${request.key}`, copy);
        return { etag: copy.etag, lastModified: copy.lastModified, versionId: undefined };
      }),
    createMultipartUpload: (request) =>
      perform('createMultipartUpload', request, () => {
        const uploadId = `upload-${++sequence}`;
        uploads.set(uploadId, {
          bucket: request.bucket,
          key: request.key,
          initiated: new Date(),
          properties: request.properties ?? {},
          parts: new Map(),
        });
        return { uploadId };
      }),
    copyPart: (request) =>
      perform('copyPart', request, () => {
        const upload = findUpload('copyPart', request.uploadId);
        const source = find('copyPart', request.source.bucket, request.source.key);
        if (request.sourceIfMatch !== undefined && request.sourceIfMatch !== source.etag) {
          fail('copyPart', 412, 'PreconditionFailed');
        }
        const start = request.start ?? 0;
        const end = request.end ?? source.size - 1;
        const range = { source: `${request.source.bucket}/${request.source.key}`, start, end };
        const etag = md5(`${source.etag}:${start}-${end}`);
        upload.parts.set(request.partNumber, { etag, size: end - start + 1, range });
        return { etag };
      }),
    listParts: (request) =>
      perform('listParts', request, () => {
        const all = [...findUpload('listParts', request.uploadId).parts].toSorted(([a], [b]) => a - b);
        const after = all.filter(([partNumber]) => partNumber > (request.partNumberMarker ?? 0));
        const page = after.slice(0, request.maxParts ?? 1000);
        return {
          parts: page.map(([partNumber, { etag, size }]) => ({ partNumber, etag, size, lastModified: new Date() })),
          nextPartNumberMarker: page.length < after.length ? page.at(-1)?.[0] : undefined,
        };
      }),
    completeMultipartUpload: (request) =>
      perform('completeMultipartUpload', request, () => {
        const upload = findUpload('completeMultipartUpload', request.uploadId);
        const parts = request.parts.map(({ partNumber, etag }) => {
          const part = upload.parts.get(partNumber);
          if (part === undefined || part.etag !== etag) return fail('completeMultipartUpload', 400, 'InvalidPart');
          return part;
        });
        const digest = createHash('md5');
        for (const part of parts) digest.update(part.etag, 'hex');
        const object: FakeObject = {
          size: parts.reduce((sum, part) => sum + part.size, 0),
          etag: `${digest.digest('hex')}-${parts.length}`,
          lastModified: new Date(),
          properties: upload.properties,
          ranges: parts.map((part) => part.range),
        };
        objects.set(`${upload.bucket}/${upload.key}`, object);
        uploads.delete(request.uploadId);
        return { etag: object.etag, versionId: undefined };
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

  return {
    store,
    objects,
    uploads,
    calls,
    stats,
    /** Puts an object of `size` bytes that was last modified a minute ago. */
    put(name: string, size: number, properties: HeadObjectResult['properties'] = {}): void {
      objects.set(name, {
        size,
        etag: md5(`${name}:${size}:${++sequence}`),
        lastModified: new Date(Date.now() - 60_000),
        properties,
        ranges: [{ source: name, start: 0, end: size - 1 }],
      });
    },
    count: (operation: StoreOperation): number => calls.filter((call) => call.operation === operation).length,
  };
}
