import type { Content } from './content.ts';
import type { ChecksumAlgorithm } from './content-digest.ts';

/** How an object or an upload is encrypted; the key itself is never kept. */
export interface StoredEncryption {
  readonly type: 'none' | 'AES256' | 'SSE-KMS' | 'SSE-C';
  readonly kmsKeyId?: string | undefined;
  /** Of OBS: the project that the key is in. */
  readonly kmsProjectId?: string | undefined;
  /** Base64 MD5 of the customer's key. */
  readonly customerKeyMd5?: string | undefined;
}

/** One grant of an ACL. */
export interface StoredGrant {
  readonly granteeType: 'CanonicalUser' | 'Group' | 'AmazonCustomerByEmail';
  /** Id, URI or address. */
  readonly grantee: string;
  readonly permission: string;
}

/** WORM protection. */
export interface StoredLock {
  readonly mode?: string | undefined;
  /** ISO 8601. */
  readonly retainUntil?: string | undefined;
  readonly legalHold?: boolean | undefined;
  readonly eventHold?: StoredEventHold | undefined;
}

/** Protection until an event, and so long after it. */
export interface StoredEventHold {
  readonly on: boolean;
  readonly days?: number | undefined;
  readonly years?: number | undefined;
}

/** A named document on an object. */
export interface StoredAnnotation {
  readonly payload: Buffer;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly checksums: StoredChecksums;
}

/** What an object is besides its bytes, as CreateMultipartUpload, PUT and CopyObject set it. */
export interface StoredProperties {
  /** `content-type` and its kin, lower case, exactly as sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata without prefix, lower case, exactly as sent. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly websiteRedirectLocation?: string | undefined;
  /** In S3's words. */
  readonly storageClass: string;
  readonly grants: readonly StoredGrant[];
  readonly tags: Readonly<Record<string, string>>;
  readonly lock: StoredLock;
  /** OBS `x-obs-expires`. */
  readonly expiresAfterDays?: number | undefined;
  readonly encryption: StoredEncryption;
}

/** A part of an open upload, or of an object made of parts. */
export interface StoredPart {
  readonly partNumber: number;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly checksums: StoredChecksums;
}

/** A part whose bytes are still its own. */
export interface UploadedPart extends StoredPart {
  readonly content: Content;
}

/** Base64 checksum by algorithm (decimal text for CRC64ECMA). */
export type StoredChecksums = Readonly<Partial<Record<ChecksumAlgorithm, string>>>;

/** One version of an object, or a delete marker. */
export interface StoredObject extends StoredProperties {
  readonly bucket: string;
  readonly key: string;
  /** `'null'` where the bucket isn't versioned. */
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly content: Content;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Of an object made of parts, in order. */
  readonly parts?: readonly StoredPart[] | undefined;
  /** Upload that made the object. */
  readonly uploadId?: string | undefined;
  readonly checksums: StoredChecksums;
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  /** By name. */
  readonly annotations?: Readonly<Record<string, StoredAnnotation>> | undefined;
}

/** A multipart upload, also after its end: late requests must be answered as a server would. */
export interface StoredUpload extends StoredProperties {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
  /** Of the object to be, on servers that tell it from Create on. */
  readonly versionId?: string | undefined;
  readonly parts: Map<number, UploadedPart>;
  /** Numbers of parts whose first request has begun, where later ones don't count. */
  readonly begunParts: Set<number>;
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  state: 'open' | 'completed' | 'aborted';
  /** The object that came of it. */
  completedObject?: StoredObject;
  /** Digest of what Complete listed, to tell a repetition from another request. */
  completedParts?: string;
}
