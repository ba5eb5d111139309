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
  /** Smallest source of which a part copy may take a range; S3 documents 5 MiB, but isn't known to insist. @default 0 */
  readonly minRangedSourceSize: number;
  /** Longest page of ListParts. */
  readonly maxListedParts: number;
  /** Sum of the names and values of user metadata. */
  readonly maxMetadataSize: number;
}
