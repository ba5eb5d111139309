import { CONTENT_PROPERTIES } from '../store/content-properties.ts';
import type { EventHold, ObjectLock, ObjectProperties } from '../store/copy-store.ts';

type Asked<Name extends keyof ObjectProperties> = NonNullable<ObjectProperties[Name]>;

/** Decides whether a property can have become what was found. Left out below: what no HEAD tells (tags, grants, days to live). */
type Comparison<Name extends keyof ObjectProperties> = (asked: Asked<Name>, found: ObjectProperties[Name]) => boolean;

/** OBS's names, and S3's for the same. */
const STORAGE_CLASS_ALIASES: Readonly<Record<string, string>> = { WARM: 'STANDARD_IA', COLD: 'GLACIER' };

const COMPARISONS: { readonly [Name in keyof ObjectProperties]: Comparison<Name> } = {
  // Every HEAD tells these of an object that has them.
  contentType: isSameText,
  cacheControl: isSameText,
  contentDisposition: isSameText,
  contentEncoding: isSameText,
  expires: isSameDate,
  metadata: isSameMetadata,
  // CloudServer drops the language, some the redirect; a class isn't named if it is STANDARD; a lock needs another permission.
  contentLanguage: whereShown(isSameText),
  websiteRedirectLocation: whereShown(isSameText),
  storageClass: whereShown(isSameClass),
  objectLock: whereShown(isSameLock),
};

/**
 * The names of the properties that were asked for and that an object, by its HEAD, can't have been written with. What wasn't asked
 * for and what HEAD doesn't show doesn't count, so that an object without any difference need not be the one that was asked for.
 */
export function findDifferentProperties(asked: ObjectProperties, found: ObjectProperties): string[] {
  const names = Object.keys(COMPARISONS) as (keyof ObjectProperties)[];
  return names.filter((name) => differs(name, asked, found));
}

/** The names of properties that every HEAD shows, but that some stores drop in silence: they were asked for, and aren't there. */
export function findDroppedProperties(asked: ObjectProperties, found: ObjectProperties): string[] {
  return (['contentLanguage', 'websiteRedirectLocation'] as const).filter(
    (name) => asked[name] !== undefined && found[name] === undefined,
  );
}

/**
 * The names of headers of the source that the copy was to be without, and has. versitygw 1.8.0 does so if an object is copied onto itself;
 * a type is left out, as stores give one by themselves.
 */
export function findKeptProperties(
  asked: ObjectProperties,
  source: ObjectProperties,
  found: ObjectProperties,
): string[] {
  const [, ...headers] = [...CONTENT_PROPERTIES, 'websiteRedirectLocation'] as const;
  return headers.filter(
    (name) => asked[name] === undefined && source[name] !== undefined && found[name] === source[name],
  );
}

function differs<Name extends keyof ObjectProperties>(
  name: Name,
  asked: ObjectProperties,
  found: ObjectProperties,
): boolean {
  const compare: Comparison<Name> | undefined = COMPARISONS[name];
  const value = asked[name];
  return compare !== undefined && value !== undefined && !compare(value, found[name]);
}

function whereShown<Value>(
  compare: (asked: Value, found: Value) => boolean,
): (asked: Value, found: Value | undefined) => boolean {
  return (asked, found) => found === undefined || compare(asked, found);
}

/** Blanks around a header's value don't arrive, and an empty one may not arrive at all. */
function isSameText(asked: string, found = ''): boolean {
  return asked.trim() === found.trim();
}

/** A client may read the date and write it anew. */
function isSameDate(asked: string, found = ''): boolean {
  return isSameText(asked, found) || Date.parse(asked) === Date.parse(found);
}

/** All of it: what one object has more than the other was written by someone else. */
function isSameMetadata(asked: Asked<'metadata'>, found: ObjectProperties['metadata'] = {}): boolean {
  const wanted = byLowerName(asked);
  const present = byLowerName(found);
  return [...new Set([...wanted.keys(), ...present.keys()])].every((name) =>
    isSameText(decodeWords(wanted.get(name) ?? ''), decodeWords(present.get(name) ?? '')),
  );
}

const ENCODED_WORD =
  /=\?(utf-8|iso-8859-1|us-ascii)\?(?:b\?([a-z\d+/=]*)|q\?([^?\s]*))\?=(?:\s+(?==\?(?:utf-8|iso-8859-1|us-ascii)\?))?/gi;

/**
 * AWS S3 gives metadata beyond ASCII back as encoded words.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
function decodeWords(value: string): string {
  return value.replace(ENCODED_WORD, (_, charset: string, base64: string | undefined, quoted: string = '') => {
    const bytes =
      base64 === undefined
        ? quoted
            .replaceAll('_', ' ')
            .replace(/=([\da-f]{2})/gi, (__, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        : Buffer.from(base64, 'base64').toString('latin1');
    return charset.toLowerCase() === 'iso-8859-1' ? Buffer.from(bytes, 'utf8').toString('latin1') : bytes;
  });
}

function byLowerName(metadata: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
}

function isSameClass(asked: string, found: string): boolean {
  return (STORAGE_CLASS_ALIASES[asked] ?? asked) === (STORAGE_CLASS_ALIASES[found] ?? found);
}

/** Stores keep the end of a retention to the second. */
function isSameLock(asked: ObjectLock, found: ObjectLock): boolean {
  const seconds = ({ retainUntil }: ObjectLock): number => Math.floor((retainUntil?.getTime() ?? 0) / 1000);
  const isRetained = asked.mode === undefined || found.mode === undefined || asked.mode === found.mode;
  const isAsLong =
    asked.retainUntil === undefined || found.retainUntil === undefined || seconds(asked) === seconds(found);
  const isHeld = asked.legalHold === undefined || found.legalHold === undefined || asked.legalHold === found.legalHold;
  const isEventHeld =
    asked.eventHold === undefined || found.eventHold === undefined || isSameHold(asked.eventHold, found.eventHold);
  return isRetained && isAsLong && isHeld && isEventHeld;
}

export function isSameHold(asked: EventHold, found: EventHold | undefined): boolean {
  return asked.on === found?.on && (!asked.on || (asked.days === found.days && asked.years === found.years));
}
