/** Names one object. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

/** Names one object, or one version of it, to be read. */
export interface SourceLocation extends ObjectLocation {
  /** Only if the caller gave one. `'null'` is a legal version id. */
  readonly versionId?: string | undefined;
}

/** A customer-provided key (SSE-C), already checked: 32 bytes. */
export interface SseCustomerKey {
  readonly type: 'SSE-C';
  readonly key: Uint8Array;
}

/** How the destination is encrypted. */
export type DestinationEncryption =
  | SseCustomerKey
  /** The store's KMS; `keyId` left out means the account's default key. `projectId`: of OBS, the project that the key is in. */
  | { readonly type: 'SSE-KMS'; readonly keyId?: string | undefined; readonly projectId?: string | undefined }
  /** Keys of the store itself: SSE-S3, or SSE-OBS. */
  | { readonly type: 'AES256' };

/** Access grants as header values, e.g. `id="…",id="…"`. */
export interface ObjectGrants {
  readonly read?: string | undefined;
  readonly readAcp?: string | undefined;
  readonly writeAcp?: string | undefined;
  readonly fullControl?: string | undefined;
}

/** WORM protection of an object. */
export interface ObjectLock {
  /** `COMPLIANCE` or `GOVERNANCE` (S3), `COMPLIANCE` (OBS). */
  readonly mode?: string | undefined;
  readonly retainUntil?: Date | undefined;
  readonly legalHold?: boolean | undefined;
  readonly eventHold?: EventHold | undefined;
}

/** Protection until an event, and for so long after it: in days or in years. */
export interface EventHold {
  readonly on: boolean;
  readonly days?: number | undefined;
  readonly years?: number | undefined;
}

/** A full-object or part checksum: algorithm (`CRC64NVME`, `SHA256`, `XXHASH3`, …) to its Base64 (`CRC64ECMA`: decimal) value. */
export type ObjectChecksums = Readonly<Record<string, string>>;

/**
 * What an object is besides its bytes. All header values are exactly as on the wire: nothing is decoded on read or encoded on
 * write, so that what HEAD gave can be written again unchanged. `metadata` keys are lower case and without prefix; values are
 * the header's bytes as latin1 characters (as Node's HTTP parser gives them).
 */
export interface ObjectProperties {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** The HTTP `Expires` header, as text. */
  readonly expires?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly websiteRedirectLocation?: string | undefined;
  readonly storageClass?: string | undefined;
  /** A canned ACL: `private`, `public-read`, … */
  readonly acl?: string | undefined;
  readonly grants?: ObjectGrants | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly objectLock?: ObjectLock | undefined;
  /** OBS `x-obs-expires`: days until the object is deleted. */
  readonly expiresAfterDays?: number | undefined;
}

/** Grants of an object, as CopyObject and Create can write them again. */
export interface ObjectAcl {
  readonly ownerId: string | undefined;
  readonly grants: ObjectGrants;
}
