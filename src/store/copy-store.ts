import type {
  DestinationEncryption,
  ObjectAcl,
  ObjectChecksums,
  ObjectLocation,
  ObjectProperties,
  SourceLocation,
  SseCustomerKey,
} from './object-properties.ts';
import type { RequestCancellation } from './request-cancellation.ts';
import type { StoreLimits } from './store-limits.ts';

export type * from './object-properties.ts';

/** The operations of a {@link CopyStore}, as they are named in errors and events. */
export type StoreOperation =
  | 'headObject'
  | 'copyObject'
  | 'createMultipartUpload'
  | 'copyPart'
  | 'listParts'
  | 'completeMultipartUpload'
  | 'abortMultipartUpload'
  | 'listMultipartUploads'
  | 'getObjectTagging'
  | 'putObjectTagging'
  | 'getObjectAcl'
  | 'listObjects'
  | 'deleteObjects'
  | 'listAnnotations'
  | 'getAnnotation'
  | 'putAnnotation';

/** What every request may carry. */
export interface StoreRequest {
  /** Cancels the request: it rejects with the signal's reason, and the connection is cut. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Takes the place of `signal` for stores of this library.
   * @internal
   */
  readonly cancellation?: RequestCancellation | undefined;
  /** Give up after this many milliseconds without a complete answer. The store's own `requestTimeoutMs` is the default. */
  readonly timeoutMs?: number | undefined;
  /** Sends `x-amz-request-payer: requester`: the caller pays for the request and the data. */
  readonly requestPayer?: 'requester' | undefined;
  /** Account id that must own the bucket of the request, or the store answers 403. */
  readonly expectedBucketOwner?: string | undefined;
}

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

export interface CreateMultipartUploadRequest extends StoreRequest, ObjectLocation {
  readonly properties?: ObjectProperties | undefined;
  readonly sse?: DestinationEncryption | undefined;
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
}

export interface CreateMultipartUploadResult {
  readonly uploadId: string;
  /** Version that the object will be, if the store says so already (S3 since 2026). */
  readonly versionId?: string | undefined;
  /** How the object will be encrypted, as far as the store says. */
  readonly encryption?: string | undefined;
  /** The algorithm that the store will compute, if one was asked and it says so. */
  readonly checksumAlgorithm?: string | undefined;
}

export interface CopyPartRequest extends SourcedRequest {
  readonly uploadId: string;
  /** 1…10,000. */
  readonly partNumber: number;
  /** First byte of the source. `start` and `end` left out copy the whole source as this part. */
  readonly start?: number | undefined;
  /** Last byte of the source, inclusive. */
  readonly end?: number | undefined;
  /** SSE-C key of the destination, the same as on Create. */
  readonly sse?: SseCustomerKey | undefined;
}

export interface CopyPartResult {
  /** Without quotes. A copy without an ETag in its answer is an error, never a result. */
  readonly etag: string;
  readonly lastModified?: Date | undefined;
  readonly checksums?: ObjectChecksums | undefined;
  /** OBS held the request back this long because of flow control (`x-obs-qos-delay-time`), in milliseconds. */
  readonly qosDelayMs?: number | undefined;
}

/** A request about one upload. */
export interface UploadRequest extends StoreRequest, ObjectLocation {
  readonly uploadId: string;
}

export type AbortMultipartUploadRequest = UploadRequest;

export interface ListPartsRequest extends UploadRequest {
  /** Parts after this number. */
  readonly partNumberMarker?: number | undefined;
  readonly maxParts?: number | undefined;
}

export interface ListedPart {
  readonly partNumber: number;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly checksums?: ObjectChecksums | undefined;
}

/** One page. */
export interface ListPartsResult {
  readonly parts: readonly ListedPart[];
  /** Marker of the next page; undefined on the last one. */
  readonly nextPartNumberMarker: number | undefined;
}

/** A part as Complete names it. */
export interface CompletedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums?: ObjectChecksums | undefined;
}

export interface CompleteMultipartUploadRequest extends UploadRequest {
  /** In order of part number. */
  readonly parts: readonly CompletedPart[];
  readonly ifNoneMatch?: '*' | undefined;
  /** Fail with 412 unless the destination has this ETag (unquoted). */
  readonly ifMatch?: string | undefined;
  /** Bytes of the object to be: the store refuses to join others. */
  readonly objectSize?: number | undefined;
  /** SSE-C key of the upload, for stores that want it on Complete. */
  readonly sse?: SseCustomerKey | undefined;
  readonly checksumType?: string | undefined;
  readonly checksums?: ObjectChecksums | undefined;
}

