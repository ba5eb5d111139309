import type { ChecksumAlgorithm } from '../../src/testing/content-digest.ts';
import type { CopyStore, EventHold } from '../../src/store/copy-store.ts';

/** What an object is besides its bytes, in words that no dialect or client has a part in. Absent: it has none. */
export interface ObjectFacts {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
  /** Bytes on the wire, one per character. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly websiteRedirectLocation?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** In the words of S3. */
  readonly storageClass?: string;
  /** Who may read: everyone, and an account that the server knows. */
  readonly readers?: readonly ('everyone' | 'account')[];
  readonly lock?: {
    readonly mode?: string;
    readonly retainUntil?: string;
    readonly legalHold?: boolean;
    readonly eventHold?: EventHold;
  };
  readonly annotations?: Readonly<Record<string, string>>;
  /** Algorithm of its checksum. */
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly expiresAfterDays?: number;
}

/** A bucket and key. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** A way to a server, and a second one past everything that is tested, to make sources and look at copies. */
export interface PropertyTarget {
  /** Heading of the column. */
  readonly name: string;
  readonly dialect: 'obs' | 's3';
  /** What copies. */
  readonly store: CopyStore;
  /** Bytes of a source, and of its parts: as few as the server takes. */
  readonly sourceSize: number;
  readonly partSize: number;
  /** Bucket of sources and of destinations; `lockable` has object locks, and `coolByDefault` a default class other than STANDARD. */
  readonly buckets: {
    readonly source: string;
    readonly destination: string;
    readonly lockable: string;
    readonly coolByDefault: string | undefined;
  };
  /** Of an account that the server knows. */
  readonly accountId: string;
  putObject(name: ObjectName, size: number, facts: ObjectFacts): Promise<void>;
  readFacts(name: ObjectName): Promise<ObjectFacts>;
  close(): Promise<void>;
}

/** Facts without what isn't there, so that they can be compared. */
export function definedFacts(facts: {
  readonly [Name in keyof ObjectFacts]: ObjectFacts[Name] | undefined;
}): ObjectFacts {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || (typeof value === 'object' && value !== null && Object.values(value).every(isEmpty));
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => !isEmpty(value)));
}
