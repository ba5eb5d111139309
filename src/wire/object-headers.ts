import type { ObjectLock, ObjectProperties } from '../store/copy-store.ts';
import { CONTENT_PROPERTIES } from '../store/content-properties.ts';
import type { Dialect } from './dialect.ts';
import { encodeComponent } from './object-url.ts';
import type { ResponseHeaders } from './response-headers.ts';

export class HeaderValueError extends Error {
  override readonly name: string = 'HeaderValueError';
}

/** Headers that every store and HTTP itself have, by the property that they hold. */
const CONTENT_HEADERS = CONTENT_PROPERTIES.map(
  (property) => [property, property.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)] as const,
);

const GRANT_HEADERS = [
  ['read', 'grant-read'],
  ['readAcp', 'grant-read-acp'],
  ['writeAcp', 'grant-write-acp'],
  ['fullControl', 'grant-full-control'],
] as const;

const EVENT_HOLD = 'object-lock-event-hold';

/** OBS has one header under its own name in both dialects. */
const EXPIRES_AFTER_DAYS_HEADER = 'x-obs-expires';

const HEADER_VALUE = /^[\t\x20-\x7E\x80-\xFF]*$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

// The value isn't shown: it is the caller's data, and may be long or binary.
function checkValue(what: string, value: string): string {
  if (HEADER_VALUE.test(value)) return value;
  const position = value.search(/[^\t\x20-\x7E\x80-\xFF]/);
  const code = value.codePointAt(position)?.toString(16).toUpperCase().padStart(4, '0');
  throw new HeaderValueError(
    `${what} holds U+${code} at position ${position}, which no header can hold: only bytes as characters up to U+00FF, and no control characters (encode other text, e.g. percent-encoded)`,
  );
}

