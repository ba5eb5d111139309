/** What is recorded of a finished object right before Complete is sent. */
export interface ExpectedCompletion {
  /** The ETag that the parts make, where that can be known. */
  readonly etag: string | undefined;
  /** The same by the other reading of the rule. */
  readonly alternativeEtag: string | undefined;
  /** ETag of what is at the destination: `null` where nothing is, `undefined` where it isn't known. */
  readonly etagBefore: string | null | undefined;
}

/** What is recorded of an upload that was begun. */
export interface CreatedRecord {
  readonly uploadId: string;
  /** How the store said that it encrypts what is uploaded. */
  readonly encryption: string | undefined;
  /** The type of checksum that the store was asked for. */
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
}

/**
 * Where the stages of an upload are recorded, so that a later process can go on from each of them. What can't be recorded ends the
 * copy.
 */
export interface UploadRecord {
  /** Before each attempt to send Create. */
  creating(): Promise<void>;
  /** Create was answered, and no part is copied yet. */
  created(upload: CreatedRecord): Promise<void>;
  /** The store refused a Create for good, or for now: it has begun nothing. */
  refused(): void;
  /** Before Complete is sent. */
  completing(expected: ExpectedCompletion): Promise<void>;
  /** The copy has failed, and its upload is still there, or may be. */
  left(): void;
  /** What was left was dropped after all. */
  dropped(): void;
  /** Whether what was recorded may be needed after a failure: an upload was left, or may have been. */
  readonly isLeft: boolean;
}

const nothing = (): Promise<void> => Promise.resolve();

/** For copies that nobody goes on with. */
export const UNRECORDED: UploadRecord = {
  creating: nothing,
  created: nothing,
  refused: () => undefined,
  completing: nothing,
  left: () => undefined,
  dropped: () => undefined,
  isLeft: false,
};
