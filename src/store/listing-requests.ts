import type { StoreRequest } from './store-request.ts';

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
  /** The store's own clock when it answered (`Date`). */
  readonly serverTime?: Date | undefined;
}

/** Where a listing of versions goes on. */
export type VersionContinuation = Pick<ListObjectVersionsRequest, 'keyMarker' | 'versionIdMarker'>;

export interface ListObjectVersionsRequest extends StoreRequest {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  /** Keys after this one; with `versionIdMarker` also its versions after that one. */
  readonly keyMarker?: string | undefined;
  readonly versionIdMarker?: string | undefined;
  readonly maxKeys?: number | undefined;
  /** As in a listing of objects. */
  readonly plainKeys?: boolean | undefined;
}

export interface ListedVersion extends ListedObject {
  /** `'null'` for what was written while the bucket kept no versions. */
  readonly versionId: string;
}

/** One page. */
export interface ListObjectVersionsResult {
  /** Of each key the newest first. */
  readonly versions: readonly ListedVersion[];
  readonly deleteMarkers: readonly DeleteMarker[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: VersionContinuation | undefined;
  /** As on a page of objects. */
  readonly keysInDoubt?: boolean | undefined;
}

/** What a deletion leaves in a versioned bucket. */
export type DeleteMarker = Pick<ListedVersion, 'key' | 'versionId' | 'lastModified' | 'unreadable'>;

/** A request about a bucket itself. */
export interface BucketRequest extends StoreRequest {
  readonly bucket: string;
}

/** What HEAD of a bucket shows. */
export interface BucketDescription {
  /** A parallel file system of OBS, which can't do all that a bucket can. */
  readonly isFileSystem: boolean;
}

export interface BucketVersioning {
  /** Undefined if the bucket has never kept versions. */
  readonly status: 'Enabled' | 'Suspended' | undefined;
}
