/** What the store allows. All sizes are bytes. */
export interface TestStoreLimits {
  /** Smallest part that isn't the last; checked by Complete. */
  readonly minPartSize: number;
  readonly maxPartSize: number;
  /** Highest part number. */
  readonly maxParts: number;
  /** Largest source of CopyObject. */
  readonly maxCopyObjectSize: number;
  readonly maxObjectSize: number;
  /** Longest page of ListParts. */
  readonly maxListedParts: number;
  /** Sum of the names and values of user metadata. */
  readonly maxMetadataSize: number;
}
