import {
  CHECKPOINT_FORMAT,
  CHECKPOINT_VERSION,
  type Checkpoint,
  type CheckpointCompletion,
  type CheckpointDestination,
  type CheckpointLayout,
  type CheckpointSource,
  type OpenCreates,
} from './checkpoint.ts';

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

type Fields = Readonly<Record<string, unknown>>;

/** Thrown and caught in this file only. */
class Flaw extends Error {}

/** Reads a checkpoint. Pure, never throws, and takes nothing from the text that it hasn't checked. */
export function parseCheckpoint(text: unknown): Checkpoint | CheckpointFlaw {
  if (typeof text !== 'string') return { kind: 'invalid', reason: 'it is not a text' };
  if (text.length > LONGEST_TEXT) return { kind: 'invalid', reason: `it is longer than ${LONGEST_TEXT} characters` };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { kind: 'torn', reason: 'it is not complete JSON' };
  }
  if (!isFields(document) || readField(document, 'format') !== CHECKPOINT_FORMAT) {
    return { kind: 'foreign', reason: 'it was not written by this library' };
  }
  const version = readField(document, 'version');
  if (typeof version === 'number' && version > CHECKPOINT_VERSION) {
    return { kind: 'newer', reason: `it has version ${version}, and this library reads up to ${CHECKPOINT_VERSION}` };
  }
  if (version !== CHECKPOINT_VERSION) return { kind: 'invalid', reason: 'its version is unknown' };
  try {
    return readCheckpoint(document);
  } catch (error) {
    return { kind: 'invalid', reason: error instanceof Flaw ? error.message : 'it cannot be read' };
  }
}

function readCheckpoint(document: Fields): Checkpoint {
  const source = readSource(readFields(document, 'source'));
  const layout = readLayout(readFields(document, 'layout'), source.size);
  const has = (name: string): boolean => readField(document, name) !== undefined;
  return {
    source,
    destination: readDestination(readFields(document, 'destination')),
    ...(has('uploadId') ? { uploadId: readText(document, 'uploadId') } : {}),
    ...(has('encryption') ? { encryption: readText(document, 'encryption') } : {}),
    ...(has('checksumType') ? { checksumType: readChecksumType(document) } : {}),
    layout,
    createdAt: readTime(document, 'createdAt'),
    ...(has('openCreates') ? { openCreates: readOpenCreates(readFields(document, 'openCreates')) } : {}),
    ...(has('completing') ? { completing: readCompletion(readFields(document, 'completing')) } : {}),
  };
}

function readChecksumType(document: Fields): 'FULL_OBJECT' | 'COMPOSITE' {
  const type = readField(document, 'checksumType');
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') throw new Flaw('its checksumType is unknown');
  return type;
}

function readOpenCreates(fields: Fields): OpenCreates {
  return { count: readSize(readField(fields, 'count'), 'count', 1), lastAt: readTime(fields, 'lastAt') };
}

function readCompletion(fields: Fields): CheckpointCompletion {
  const before = readField(fields, 'etagBefore');
  const has = (name: string): boolean => readField(fields, name) !== undefined;
  return {
    ...(has('etag') ? { etag: readText(fields, 'etag') } : {}),
    ...(has('alternativeEtag') ? { alternativeEtag: readText(fields, 'alternativeEtag') } : {}),
    at: readTime(fields, 'at'),
    ...(before === undefined ? {} : { etagBefore: before === null ? null : readText(fields, 'etagBefore') }),
  };
}

function readSource(fields: Fields): CheckpointSource {
  const has = (name: string): boolean => readField(fields, name) !== undefined;
  return {
    bucket: readText(fields, 'bucket'),
    key: readText(fields, 'key'),
    ...(has('versionId') ? { versionId: readText(fields, 'versionId') } : {}),
    size: readSize(readField(fields, 'size'), 'size', 0),
    ...(has('etag') ? { etag: readText(fields, 'etag') } : {}),
    ...(has('lastModified') ? { lastModified: readTime(fields, 'lastModified') } : {}),
  };
}

function readDestination(fields: Fields): CheckpointDestination {
  return {
    bucket: readText(fields, 'bucket'),
    key: readText(fields, 'key'),
    fingerprint: readText(fields, 'fingerprint'),
  };
}

function readLayout(fields: Fields, size: number): CheckpointLayout {
  const given = readField(fields, 'partSizes');
  if (given === undefined) {
    const partSize = readSize(readField(fields, 'partSize'), 'partSize', 1);
    const count = readSize(readField(fields, 'count'), 'count', 1);
    const covers = count <= MOST_PARTS && partSize * (count - 1) < size && partSize * count >= size;
    if (!covers) throw new Flaw(`its ${count} parts of ${partSize} bytes don't make ${size}`);
    return { partSize, count };
  }
  if (!Array.isArray(given) || given.length > MOST_PARTS) throw new Flaw('its list of part sizes is not one');
  const partSizes = given.map((partSize: unknown) => readSize(partSize, 'partSizes', 1));
  // A sum of at most 10,000 safe integers may round, but not to a smaller safe one.
  const total = partSizes.reduce((sum, partSize) => sum + partSize, 0);
  if (total !== size) throw new Flaw(`its parts make ${total} bytes instead of ${size}`);
  return { partSizes };
}

function readFields(parent: Fields, name: string): Fields {
  const value = readField(parent, name);
  if (!isFields(value)) throw new Flaw(`its ${name} is missing`);
  return value;
}

function readText(parent: Fields, name: string): string {
  const value = readField(parent, name);
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME)
    throw new Flaw(`its ${name} is missing or no text`);
  return value;
}

function readTime(parent: Fields, name: string): string {
  const value = readText(parent, name);
  if (!/^\d{4}-\d\d-\d\dT[\d:.]{5,12}Z$/.test(value) || Number.isNaN(Date.parse(value)))
    throw new Flaw(`its ${name} is no time`);
  return value;
}

function readSize(value: unknown, name: string, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    throw new Flaw(`its ${name} is no count of bytes`);
  return value;
}

/** Own fields only: what every object inherits must not stand in for what is missing. */
function readField(parent: Fields, name: string): unknown {
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
