/** One part of a plan: a range of the source, which is the same range of the destination. */
export interface PartRange {
  /** 1…10,000. */
  readonly partNumber: number;
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset of the last byte, inclusive. */
  readonly end: number;
  /** Bytes: `end - start + 1`. */
  readonly size: number;
}
