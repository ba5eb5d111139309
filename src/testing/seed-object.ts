import { createHash } from 'node:crypto';
import { grantsOfCannedAcl } from './access-control.ts';
import { Bucket } from './bucket.ts';
import { Content, Origin } from './content.ts';
import { digestContent, multipartEtag } from './content-digest.ts';
import { ObjectSeries, type TestSeries } from './object-series.ts';
import { hidesMd5 } from './object-encryption.ts';
import { checksumOf, compositeChecksum } from './object-checksums.ts';
import { MAX_HASHED_SIZE, type StoreState } from './store-state.ts';
import type {
  StoredAnnotation,
  StoredEncryption,
  StoredObject,
  StoredPart,
  StoredProperties,
} from './stored-object.ts';
import type { TestBucket, TestObject, TestObjectProperties } from './test-store-options.ts';

/** Makes a bucket without HTTP. */
export function seedBucket(state: StoreState, bucket: string | TestBucket): Bucket {
  const settings: TestBucket = typeof bucket === 'string' ? { name: bucket } : bucket;
  const { name, versioning, region, storageClass, objectLock, requesterPays, fileSystem } = settings;
  const made = new Bucket(name, {
    region: region ?? state.region,
    createdMs: state.now(),
    defaultStorageClass: toS3StorageClass(storageClass),
    versioning: versioning ?? (objectLock === true ? 'enabled' : 'off'),
    objectLock,
    requesterPays,
    isFileSystem: fileSystem,
  });
  state.buckets.set(name, made);
  return made;
}

/** Makes an object without HTTP; its bucket too, where there is none. */
export function seedObject(state: StoreState, object: TestObject): StoredObject {
  const bucket = state.buckets.get(object.bucket) ?? seedBucket(state, object.bucket);
  const content = Content.of(originOf(object));
  const properties = propertiesOf(state, bucket, object);
  const parts = partsOf(state, object, content, properties.encryption);
  const stored: StoredObject = {
    ...properties,
    bucket: object.bucket,
    key: object.key,
    versionId: state.newVersionId(bucket),
    deleteMarker: false,
    content,
    etag: bucket.isDirectory ? state.newId('etag') : etagOf(state, content, parts, properties.encryption),
    lastModifiedMs: object.lastModified?.getTime() ?? state.now(),
    parts,
    uploadId: parts === undefined ? undefined : state.newId('upload').toUpperCase(),
    ...checksumsOf(content, parts, object.checksumAlgorithm),
    annotations: annotationsOf(state, object),
  };
  state.putObject(stored);
  return stored;
}

/** Adds objects that are made by a rule; their bucket too, where there is none. */
export function seedSeries(state: StoreState, series: TestSeries): void {
  const bucket = state.buckets.get(series.bucket) ?? seedBucket(state, series.bucket);
  bucket.addSeries(new ObjectSeries(series, state.now(), state.ownerId));
}

/** Of all bytes, or of the parts' checksums where the algorithm knows nothing else for an object in parts. */
function checksumsOf(
  content: Content,
  parts: readonly StoredPart[] | undefined,
  algorithm: TestObject['checksumAlgorithm'],
): Pick<StoredObject, 'checksums' | 'checksumType'> {
  if (algorithm === undefined) return { checksums: {} };
  if (parts === undefined || algorithm.startsWith('CRC')) {
    return { checksums: checksumOf(content, algorithm), checksumType: 'FULL_OBJECT' };
  }
  return { checksums: compositeChecksum(parts, algorithm), checksumType: 'COMPOSITE' };
}

function annotationsOf(state: StoreState, { annotations = {} }: TestObject): StoredObject['annotations'] {
  const stored = Object.entries(annotations).map(([name, text]): [string, StoredAnnotation] => {
    const payload = Buffer.from(text);
    const etag = createHash('md5').update(payload).digest('hex');
    return [name, { payload, etag, lastModifiedMs: state.now(), checksums: {} }];
  });
  return Object.fromEntries(stored);
}

