import type {
  AnnotationRequest,
  ListAnnotationsRequest,
  ListAnnotationsResult,
  PutAnnotationRequest,
} from './annotation-requests.ts';
import type {
  BucketDescription,
  BucketRequest,
  BucketVersioning,
  DeleteObjectsRequest,
  DeleteObjectsResult,
  ListObjectsRequest,
  ListObjectsResult,
  ListObjectVersionsRequest,
  ListObjectVersionsResult,
} from './listing-requests.ts';
import type { NEEDED_OPERATIONS, OPTIONAL_OPERATIONS } from './operation-names.ts';
import type { ObjectAcl, SourceLocation } from './object-properties.ts';
import type {
  CompleteMultipartUploadResult,
  CopyObjectRequest,
  CopyObjectResult,
  GetObjectRequest,
  GetObjectResult,
  HeadObjectRequest,
  HeadObjectResult,
  PutObjectRequest,
} from './object-requests.ts';
import type { StoreLimits } from './store-limits.ts';
import type { StoreRequest } from './store-request.ts';
import type { StoreTraits } from './store-traits.ts';
import type {
  AbortMultipartUploadRequest,
  CompleteMultipartUploadRequest,
  CopyPartRequest,
  CopyPartResult,
  CreateMultipartUploadRequest,
  CreateMultipartUploadResult,
  ListMultipartUploadsRequest,
  ListMultipartUploadsResult,
  ListPartsRequest,
  ListPartsResult,
} from './upload-requests.ts';

export type * from './annotation-requests.ts';
export type * from './listing-requests.ts';
export type * from './object-properties.ts';
export type * from './object-requests.ts';
export type * from './store-request.ts';
export type * from './store-traits.ts';
export type * from './upload-requests.ts';

/** The operations of a {@link CopyStore}, as they are named in errors and events. */
export type StoreOperation = (typeof NEEDED_OPERATIONS | typeof OPTIONAL_OPERATIONS)[number];

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
  /** One page of all versions of the objects of a bucket, of each key the newest first. Safe to repeat. */
  listObjectVersions?(request: ListObjectVersionsRequest): Promise<ListObjectVersionsResult>;
  /** Says whether the bucket keeps versions. */
  getBucketVersioning?(request: BucketRequest): Promise<BucketVersioning>;
  /** Says of which sort the bucket is. Safe to repeat. */
  headBucket?(request: BucketRequest): Promise<BucketDescription>;
  /** Reads a range of an object's bytes: of a manifest or of a file of an inventory, never of what is copied. */
  getObject?(request: GetObjectRequest): Promise<GetObjectResult>;
  /** One page of the names of the object's annotations. Safe to repeat. */
  listAnnotations?(request: ListAnnotationsRequest): Promise<ListAnnotationsResult>;
  /** Reads an annotation. */
  getAnnotation?(request: AnnotationRequest): Promise<string>;
  /** Writes an annotation. Safe to repeat. */
  putAnnotation?(request: PutAnnotationRequest): Promise<void>;
  /** Puts the object under another KMS key, named by its ARN, where it is. Safe to repeat. */
  updateObjectEncryption?(request: SourceLocation & StoreRequest & { readonly keyId: string }): Promise<void>;
  /** Protects the object until that time, or for longer than before. Safe to repeat. */
  putObjectRetention?(
    request: SourceLocation & StoreRequest & { readonly mode: string; readonly retainUntil: Date },
  ): Promise<void>;
  /** Puts the object under a legal hold, or ends that. Safe to repeat. */
  putObjectLegalHold?(request: SourceLocation & StoreRequest & { readonly on: boolean }): Promise<void>;
  /** Writes a report as an object of up to some MB. Safe to repeat. */
  putObject?(request: PutObjectRequest): Promise<void>;
}

/** What an operation of the port is asked. */
export type RequestOf<Operation extends StoreOperation> = Parameters<NonNullable<CopyStore[Operation]>>[0];
/** What an operation of the port answers. */
export type ResultOf<Operation extends StoreOperation> = Awaited<ReturnType<NonNullable<CopyStore[Operation]>>>;
