import {
  anObject,
  choice,
  fail,
  integer,
  list,
  optional,
  type Place,
  readFields,
  refuse,
  type Rule,
  type Rules,
  text,
  type Values,
} from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';

/** Marks a text as a checkpoint of this library. */
const FORMAT = 'copy-large-object/checkpoint';

/** The version that is written; newer ones are not read. */
const VERSION = 1;

/** What stands for an upload of which the store said nothing about encryption. */
export const NOT_ENCRYPTED = 'none';

/**
 * What a later process needs to continue an upload. Holds no secret, and no list of finished parts: the store's own is the truth. Times
 * are ISO 8601, by the store's clock. ETags have no quotes.
 */
export interface Checkpoint {
  /** As it was when the upload was begun. */
  readonly source: {
    readonly bucket: string;
    readonly key: string;
    /** Only if the caller named a version. */
    readonly versionId?: string | undefined;
    readonly size: number;
    readonly etag?: string | undefined;
    readonly lastModified?: string | undefined;
  };
  /** And what the upload was created with: a digest of properties and kind of encryption. */
  readonly destination: { readonly bucket: string; readonly key: string; readonly fingerprint: string };
  /** Left out until the store has answered to Create: a process that ends in between leaves an upload that is to be looked for. */
  readonly uploadId?: string | undefined;
  /** How the store said on Create that it encrypts what is uploaded; `none` if it said nothing. */
  readonly encryption?: string | undefined;
  /** Version that the store said on Create that the object will be. */
  readonly versionId?: string | undefined;
  /** The type of checksum that the store was asked for. */
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  /** Equal parts (the last one is what remains), or each part's bytes in order. */
  readonly layout: { readonly partSize: number; readonly count: number } | { readonly partSizes: readonly number[] };
  /** Before Create was sent first. */
  readonly createdAt: string;
  /** Creates that were sent since and whose answer isn't recorded, and when the last of them was: each may have begun an upload. */
  readonly openCreates?: { readonly count: number; readonly lastAt: string } | undefined;
  /** Uploads that were aborted before this one was begun: what the store still finishes of one brings it back. */
  readonly discarded?: readonly string[] | undefined;
  /** What the object will be known by that a Complete, which is about to be sent, makes. */
  readonly completing?:
    | {
        /** The ETag that its parts make, if that can be known; and the same by the other reading of the rule. */
        readonly etag?: string | undefined;
        readonly alternativeEtag?: string | undefined;
        readonly at: string;
        /** ETag of what was at the destination before: `null` if there was nothing, left out if it isn't known. */
        readonly etagBefore?: string | null | undefined;
      }
    | undefined;
}

/** Why a text isn't a checkpoint that can be used. */
export interface CheckpointFlaw {
  /** `newer`: written by a later version of this library, which may know better; anything else is of no use to anybody. */
  readonly kind: 'torn' | 'foreign' | 'newer' | 'invalid';
  /** For a reader: continues "the checkpoint can't be used as …". */
  readonly reason: string;
}

/** Characters; a checkpoint of 10,000 parts of different sizes has about 130,000. */
const LONGEST_TEXT = 1024 * 1024;
const LONGEST_NAME = 8192;
const MOST_PARTS = 10_000;
const PLACE: Place = { path: '', noun: 'its field' };

/**
 * Writes a checkpoint as JSON with its format and version. Only the fields of a checkpoint are written, whatever else the object
 * carries.
 */
export function serializeCheckpoint(checkpoint: Checkpoint): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...readFields(checkpoint, FIELDS, PLACE) })}\n`;
}

/** Reads a checkpoint. Pure, never throws, and takes nothing from the text that it hasn't checked. */
export function parseCheckpoint(json: unknown): Checkpoint | CheckpointFlaw {
  if (typeof json !== 'string') return { kind: 'invalid', reason: 'it is not a text' };
  if (json.length > LONGEST_TEXT) return { kind: 'invalid', reason: `it is longer than ${LONGEST_TEXT} characters` };
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return { kind: 'torn', reason: 'it is not complete JSON' };
  }
  const { format, version } = Object(document) as Readonly<Record<string, unknown>>;
  if (format !== FORMAT) {
    return { kind: 'foreign', reason: 'it was not written by this library' };
  }
  if (typeof version === 'number' && version > VERSION) {
    return { kind: 'newer', reason: `it has version ${version}, and this library reads up to ${VERSION}` };
  }
  if (version !== VERSION) return { kind: 'invalid', reason: 'its version is unknown' };
  try {
    const checkpoint = readFields(document, FIELDS, PLACE);
    requireCover(checkpoint);
    return checkpoint;
  } catch (error) {
    return { kind: 'invalid', reason: error instanceof CopyOptionsError ? error.message : 'it cannot be read' };
  }
}

const name: Rule<string> = (value, place) =>
  text(value, place).length <= LONGEST_NAME ? (value as string) : fail(place, 'is too long');

const time: Rule<string> = (value, place) => {
  const written = name(value, place);
  const isTime = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT[\d:.]{5,12}Z$/.test(written) && !Number.isNaN(Date.parse(written));
  return isTime ? written : refuse(place, 'a time', value);
};

/** Names that aren't in a table are overlooked. */
function fields<R extends Rules>(rules: R): Rule<Values<R>> {
  return (value, place) => readFields(value, rules, place);
}

const equalParts = fields({ partSize: integer(1), count: integer(1, MOST_PARTS) });
const anyParts = fields({ partSizes: list(integer(1)) });

const FIELDS = {
  source: fields({
    bucket: name,
    key: name,
    versionId: optional(name),
    size: integer(0),
    etag: optional(name),
    lastModified: optional(time),
  }),
  destination: fields({ bucket: name, key: name, fingerprint: name }),
  uploadId: optional(name),
  encryption: optional(name),
  versionId: optional(name),
  checksumType: optional(choice('FULL_OBJECT', 'COMPOSITE')),
  layout: (value, place) =>
    anObject(value, place)['partSizes'] === undefined ? equalParts(value, place) : anyParts(value, place),
  createdAt: time,
  openCreates: optional(fields({ count: integer(1), lastAt: time })),
  discarded: optional(list(name)),
  completing: optional(
    fields({
      etag: optional(name),
      alternativeEtag: optional(name),
      at: time,
      etagBefore: optional((value, place) => (value === null ? value : name(value, place))),
    }),
  ),
} satisfies { readonly [Name in keyof Checkpoint]-?: Rule<Checkpoint[Name]> };

/** The parts must make the object. */
function requireCover({ layout, source: { size } }: Checkpoint): void {
  const place = { ...PLACE, path: 'layout' };
  if ('partSizes' in layout) {
    // A sum of at most 10,000 safe integers may round, but not to a smaller safe one.
    const total = layout.partSizes.reduce((sum, partSize) => sum + partSize, 0);
    if (layout.partSizes.length > MOST_PARTS) fail(place, `must have at most ${MOST_PARTS} parts`);
    if (total !== size) fail(place, `makes ${total} bytes instead of ${size}`);
  } else {
    const { partSize, count } = layout;
    const covers = partSize * (count - 1) < size && partSize * count >= size;
    if (!covers) fail(place, `has ${count} parts of ${partSize} bytes, which don't make ${size}`);
  }
}
