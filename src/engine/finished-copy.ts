/** How the transfer ended: what goes into the result beside what the caller knows already. */
export interface FinishedCopy {
  readonly etag: string;
  readonly versionId: string | undefined;
  readonly verified: 'etag' | 'size' | 'none';
  readonly resumed: boolean;
  readonly hedges: number;
  readonly uploadId: string | undefined;
  /** How the store encrypts the object, as far as it said. */
  readonly encryption?: string | undefined;
  /** `If-None-Match: *` went with the last request. */
  readonly conditional: boolean;
  /** Someone else's object has taken the copy's place since. */
  readonly isReplaced?: boolean | undefined;
}