export interface ListMultipartUploadsRequest extends StoreRequest {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly keyMarker?: string | undefined;
  readonly uploadIdMarker?: string | undefined;
  readonly maxUploads?: number | undefined;
}

export interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date | undefined;
  /** Version that its object will be, if the store says so. */
  readonly versionId?: string | undefined;
  readonly initiatorId?: string | undefined;
}

/** One page. */
export interface ListMultipartUploadsResult {
  readonly uploads: readonly ListedUpload[];
  /** Markers of the next page; undefined on the last one. */
  readonly next: { readonly keyMarker: string; readonly uploadIdMarker: string | undefined } | undefined;
}

/** Where a listing of objects goes on: as the page before it says. */
export type ListContinuation = Pick<ListObjectsRequest, 'continuationToken' | 'marker'>;

export interface ListObjectsRequest extends StoreRequest {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  /** Keys after this one, by version 2 of the operation. */
  readonly startAfter?: string | undefined;
  readonly continuationToken?: string | undefined;
  /** Keys after this one, by version 1 of the operation; empty: from the first key. */
  readonly marker?: string | undefined;
  readonly maxKeys?: number | undefined;
  /** Keys are asked for as they are, not percent-encoded: for a store that says that it encodes them, and doesn't. */
  readonly plainKeys?: boolean | undefined;
}

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes; undefined if the store lists none. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly storageClass?: string | undefined;
  /** The key isn't valid UTF-8: `key` is how it was written, and nothing can be asked for by it. */
  readonly unreadable?: boolean | undefined;
}

export interface DeleteObjectsRequest extends StoreRequest {
  readonly bucket: string;
  /** At most 1,000. In a versioned bucket each gets a delete marker. */
  readonly keys: readonly string[];
}

export interface DeleteObjectsResult {
  /** The keys that the store names as deleted. */
  readonly deleted: readonly string[];
  readonly errors: readonly {
    readonly key: string;
    readonly code: string | undefined;
    readonly message: string | undefined;
  }[];
}

/** One page. */
export interface ListObjectsResult {
  readonly objects: readonly ListedObject[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: ListContinuation | undefined;
  /** The page says that its keys are encoded, and nothing on it proves that: the same with `plainKeys` tells. */
  readonly keysInDoubt?: boolean | undefined;
}

/** A request about one annotation: a named document of up to 1 MiB on an object (S3 since 2026). */
export interface AnnotationRequest extends StoreRequest, SourceLocation {
  readonly name: string;
}

export interface PutAnnotationRequest extends AnnotationRequest {
  readonly text: string;
  /** Write only while the object has this ETag (unquoted); otherwise 412. */
  readonly objectIfMatch?: string | undefined;
}

export interface ListAnnotationsRequest extends StoreRequest, SourceLocation {
  readonly continuationToken?: string | undefined;
}

/** One page. */
export interface ListAnnotationsResult {
  readonly names: readonly string[];
  /** Where the next page begins; undefined on the last one. */
  readonly continuationToken: string | undefined;
}

/**
 * What a store must be able to do for this library. One request object in, one readonly result out; a failure is a `StoreError`
 * (or, when `request.signal` fires, the signal's own reason). An implementation sends each request **once**: retrying, pacing and
 * deciding are the library's. It must not keep state between calls that a caller could notice, and never change a request object.
 *
 * ETags go in and come out without quotes. Part numbers start at 1. What a store doesn't know is `undefined`; an empty ETag and an
 * Invalid Date are taken for that.
 */
export interface CopyStore {
  /** For messages: `obs`, `s3`, … */
  readonly name: string;
  readonly limits: StoreLimits;
  readonly traits?: StoreTraits | undefined;