/** The tags of an object as the tagging header wants them: like a query string. */
function formatTagging(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeComponent(name)}=${encodeComponent(value)}`)
    .join('&');
}

/**
 * Adds an object's properties to a request that makes one. Values go out exactly as they are.
 *
 * @throws HeaderValueError if one can't be a header's value
 */
export function addProperties(headers: string[], dialect: Dialect, properties: ObjectProperties): void {
  const { prefix } = dialect;
  const add = (name: string, what: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') headers.push(name, checkValue(what, value));
  };
  for (const [property, name] of CONTENT_HEADERS) add(name, property, properties[property]);
  for (const [name, value] of Object.entries(properties.metadata ?? {})) {
    if (!HEADER_NAME.test(name)) {
      throw new HeaderValueError(`metadata name ${JSON.stringify(name)} is not the name of a header`);
    }
    // An empty value says something here: that there is such a name.
    headers.push(`${prefix}meta-${name.toLowerCase()}`, checkValue(`metadata ${JSON.stringify(name)}`, value));
  }
  add(`${prefix}website-redirect-location`, 'websiteRedirectLocation', properties.websiteRedirectLocation);
  const { storageClass, tags } = properties;
  add(`${prefix}storage-class`, 'storageClass', translateStorageClass(dialect, storageClass));
  add(`${prefix}acl`, 'acl', properties.acl);
  for (const [grant, name] of GRANT_HEADERS) add(prefix + name, `grants.${grant}`, properties.grants?.[grant]);
  add(`${prefix}tagging`, 'tags', tags && formatTagging(tags));
  const { mode, retainUntil, legalHold, eventHold } = properties.objectLock ?? {};
  add(`${prefix}object-lock-mode`, 'objectLock.mode', mode);
  add(`${prefix}object-lock-retain-until-date`, 'objectLock', retainUntil?.toISOString().replace('.000Z', 'Z'));
  add(`${prefix}object-lock-legal-hold`, 'objectLock', formatSwitch(legalHold));
  add(prefix + EVENT_HOLD, 'objectLock', formatSwitch(eventHold?.on));
  add(`${prefix}${EVENT_HOLD}-duration-days`, 'objectLock', eventHold?.days?.toString());
  add(`${prefix}${EVENT_HOLD}-duration-years`, 'objectLock', eventHold?.years?.toString());
  add(EXPIRES_AFTER_DAYS_HEADER, 'expiresAfterDays', properties.expiresAfterDays?.toString());
}

function formatSwitch(isOn: boolean | undefined): string | undefined {
  return isOn === undefined ? undefined : isOn ? 'ON' : 'OFF';
}

function translateStorageClass(dialect: Dialect, storageClass: string | undefined): string | undefined {
  if (storageClass === undefined || !Object.hasOwn(dialect.storageClasses, storageClass)) return storageClass;
  return dialect.storageClasses[storageClass];
}

/** Reads user metadata: what follows one of the prefixes, exactly as it was on the wire. */
export function readMetadata(headers: ResponseHeaders, ...prefixes: readonly string[]): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    const prefix = prefixes.find((candidate) => name.startsWith(candidate));
    if (prefix === undefined || name.length === prefix.length) continue;
    const key = name.slice(prefix.length);
    // A metadata name comes from outside: `__proto__` must be a name like any other.
    Object.defineProperty(metadata, key, {
      value: Object.hasOwn(metadata, key) ? `${metadata[key]}, ${value}` : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return metadata;
}

/** Reads an object's properties off the answer to a HEAD. Values come exactly as they were on the wire; an empty one says nothing. */
export function readProperties(headers: ResponseHeaders, dialect: Dialect): ObjectProperties {
  const { prefix } = dialect;
  const read = (name: string): string | undefined => {
    const value = headers.get(name);
    return value === '' ? undefined : value;
  };
  const content: { -readonly [Property in keyof ObjectProperties]: ObjectProperties[Property] } = {};
  for (const [property, name] of CONTENT_HEADERS) content[property] = read(name);
  return {
    ...content,
    metadata: readMetadata(headers, `${prefix}meta-`),
    websiteRedirectLocation: read(`${prefix}website-redirect-location`),
    storageClass: read(`${prefix}storage-class`),
    objectLock: readObjectLock(headers, prefix),
  };
}

function readObjectLock(headers: ResponseHeaders, prefix: string): ObjectLock | undefined {
  const mode = headers.get(`${prefix}object-lock-mode`);
  const until = headers.get(`${prefix}object-lock-retain-until-date`);
  const hold = headers.get(`${prefix}object-lock-legal-hold`);
  const event = headers.get(prefix + EVENT_HOLD);
  if (mode === undefined && until === undefined && hold === undefined && event === undefined) return undefined;
  const days = readCount(headers.get(`${prefix}${EVENT_HOLD}-duration-days`));
  const years = readCount(headers.get(`${prefix}${EVENT_HOLD}-duration-years`));
  return {
    mode,
    retainUntil: readDate(until),
    legalHold: hold === undefined ? undefined : hold === 'ON',
    ...(event === undefined ? {} : { eventHold: { on: event === 'ON', days, years } }),
  };
}

/** A date, in HTTP's form or ISO 8601; `undefined` if it is none. JavaScript reads the year 0001, which is Go's zero, as 2001. */
export function readDate(text: string | undefined): Date | undefined {
  if (text === undefined || text.length > 64 || / 0\d{3} /.test(text)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** An ETag without its quotes; `undefined` for none and for an empty one. */
export function unquoteEtag(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const etag = text.trim();
  // Loops, because `"*$` looks at a text of quotes again from each of them.
  let start = etag.startsWith('W/"') ? 2 : 0;
  let end = etag.length;
  while (start < end && etag[start] === '"') start++;
  while (end > start && etag[end - 1] === '"') end--;
  return start === end ? undefined : etag.slice(start, end);
}

/** A whole number that is exact, or `undefined`. */
export function readCount(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\d{1,16}\s*$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}
