import type { ListedPart } from '../store/copy-store.ts';
import type { Moment } from '../request/moment.ts';

/** An upload of an earlier run, with the parts that can be kept. */
export interface ResumedUpload {
  readonly uploadId: string;
  readonly parts: readonly ListedPart[];
  /** How the store said on Create that it encrypts the object, where that was noted. */
  readonly encryption: string | undefined;
  /** Whether what Create said was noted. */
  readonly isEncryptionKnown: boolean;
  /** The type of checksum that the store was asked for on Create, where that was noted. */
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  /** Whether another one may take its place where it turns out to be gone; not where the caller named it. */
  readonly isReplaceable: boolean;
  /** Whether a Complete may have been sent for it already. */
  readonly mayBeCompleting: boolean;
  /** When it was begun, where that is known. */
  readonly begunAt: Moment | undefined;
}
