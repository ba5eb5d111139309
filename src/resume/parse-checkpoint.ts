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
} from '../check-options.ts';
import { CopyOptionsError } from '../errors.ts';

/** Marks a text as a checkpoint of this library. */
const FORMAT = 'copy-large-object/checkpoint';

/** The version that is written; newer ones are not read. */
const VERSION = 1;

/** What stands for an upload of which the store said nothing about encryption. */
export const NOT_ENCRYPTED = 'none';

/** What a later process needs to continue an upload. Holds no secret, and no list of finished parts: the store's own is the truth. */
export type Checkpoint = Fields<typeof FIELDS>;

/** What a table of rules reads; fields that may be undefined may be left out. */
type Fields<R extends Rules> = {
  readonly [Name in keyof R as undefined extends ReturnType<R[Name]> ? never : Name]: ReturnType<R[Name]>;
} & {
  readonly [Name in keyof R as undefined extends ReturnType<R[Name]> ? Name : never]?: ReturnType<R[Name]>;
};

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
    const checkpoint = fields(FIELDS)(document, PLACE);
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
function fields<R extends Rules>(rules: R): Rule<Fields<R>> {
  return (value, place) => {
    const read: unknown = readFields(value, rules, place);
    return read as Fields<R>;
  };
}

const equalParts = fields({ partSize: integer(1), count: integer(1, MOST_PARTS) });
const anyParts = fields({ partSizes: list(integer(1)) });

/** Equal parts (the last one is what remains), or each part's bytes in order. */
const layout: Rule<ReturnType<typeof equalParts> | ReturnType<typeof anyParts>> = (value, place) =>
  anObject(value, place)['partSizes'] === undefined ? equalParts(value, place) : anyParts(value, place);

/** Times are ISO 8601, by the store's clock. ETags have no quotes. */
const FIELDS = {
  /** As it was when the upload was begun. */
  source: fields({
    bucket: name,
    key: name,
    /** Only if the caller named a version. */
    versionId: optional(name),
    size: integer(0),
    etag: optional(name),
    lastModified: optional(time),
  }),
  /** And what the upload was created with: a digest of properties and kind of encryption. */
  destination: fields({ bucket: name, key: name, fingerprint: name }),
  /** Left out until the store has answered to Create: a process that ends in between leaves an upload that is to be looked for. */
  uploadId: optional(name),
  /** How the store said on Create that it encrypts what is uploaded; `none` if it said nothing. */
  encryption: optional(name),
  /** The type of checksum that the store was asked for. */
  checksumType: optional(choice('FULL_OBJECT', 'COMPOSITE')),
  layout,
  /** Before Create was sent first. */
  createdAt: time,
  /** Creates that were sent since and whose answer isn't recorded, and when the last of them was: each may have begun an upload. */
  openCreates: optional(fields({ count: integer(1), lastAt: time })),
  /** What the object will be known by that a Complete, which is about to be sent, makes. */
  completing: optional(
    fields({
      /** The ETag that its parts make, if that can be known; and the same by the other reading of the rule. */
      etag: optional(name),
      alternativeEtag: optional(name),
      at: time,
      /** ETag of what was at the destination before: `null` if there was nothing, left out if it isn't known. */
      etagBefore: optional<string | null>((value, place) => (value === null ? value : name(value, place))),
    }),
  ),
};

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
