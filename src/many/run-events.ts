import type { ThrottleEvent, WarningCode } from '../events.ts';
import type { ObjectOutcome } from './copy-objects-options.ts';
import type { CopyObjectsProgress } from './totals.ts';

/** Something that the caller should know, though the run goes on. */
export interface CopyObjectsWarning {
  /**
   * Those of a single copy, and what is about the run: that it writes into what it reads, that no listing proves its copies, that the
   * source has delete markers, that `deleteExtra` deleted nothing as an object failed, that a part of the report can't be read, and that
   * there was nothing to copy.
   */
  readonly code:
    | WarningCode
    | 'DESTINATION_IN_SOURCE'
    | 'LISTING_REFUSED'
    | 'DELETE_MARKERS'
    | 'NOTHING_DELETED'
    | 'REPORT_DAMAGED'
    | 'NOTHING_LISTED';
  readonly message: string;
}

/** What a run did. */
export interface CopyObjectsResult extends Pick<
  CopyObjectsProgress,
  'listed' | 'copied' | 'skipped' | 'failed' | 'gone' | 'deleted'
> {
  /** Bytes of the objects that were copied. */
  readonly bytes: number;
  readonly requests: number;
  /** The first of each code; all of them are events. */
  readonly warnings: readonly CopyObjectsWarning[];
  readonly elapsedMs: number;
  /** Name of the report. */
  readonly report?: string;
}

/** Events of a `CopyRun` and the arguments of their listeners. */
export interface CopyObjectsEvents {
  /** An object was copied, and that is proved; or it was skipped, or is gone. */
  object: [outcome: ObjectOutcome];
  objectFailed: [outcome: ObjectOutcome & { readonly error: unknown }];
  progress: [progress: CopyObjectsProgress];
  throttle: [event: ThrottleEvent];
  warning: [warning: CopyObjectsWarning];
  complete: [result: CopyObjectsResult];
  failed: [error: unknown];
}
