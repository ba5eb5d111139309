import type { CopyDestination, CopyOptions } from '../options/copy-options.ts';
import type { ListedObject, ObjectLocation, SourceLocation } from '../store/copy-store.ts';
import type { ObjectReport } from './report.ts';

/** What a listing says of an object beside its key, as far as it is known. */
export type ListedFacts = {
  readonly [Name in Exclude<keyof ListedObject, 'key' | 'unreadable'>]?: ListedObject[Name] | undefined;
};

/** An object to be copied. What isn't known of it is read by HEAD. */
export interface ObjectEntry extends ListedFacts {
  /** @default that of the source */
  readonly bucket?: string | undefined;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Where it goes. @default what the run's destination makes of it */
  readonly destination?: ObjectTarget | undefined;
}

/** Where an object goes, and what it is to have there: as `destination` of a single copy. The bucket may be the source's. */
export type ObjectTarget = Omit<CopyDestination, 'bucket'> & { readonly bucket?: string | undefined };

/** What is copied: what a bucket lists, what an inventory of it lists, or objects that are named one by one. */
export type ObjectsSource = ListedSource | InventorySource | NamedSource;

export interface ListedSource {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  /** Keys after this one. */
  readonly startAfter?: string | undefined;
  /** Keys up to this one. */
  readonly endAt?: string | undefined;
  /**
   * All versions of each key, the oldest first, one after another; not their delete markers. Both buckets must keep versions.
   *
   * @default the current ones alone
   */
  readonly versions?: boolean | undefined;
}

export interface InventorySource {
  /**
   * Where the `manifest.json` of an inventory of S3 or OBS is, in CSV or Parquet (for which the package `hyparquet` must be installed).
   * It and its files are read from `sourceStore`. What it lists as current is copied; older versions and delete markers aren't.
   */
  readonly inventory: SourceLocation;
  /** The bucket that it must be of. @default any */
  readonly bucket?: string | undefined;
  /** Only keys that begin so. */
  readonly prefix?: string | undefined;
}

export interface NamedSource {
  /** Of objects that name none. */
  readonly bucket?: string | undefined;
  /** What every key begins with. It is no part of an object's name, which stands behind the destination's prefix. @default '' */
  readonly prefix?: string | undefined;
  /** A string is a key. */
  readonly objects: Iterable<ObjectEntry | string> | AsyncIterable<ObjectEntry | string>;
}

/** A source object, as a filter or a destination function sees it. */
export interface SourceObject extends SourceLocation, ListedFacts {
  /** The key without the source's prefix. */
  readonly name: string;
}

/** Which objects are copied. All conditions must hold; one on what isn't known of an object doesn't. */
export interface ObjectsFilter {
  /** Patterns for the key behind the source's prefix: `*` within a name, `**` across, `?`, `[a-z]`, `{a,b}`. One must fit. */
  readonly include?: readonly string[] | undefined;
  /** None of these may fit. */
  readonly exclude?: readonly string[] | undefined;
  /** Bytes; objects of just this size, too. */
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  /** By the store's date; not at just this time. */
  readonly modifiedAfter?: Date | undefined;
  readonly modifiedBefore?: Date | undefined;
  readonly storageClass?: string | readonly string[] | undefined;
}

/** Options that mean for each object what they mean for a single copy, and are checked as its. */
export const OPTIONS_OF_EACH = [
  'store',
  'sourceStore',
  'concurrency',
  'partSize',
  'multipartThreshold',
  'retry',
  'preserve',
  'limiter',
  'hedge',
  'requestPayer',
  'expectedBucketOwner',
  'expectedSourceBucketOwner',
] as const;

/** Options of `copyObjects`. */
export interface CopyObjectsOptions extends Pick<
  CopyOptions,
  (typeof OPTIONS_OF_EACH)[number] | 'checkpoint' | 'signal'
> {
  readonly source: ObjectsSource;
  /** A bucket and what stands in front of each key there instead of the source's prefix; or what names the place of each object. */
  readonly destination:
    | { readonly bucket: string; readonly prefix?: string | undefined }
    | ((object: SourceObject) => ObjectTarget | undefined);
  readonly filter?: ObjectsFilter | ((object: SourceObject) => boolean) | undefined;
  /** `'skip-same'` copies what differs. @default 'overwrite' */
  readonly ifExists?: 'overwrite' | 'skip' | 'fail' | 'skip-same' | undefined;
  /** How each copy is proved: by the destination's listing, by a HEAD each, or not at all. @default 'listing' */
  readonly verify?: 'listing' | 'head' | 'none' | undefined;
  /** What one object's failure means for the others. @default 'continue' */
  readonly onFailure?: 'continue' | 'stop' | undefined;
  /** The run stops if more than this many objects have failed. @default no limit */
  readonly maxFailures?: number | undefined;
  /** Once every copy has succeeded, deletes what stands below the destination's prefix and is no object of the source. */
  readonly deleteExtra?: boolean | undefined;
  /** Nothing is deleted if there are more extra objects than this. Required with `deleteExtra`. */
  readonly maxDelete?: number | undefined;
  /** Takes a line for each object as it ends; a later run with the same report goes on. */
  readonly report?: ObjectReport | undefined;
}

/** How an object ended. */
export interface ObjectOutcome {
  /** `lastModified` is there if the source has no ETag. */
  readonly source: SourceLocation & Partial<Pick<ListedFacts, 'etag' | 'lastModified'>>;
  readonly destination: ObjectLocation | undefined;
  readonly outcome: 'copied' | 'skipped' | 'failed' | 'gone' | 'deleted';
  /** Of the destination, without quotes. */
  readonly etag?: string | undefined;
  readonly size?: number | undefined;
  /** Of a failure: the store's code or the error's; of an object that needed no copy, why: `SAME`, `EXISTS`, `COPIED_BEFORE`, … */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly at: Date;
}
