import type { CopyObjectsOptions, ObjectTarget } from '../many/copy-objects-options.ts';

/** Options of `copyObjects` that a job carries: all are JSON, and none is a secret. The others belong to the worker. */
export type JobOptions = Pick<
  CopyObjectsOptions,
  | 'ifExists'
  | 'preserve'
  | 'verify'
  | 'multipartThreshold'
  | 'partSize'
  | 'requestPayer'
  | 'expectedBucketOwner'
  | 'expectedSourceBucketOwner'
>;

/** An object of a job, as it was listed. */
export interface JobObject {
  /** Without the prefix of the job's source. */
  readonly key: string;
  /** Only if it isn't the job's. */
  readonly bucket?: string | undefined;
  readonly versionId?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Without quotes. */
  readonly etag?: string | undefined;
  /** ISO 8601; only for `ifExists: 'skip-same'`, which may compare it. */
  readonly lastModified?: string | undefined;
  /** Its place, with the whole key. Left out: `key` behind the prefix of the job's destination. */
  readonly destination?: ObjectTarget | undefined;
}

/** Where objects are, or where they go. */
export interface JobPlace {
  readonly bucket: string;
  /** In front of each key; may be empty. */
  readonly prefix: string;
}

/**
 * Some objects to be copied by any worker that knows the stores: plain JSON, without secrets. It is one object in parts, or up to 100
 * small ones.
 */
export interface CopyJob {
  readonly version: 1;
  /** The same for the same objects, as they were listed, in the same run. Not only digits, and without a colon. */
  readonly id: string;
  /** The run that the job belongs to. */
  readonly run: string;
  /** Name of the store that the objects are read from; each worker has it among its `stores`. */
  readonly from: string;
  /** Name of the store that performs the copy. */
  readonly to: string;
  readonly source: JobPlace;
  readonly destination: JobPlace;
  readonly objects: readonly JobObject[];
  /** Of all objects, as far as their sizes are known. */
  readonly bytes: number;
  /** From 1 to 64, 1 first: the more bytes, the earlier. */
  readonly priority: number;
  /** When it was made, by the clock of the store if that was listed: ISO 8601. */
  readonly at: string;
  readonly options: JobOptions;
}
