/** Encryption, as the answers of several methods tell it. */
export interface EncryptionFields {
  SseKms?: string;
  SseKmsKey?: string;
  SseC?: string;
  SseCKeyMd5?: string;
}

export interface CopyPartFields extends EncryptionFields {
  /** With its quotes, as the store gave it. */
  ETag: string;
  LastModified: string;
}

export interface CopyObjectFields extends CopyPartFields {
  VersionId?: string;
  CopySourceVersionId?: string;
}

export interface InitiateMultipartUploadFields extends EncryptionFields {
  Bucket: string;
  Key: string;
  UploadId: string;
  EncodingType: string;
}

export interface CompleteMultipartUploadFields extends EncryptionFields {
  VersionId?: string;
  Location: string;
  Bucket: string;
  Key: string;
  ETag: string;
  EncodingType: string;
}

export interface PartFields {
  PartNumber: string;
  LastModified: string;
  ETag: string;
  Size: string;
}

export interface ListPartsFields {
  Bucket: string;
  Key: string;
  UploadId: string;
  PartNumberMarker: string;
  NextPartNumberMarker: string;
  MaxParts: string;
  /** `'true'` or `'false'`. */
  IsTruncated: string;
  StorageClass: string;
  Initiator: { ID: string };
  Owner: { ID: string };
  Parts: PartFields[];
}

export interface UploadFields {
  UploadId: string;
  Key: string;
  Initiated: string;
  StorageClass: string;
  Owner: { ID: string };
  Initiator: { ID: string };
}

export interface ListMultipartUploadsFields {
  Bucket: string;
  KeyMarker: string;
  UploadIdMarker: string;
  NextKeyMarker: string;
  Prefix: string;
  Delimiter: string;
  NextUploadIdMarker: string;
  MaxUploads: string;
  /** `'true'` or `'false'`. */
  IsTruncated: string;
  EncodingType: string;
  Uploads: UploadFields[];
  CommonPrefixes: { Prefix: string }[];
}

export interface GetObjectMetadataFields extends EncryptionFields {
  ContentType?: string;
  CacheControl?: string;
  ContentDisposition?: string;
  ContentLanguage?: string;
  ContentEncoding?: string;
  Expires?: string;
  LastModified?: string;
  ETag?: string;
  Expiration?: string;
  TaggingCount?: string;
  VersionId?: string;
  WebsiteRedirectLocation?: string;
  StorageClass?: string;
  Restore?: string;
  ObjectType?: string;
  NextPosition?: string;
  ObjectLockMode?: string;
  ObjectLockRetainUntilDate?: string;
  ObjectLockLegalHold?: string;
  /** Upload that made the object. */
  UploadId?: string;
  /** User metadata, exactly as on the wire. */
  Metadata: Record<string, string>;
}
