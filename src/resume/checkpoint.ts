import type { PartRange } from '../plan/part-range.ts';

/** What stands for an upload of which the store said nothing about encryption. */
export const NOT_ENCRYPTED = 'none';

/** The source as it was when the upload was begun. */
export interface CheckpointSource {
  readonly bucket: string;
  readonly key: string;
  /** Only if the caller named a version. */
  readonly versionId?: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag?: string | undefined;
  /** ISO 8601. */
  readonly lastModified?: string | undefined;
}

/** The destination, and what the upload was created with. */
export interface CheckpointDestination {
  readonly bucket: string;
  readonly key: string;
  /** Digest of the properties and the kind of encryption that the upload carries (see `fingerprintDestination`). */
  readonly fingerprint: string;
}

/** Equal parts (the last one is what remains), or each part's bytes in order. */
export type CheckpointLayout =
  | { readonly partSize: number; readonly count: number }
  | { readonly partSizes: readonly number[] };

/** Creates whose answer isn't recorded. */
export interface OpenCreates {
  readonly count: number;
  /** Before the last of them was sent. ISO 8601, by the store's clock. */
  readonly lastAt: string;
}

/** What the object will be known by that a Complete, which is about to be sent, makes. */
export interface CheckpointCompletion {
  /** The ETag that its parts make, if that can be known. */
  readonly etag?: string | undefined;
  /** The same by the other reading of the rule. */
  readonly alternativeEtag?: string | undefined;
  /** Before Complete was sent first. ISO 8601, by the store's clock. */
  readonly at: string;
  /** ETag of what was at the destination before: `null` if there was nothing, left out if it isn't known. */
  readonly etagBefore?: string | null | undefined;
}

/** What a later process needs to continue an upload. Holds no secret, and no list of finished parts: the store's own is the truth. */
export interface Checkpoint {
  readonly source: CheckpointSource;
  readonly destination: CheckpointDestination;
  /** Left out until the store has answered to Create: a process that ends in between leaves an upload that is to be looked for. */
  readonly uploadId?: string | undefined;
  /** How the store said on Create that it encrypts what is uploaded; `none` if it said nothing. */
  readonly encryption?: string | undefined;
  /** The type of checksum that the store was asked for. */
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  readonly layout: CheckpointLayout;
  /** Before Create was sent first. ISO 8601, by the store's clock. */
  readonly createdAt: string;
  /** Creates that were sent since and whose answer isn't recorded: each may have begun an upload. */
  readonly openCreates?: OpenCreates | undefined;
  readonly completing?: CheckpointCompletion | undefined;
}

/** The layout of planned parts: short where they are equal, as they nearly always are. */
export function describeLayout(parts: readonly PartRange[]): CheckpointLayout {
  const partSize = parts[0]?.size ?? 0;
  const last = parts.at(-1);
  const isEven = parts.every((part) => part.size === partSize || (part === last && part.size < partSize));
  return isEven ? { partSize, count: parts.length } : { partSizes: parts.map((part) => part.size) };
}

/** The parts that a checkpoint stands for: those of the plan that its layout was taken from. Frozen. */
export function restoreParts({ source, layout }: Checkpoint): readonly PartRange[] {
  const count = 'partSizes' in layout ? layout.partSizes.length : layout.count;
  const parts: PartRange[] = [];
  let start = 0;
  for (let index = 0; index < count; index += 1) {
    const wanted = 'partSizes' in layout ? (layout.partSizes[index] ?? 0) : layout.partSize;
    const size = Math.min(wanted, source.size - start);
    parts.push(Object.freeze({ partNumber: index + 1, start, end: start + size - 1, size }));
    start += size;
  }
  return Object.freeze(parts);
}