  /** Reads size, ETag and properties. Safe to repeat. A missing object: `statusCode` 404. */
  headObject(request: HeadObjectRequest): Promise<HeadObjectResult>;
  /** Copies a whole object of at most `limits.maxCopyObjectSize`. Repeating it gives the same object (in a versioned bucket, one more version). */
  copyObject(request: CopyObjectRequest): Promise<CopyObjectResult>;
  /** Begins an upload. Repeating it begins another one: an answer that was lost leaves an upload behind. */
  createMultipartUpload(request: CreateMultipartUploadRequest): Promise<CreateMultipartUploadResult>;
  /** Copies a range of the source into one part. Safe to repeat: the last one wins. */
  copyPart(request: CopyPartRequest): Promise<CopyPartResult>;
  /** One page of the parts that the upload has. Safe to repeat. */
  listParts(request: ListPartsRequest): Promise<ListPartsResult>;
  /** Joins the parts. Not safe to repeat blindly: after a lost answer, find out first. */
  completeMultipartUpload(request: CompleteMultipartUploadRequest): Promise<CompleteMultipartUploadResult>;
  /** Drops an upload and its parts. Safe to repeat; an unknown upload is a 404. */
  abortMultipartUpload(request: AbortMultipartUploadRequest): Promise<void>;
  /** One page of the uploads in progress. Safe to repeat. */
  listMultipartUploads(request: ListMultipartUploadsRequest): Promise<ListMultipartUploadsResult>;

  /** Reads the object's tags. */
  getObjectTagging?(request: SourceLocation & StoreRequest): Promise<Readonly<Record<string, string>>>;
  /** Replaces the object's tags. */
  putObjectTagging?(
    request: SourceLocation & StoreRequest & { readonly tags: Readonly<Record<string, string>> },
  ): Promise<void>;
  /** Reads the object's grants. */
  getObjectAcl?(request: SourceLocation & StoreRequest): Promise<ObjectAcl>;
  /** One page of the current objects of a bucket, in the store's order of keys. Safe to repeat. */
  listObjects?(request: ListObjectsRequest): Promise<ListObjectsResult>;
  /** Deletes objects; one that doesn't exist counts as deleted. Safe to repeat, but for a delete marker more in a versioned bucket. */
  deleteObjects?(request: DeleteObjectsRequest): Promise<DeleteObjectsResult>;
  /** One page of the names of the object's annotations. Safe to repeat. */
  listAnnotations?(request: ListAnnotationsRequest): Promise<ListAnnotationsResult>;
  /** Reads an annotation. */
  getAnnotation?(request: AnnotationRequest): Promise<string>;
  /** Writes an annotation. Safe to repeat. */
  putAnnotation?(request: PutAnnotationRequest): Promise<void>;
}

/** What an operation of the port is asked. */
export type RequestOf<Operation extends StoreOperation> = Parameters<NonNullable<CopyStore[Operation]>>[0];
/** What an operation of the port answers. */
export type ResultOf<Operation extends StoreOperation> = Awaited<ReturnType<NonNullable<CopyStore[Operation]>>>;

/** What is known of a store before the first request. Everything is optional: what isn't known is found out or done the safe way. */
export interface StoreTraits {
  /** `obs`: storage class defaults, tag rules, same-region copies. Default `s3`. */
  readonly dialect?: 'obs' | 's3' | undefined;
  /** Protocol scheme and host that requests go to, for messages and for refusing SSE-C keys over plain http. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** `false` if `sourceIfMatch` can't be sent at all (the vendor's OBS SDK). */
  readonly sendsSourceIfMatch?: boolean | undefined;
  /**
   * How the store makes an ETag: `aws`, so that another one than was computed is a wrong copy; `other`, so that it proves nothing. Left
   * out: `aws` for Amazon's and Huawei's own endpoints, else what an object has proved in this process.
   */
  readonly etagFormula?: 'aws' | 'other' | undefined;
  /**
   * Whether the store obeys `ifNoneMatch` and `ifMatch` on CopyObject and Complete. `ignored`: they aren't sent. Left out: `obeyed` for
   * Amazon's own endpoints, else found out: a store that ignores them never says so.
   */
  readonly conditions?: 'obeyed' | 'ignored' | undefined;
  /** Whether objects can have annotations. Left out: `kept` for Amazon's own endpoints. */
  readonly annotations?: 'kept' | 'unknown' | undefined;
  /** `true` if keys may be sent: https, loopback, or the caller said so. SSE-C is refused otherwise. Default `true`. */
  readonly secure?: boolean | undefined;
}