function originOf(object: TestObject): Origin {
  if ('body' in object) return Origin.fromBytes(Buffer.from(object.body as Uint8Array));
  const { bucket, key, size, seed = 0 } = object;
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`Cannot make object '${key}' as its size must be a whole number of bytes: ${size}`);
  }
  return Origin.fromSeed(`${bucket}\n${key}\n${seed}`, size, MAX_HASHED_SIZE);
}

function partsOf(
  state: StoreState,
  { partSize, checksumAlgorithm, key }: TestObject,
  content: Content,
  encryption: StoredEncryption,
): readonly StoredPart[] | undefined {
  if (partSize === undefined) return undefined;
  const sizes = typeof partSize === 'number' ? evenSizes(content.size, partSize) : partSize;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== content.size) {
    throw new RangeError(
      `Cannot make object '${key}' as its parts must add up to its size of ${content.size} bytes: ${total}`,
    );
  }
  let start = 0;
  return sizes.map((size, index) => {
    const slice = content.slice(start, size);
    start += size;
    return {
      partNumber: index + 1,
      size,
      etag: hidesMd5(encryption) ? state.newId('etag') : digestContent(slice, 'MD5').toString('hex'),
      lastModifiedMs: state.now(),
      checksums: checksumOf(slice, checksumAlgorithm),
    };
  });
}

function evenSizes(size: number, partSize: number): readonly number[] {
  const count = Math.max(1, Math.ceil(size / partSize));
  return Array.from({ length: count }, (_, index) => Math.min(partSize, size - index * partSize));
}

function etagOf(
  state: StoreState,
  content: Content,
  parts: readonly StoredPart[] | undefined,
  encryption: StoredEncryption,
): string {
  if (parts !== undefined) return multipartEtag(parts.map((part) => part.etag));
  return hidesMd5(encryption) ? state.newId('etag') : digestContent(content, 'MD5').toString('hex');
}

function propertiesOf(state: StoreState, bucket: Bucket, object: TestObjectProperties): StoredProperties {
  const headers: Record<string, string> = {};
  const named = {
    'content-type': object.contentType,
    'cache-control': object.cacheControl,
    'content-disposition': object.contentDisposition,
    'content-encoding': object.contentEncoding,
    'content-language': object.contentLanguage,
    expires: object.expires,
  };
  for (const [name, value] of Object.entries(named)) if (value !== undefined) headers[name] = value;
  const metadata = Object.entries(object.metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    headers,
    metadata: Object.fromEntries(metadata) as Record<string, string>,
    websiteRedirectLocation: object.websiteRedirectLocation,
    storageClass: bucket.isDirectory
      ? 'EXPRESS_ONEZONE'
      : (toS3StorageClass(object.storageClass) ?? bucket.defaultStorageClass),
    grants: grantsOfCannedAcl(object.acl ?? 'private', state.ownerId),
    tags: { ...object.tags },
    lock: {
      mode: object.objectLock?.mode,
      retainUntil: object.objectLock?.retainUntil?.toISOString(),
      legalHold: object.objectLock?.legalHold,
      eventHold: object.objectLock?.eventHold,
    },
    expiresAfterDays: object.expiresAfterDays,
    encryption: encryptionOf(object.encryption),
  };
}

function encryptionOf(encryption: TestObjectProperties['encryption']): StoredEncryption {
  switch (encryption?.type) {
    case 'SSE-C': {
      const key = Buffer.from(encryption.customerKey, 'base64');
      return { type: 'SSE-C', customerKeyMd5: createHash('md5').update(key).digest('base64') };
    }
    case 'SSE-KMS':
      return { type: 'SSE-KMS', kmsKeyId: encryption.keyId ?? 'default-key' };
    case 'AES256':
      return { type: 'AES256' };
    case undefined:
      return { type: 'none' };
  }
}

/** Objects may be made in either dialect's words. */
function toS3StorageClass(name: string | undefined): string | undefined {
  if (name === 'WARM') return 'STANDARD_IA';
  return name === 'COLD' ? 'GLACIER' : name;
}
