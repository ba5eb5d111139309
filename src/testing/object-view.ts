import type {
  StoredChecksums,
  StoredEncryption,
  StoredGrant,
  StoredLock,
  StoredObject,
  StoredPart,
} from './stored-object.ts';

/** What a test can see of an object, without asking for it over HTTP. */
export interface TestObjectView {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** `'null'` where the bucket isn't versioned. */
  readonly versionId: string;
  readonly lastModified: Date;
  /** `content-type` and its kin, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata, lower case, without prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** In S3's words: OBS's WARM is STANDARD_IA, COLD is GLACIER. */
  readonly storageClass: string;
  readonly grants: readonly StoredGrant[];
  readonly websiteRedirectLocation: string | undefined;
  readonly lock: StoredLock;
  readonly expiresAfterDays: number | undefined;
  readonly encryption: StoredEncryption;
  /** Of an object made of parts. */
  readonly parts: readonly Omit<StoredPart, 'lastModifiedMs'>[] | undefined;
  /** Upload that made the object. */
  readonly uploadId: string | undefined;
  readonly checksums: StoredChecksums;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  /** Named documents on the object. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The bytes. Only for objects that fit into memory. */
  readBody(): Buffer;
}

/** Shows an object. */
export function viewObject(object: StoredObject): TestObjectView {
  return {
    bucket: object.bucket,
    key: object.key,
    size: object.content.size,
    etag: object.etag,
    versionId: object.versionId,
    lastModified: new Date(object.lastModifiedMs),
    headers: object.headers,
    metadata: object.metadata,
    tags: object.tags,
    storageClass: object.storageClass,
    grants: object.grants,
    websiteRedirectLocation: object.websiteRedirectLocation,
    lock: object.lock,
    expiresAfterDays: object.expiresAfterDays,
    encryption: object.encryption,
    parts: object.parts?.map(({ partNumber, size, etag, checksums }) => ({ partNumber, size, etag, checksums })),
    uploadId: object.uploadId,
    checksums: object.checksums,
    checksumType: object.checksumType,
    annotations: Object.fromEntries(
      Object.entries(object.annotations ?? {}).map(([name, { payload }]) => [name, payload.toString()]),
    ),
    readBody: () => Buffer.concat([...object.content.pieces(1024 * 1024)]),
  };
}
