import type { OperationName } from './operation-name.ts';

/** What latencies and fault hooks are told about a request. */
export interface RequestInfo {
  readonly operation: OperationName;
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string | undefined;
  readonly partNumber: number | undefined;
  /**
   * 1 for the first request of this operation on this bucket, key and part number, 2 for its first repetition, … Counted while
   * there are fault rules or latency functions.
   */
  readonly attempt: number;
  /** Bytes that a copy moves; 0 for other operations, and before the source is known. */
  readonly bytes: number;
  /** Lower-case names, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}
