/*
 * The fields of results, under the names that the store's documents and the vendor's client give them. The types and the readers
 * (answer-fields) come from the same tables.
 */

/** Texts of a document, or of an entry in its list. One that is missing is empty. */
export const TEXTS = {
  copy: ['LastModified', 'ETag'],
  initiated: ['Bucket', 'UploadId', 'EncodingType'],
  completed: ['Location', 'Bucket', 'ETag', 'EncodingType'],
  parts: ['Bucket', 'UploadId', 'PartNumberMarker', 'NextPartNumberMarker', 'MaxParts', 'IsTruncated', 'StorageClass'],
  part: ['PartNumber', 'LastModified', 'ETag', 'Size'],
  uploads: ['Bucket', 'UploadIdMarker', 'NextUploadIdMarker', 'MaxUploads', 'IsTruncated', 'EncodingType'],
  upload: ['UploadId', 'Initiated', 'StorageClass'],
} as const;

/** Texts that name objects: they are encoded like a form if the document says so. */
export const UPLOADS_NAMES = ['KeyMarker', 'NextKeyMarker', 'Prefix', 'Delimiter'] as const;

/** Headers that HTTP itself has. One that is missing is no field. */
export const CONTENT_HEADERS = {
  LastModified: 'last-modified',
  ContentType: 'content-type',
  CacheControl: 'cache-control',
  ContentDisposition: 'content-disposition',
  ContentLanguage: 'content-language',
  ContentEncoding: 'content-encoding',
  Expires: 'expires',
  ETag: 'etag',
} as const;

/** Headers of the vendor about an object, without their prefix. */
export const OBJECT_HEADERS = {
  Expiration: 'expiration',
  TaggingCount: 'tagging-count',
  VersionId: 'version-id',
  WebsiteRedirectLocation: 'website-redirect-location',
  StorageClass: 'storage-class',
  Restore: 'restore',
  ObjectType: 'object-type',
  NextPosition: 'next-append-position',
  ObjectLockMode: 'object-lock-mode',
  ObjectLockRetainUntilDate: 'object-lock-retain-until-date',
  ObjectLockLegalHold: 'object-lock-legal-hold',
  UploadId: 'uploadid',
} as const;

/** Headers of the vendor about encryption, without their prefix. */
export const ENCRYPTION_HEADERS = {
  SseKms: 'server-side-encryption',
  SseKmsKey: 'server-side-encryption-kms-key-id',
  SseKmsProjectId: 'sse-kms-key-project-id',
  SseC: 'server-side-encryption-customer-algorithm',
  SseCKeyMd5: 'server-side-encryption-customer-key-md5',
} as const;

type Texts<Names extends readonly string[]> = Record<Names[number], string>;
type Headers<Names extends object> = Partial<Record<keyof Names, string>>;

/** Encryption, as the answers of several methods tell it. */
export interface EncryptionFields extends Headers<typeof ENCRYPTION_HEADERS> {}

export interface CopyPartFields extends EncryptionFields, Texts<typeof TEXTS.copy> {
  /** With its quotes, as the store gave it. */
  ETag: string;
}

export interface CopyObjectFields extends CopyPartFields {
  VersionId?: string;
  CopySourceVersionId?: string;
}

export interface InitiateMultipartUploadFields extends EncryptionFields, Texts<typeof TEXTS.initiated> {
  Key: string;
}

export interface CompleteMultipartUploadFields extends EncryptionFields, Texts<typeof TEXTS.completed> {
  VersionId?: string;
  Key: string;
}

export interface PartFields extends Texts<typeof TEXTS.part> {}

export interface ListPartsFields extends Texts<typeof TEXTS.parts> {
  Key: string;
  /** `'true'` or `'false'`. */
  IsTruncated: string;
  Initiator: { ID: string };
  Owner: { ID: string };
  Parts: PartFields[];
}

export interface UploadFields extends Texts<typeof TEXTS.upload> {
  Key: string;
  Owner: { ID: string };
  Initiator: { ID: string };
}

export interface ListMultipartUploadsFields extends Texts<typeof TEXTS.uploads>, Texts<typeof UPLOADS_NAMES> {
  /** `'true'` or `'false'`. */
  IsTruncated: string;
  Uploads: UploadFields[];
  CommonPrefixes: { Prefix: string }[];
}

export interface GetObjectMetadataFields
  extends EncryptionFields, Headers<typeof CONTENT_HEADERS>, Headers<typeof OBJECT_HEADERS> {
  /** Upload that made the object. */
  UploadId?: string;
  /** User metadata, exactly as on the wire. */
  Metadata: Record<string, string>;
}
