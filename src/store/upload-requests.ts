import type {
  DestinationEncryption,
  ObjectChecksums,
  ObjectLocation,
  ObjectProperties,
  SseCustomerKey,
} from './object-properties.ts';
import type { SourcedRequest } from './object-requests.ts';
import type { StoreRequest } from './store-request.ts';

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
  /** The store's own id of the request, if it gave one. */
  readonly requestId?: string | undefined;
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
