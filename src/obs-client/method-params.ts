/** Parameters that name an object. */
export interface ObjectParams {
  Bucket: string;
  Key: string;
  /** `'requester'`: the caller pays. */
  RequestPayer?: string | undefined;
}

/** A customer-provided key: Base64 of 256 bits, or a Buffer of 32 bytes. The header with its MD5 is added. */
export interface CustomerKeyParams {
  /** `'AES256'`. @default 'AES256' if there is a key */
  SseC?: string | undefined;
  SseCKey?: string | Uint8Array | undefined;
}

/** The customer-provided key that the source is encrypted with. */
export interface SourceKeyParams {
  CopySourceSseC?: string | undefined;
  CopySourceSseCKey?: string | Uint8Array | undefined;
}

/** @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0100.html */
export interface CopyPartParams extends ObjectParams, CustomerKeyParams, SourceKeyParams {
  /** Time of the request: a Date, or text in ISO 8601 or RFC 822 form. It is sent and signed. @default now */
  RequestDate?: string | Date | undefined;
  /** 1…10,000. */
  PartNumber: number | string;
  UploadId: string;
  /** `bucket/key` or `bucket/key?versionId=…`, not encoded. */
  CopySource: string;
  /** `bytes=x-y`, both inclusive; a y beyond the end of the source means its last byte. Left out: the whole source. */
  CopySourceRange?: string | undefined;
}

export interface GetObjectMetadataParams extends ObjectParams, CustomerKeyParams {
  VersionId?: string | undefined;
}

/** Properties of the object to be made. Metadata beyond ASCII is percent-encoded; everything else is sent as it is. */
export interface PropertyParams {
  ACL?: string | undefined;
  GrantRead?: string | undefined;
  GrantReadAcp?: string | undefined;
  GrantWriteAcp?: string | undefined;
  GrantFullControl?: string | undefined;
  StorageClass?: string | undefined;
  Metadata?: Readonly<Record<string, string>> | undefined;
  CacheControl?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentEncoding?: string | undefined;
  ContentLanguage?: string | undefined;
  ContentType?: string | undefined;
  WebsiteRedirectLocation?: string | undefined;
  /** `key=value&key2=value2`, encoded like a query. */
  Tags?: string | undefined;
  /** `'kms'` or `'AES256'`. */
  SseKms?: string | undefined;
  SseKmsKey?: string | undefined;
  /** Project that the key is in. */
  SseKmsProjectId?: string | undefined;
}

export interface CopyObjectParams extends ObjectParams, PropertyParams, CustomerKeyParams, SourceKeyParams {
  /** `bucket/key` or `bucket/key?versionId=…`, not encoded. */
  CopySource: string;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: string | Date | undefined;
  CopySourceIfUnmodifiedSince?: string | Date | undefined;
  /** `'COPY'` or `'REPLACE'`. */
  MetadataDirective?: string | undefined;
  /** `'COPY'` or `'REPLACE'`. */
  TagDirective?: string | undefined;
  /** The HTTP header. */
  Expires?: string | undefined;
}

export interface InitiateMultipartUploadParams extends ObjectParams, PropertyParams, CustomerKeyParams {
  /** Days until the object is deleted. */
  Expires?: number | string | undefined;
  /** `'url'`: the key in the answer comes encoded, and is decoded. */
  EncodingType?: string | undefined;
}

export interface ListPartsParams extends ObjectParams {
  UploadId: string;
  MaxParts?: number | string | undefined;
  PartNumberMarker?: number | string | undefined;
  EncodingType?: string | undefined;
}

export interface CompleteMultipartUploadParams extends ObjectParams {
  UploadId: string;
  /** In any order. */
  Parts: readonly { readonly PartNumber: number | string; readonly ETag: string }[];
  EncodingType?: string | undefined;
}

export interface AbortMultipartUploadParams extends ObjectParams {
  UploadId: string;
}

/** @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0166.html */
export interface SetObjectRetentionParams extends ObjectParams {
  VersionId?: string | undefined;
  /** `'COMPLIANCE'`. */
  Mode: string;
  /** Milliseconds since 1970; later than now, and than before. */
  RetainUntilDate: number | string;
}

export interface ListMultipartUploadsParams {
  Bucket: string;
  Prefix?: string | undefined;
  Delimiter?: string | undefined;
  KeyMarker?: string | undefined;
  UploadIdMarker?: string | undefined;
  MaxUploads?: number | string | undefined;
  EncodingType?: string | undefined;
  RequestPayer?: string | undefined;
}
