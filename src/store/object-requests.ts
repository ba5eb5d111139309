import type {
  DestinationEncryption,
  ObjectChecksums,
  ObjectLocation,
  ObjectProperties,
  SourceLocation,
  SseCustomerKey,
} from './object-properties.ts';
import type { StoreRequest } from './store-request.ts';

export interface HeadObjectRequest extends StoreRequest, SourceLocation {
  /** SSE-C key of the object. */
  readonly sse?: SseCustomerKey | undefined;
  /** Ask for one part: size and checksums of that part, and `partsCount`. */
  readonly partNumber?: number | undefined;
  /** Ask for the object's checksums (`x-amz-checksum-mode: ENABLED`). */
  readonly checksums?: boolean | undefined;
}

export interface HeadObjectResult {
  /** Bytes; of the part if `partNumber` was asked. */
  readonly size: number;
  /** Without quotes; undefined if the store gave none. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly versionId: string | undefined;
  readonly properties: ObjectProperties;
  /** Number of tags, if the store says (it says nothing without the permission). */
  readonly tagCount?: number | undefined;
  /** Parts of a multipart object, if `partNumber` was asked and the store can tell. */
  readonly partsCount?: number | undefined;
  readonly checksums?: ObjectChecksums | undefined;
  /** `COMPOSITE` or `FULL_OBJECT`. */
  readonly checksumType?: string | undefined;
  /** How the object is encrypted at rest, as far as the store says: `AES256`, `aws:kms`, `kms`, `SSE-C`. */
  readonly encryption?: string | undefined;
  readonly encryptionKeyId?: string | undefined;
  /** Upload id that made this object (OBS `x-obs-uploadId`). */
  readonly uploadId?: string | undefined;
  /** Entries of its metadata that no header can show (`x-amz-missing-meta`), and which a copy therefore lacks. */
  readonly missingMetadata?: number | undefined;
  /** There is no object but a marker that one was deleted (`x-amz-delete-marker`). */
  readonly deleteMarker?: boolean | undefined;
  /** The object is archived and has not been restored. */
  readonly archived?: boolean | undefined;
  /** The store's own clock when it answered (`Date`). */
  readonly serverTime?: Date | undefined;
}

/** Conditions on the source of a copy. At most one of them is sent by this library. */
export interface SourceConditions {
  /** Copy only while the source has this ETag (unquoted); otherwise 412. */
  readonly sourceIfMatch?: string | undefined;
  /** Copy only while the source is not newer than this; otherwise 412. */
  readonly sourceIfUnmodifiedSince?: Date | undefined;
}

/** What every copy names of its source. */
export interface SourcedRequest extends StoreRequest, ObjectLocation, SourceConditions {
  readonly source: SourceLocation;
  readonly sourceSse?: SseCustomerKey | undefined;
  readonly expectedSourceBucketOwner?: string | undefined;
}

export interface CopyObjectRequest extends SourcedRequest {
  /** Bytes of the source, if they are known: a hint that is not sent, for how long the copy may take. */
  readonly sourceSize?: number | undefined;
  readonly sse?: DestinationEncryption | undefined;
  /** The complete properties of the new object: written with directive REPLACE. Left out: the store copies metadata itself. */
  readonly properties?: ObjectProperties | undefined;
  /**
   * Whether tags are `properties.tags` (`REPLACE`) or the source's (`COPY`). Left out, no directive is sent, as for a source without
   * tags: some stores refuse every directive.
   */
  readonly taggingDirective?: 'COPY' | 'REPLACE' | undefined;
  /** Fail with 412 if the destination exists (`If-None-Match: *`). */
  readonly ifNoneMatch?: '*' | undefined;
  /** Fail with 412 unless the destination has this ETag (unquoted). */
  readonly ifMatch?: string | undefined;
  readonly checksumAlgorithm?: string | undefined;
  /** Whether the source's annotations are copied. Left out: as the store does, which is COPY on S3. */
  readonly annotationDirective?: 'COPY' | 'EXCLUDE' | undefined;
}

/** The object that Complete has made. */
export interface CompleteMultipartUploadResult {
  /** Without quotes; undefined if the store gave none or an empty one (Ceph RGW does): read it by HEAD. */
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly checksums?: ObjectChecksums | undefined;
  readonly encryption?: string | undefined;
}

/** The object that CopyObject has made. */
export interface CopyObjectResult extends CompleteMultipartUploadResult {
  readonly lastModified: Date | undefined;
}

export interface PutObjectRequest extends StoreRequest, ObjectLocation {
  /** Lines of JSON. */
  readonly body: string;
}

export interface GetObjectRequest extends StoreRequest, SourceLocation {
  /** The first byte. */
  readonly start: number;
  /** The last byte: at most 8 MiB from the first one. It may lie behind the object's end. */
  readonly end: number;
  /** Read only while the object has this ETag (unquoted); otherwise 412. */
  readonly ifMatch?: string | undefined;
}

export interface GetObjectResult {
  /** As many as the object has of the range. */
  readonly bytes: Uint8Array;
  /** Bytes of the whole object. */
  readonly size: number;
  readonly etag: string | undefined;
}
