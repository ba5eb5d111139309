import type { ListedFacts, ObjectOutcome, ObjectTarget, SourceObject } from './copy-objects-options.ts';
import type { Batch } from './prover.ts';

/** One object of a run, from its listing to its end. */
export class ManyObject implements SourceObject {
  readonly bucket: string;
  readonly key: string;
  readonly name: string;
  readonly versionId: string | undefined;
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly storageClass: string | undefined;
  toBucket = '';
  toKey = '';
  /** What its destination function sets of it, beside its place. */
  properties: Omit<ObjectTarget, 'bucket' | 'key'> | undefined;
  /** Whether the destination must be looked at, as no listing shows what is there. */
  mustCompare = false;
  /** When an earlier run began that may have copied it, and was killed before it could say so. */
  mayBeCopiedSince: Date | undefined;
  /** Whether such a run has written what stands there, so that it may be replaced whatever `ifExists` says. */
  isOwn = false;
  /** The version that is copied before it, if it hasn't ended. */
  earlier: ManyObject | undefined;
  /** The version that waits for it to end. */
  later: ManyObject | undefined;
  /** Undefined until it has ended. */
  outcome: ObjectOutcome['outcome'] | undefined;
  attempts = 0;
  /** When its first request was sent. */
  startedAt = 0;
  /** Whether CopyObject answered with its ETag, and nothing has proved yet that it stands there. */
  isToBeProved = false;
  /** The objects that are proved together with it. */
  batch: Batch | undefined;

  constructor(
    bucket: string,
    entry: ListedFacts & { readonly key: string; readonly versionId?: string | undefined },
    name: string,
  ) {
    this.bucket = bucket;
    this.key = entry.key;
    this.name = name;
    this.versionId = entry.versionId;
    this.size = entry.size;
    this.etag = entry.etag;
    this.lastModified = entry.lastModified;
    this.storageClass = entry.storageClass;
  }
}
