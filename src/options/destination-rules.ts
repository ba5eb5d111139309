import { dictionary, fail, flag, integer, optional, record, refuse, type Rule, text, date } from '../check-options.ts';
import type { EventHold, ObjectProperties } from '../store/copy-store.ts';

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSENDABLE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

/** A header value that can be sent as it is: nothing is encoded for the caller. */
const headerValue: Rule<string> = (value, place) => {
  if (typeof value !== 'string') return refuse(place, 'a string', value);
  return UNSENDABLE.test(value)
    ? fail(
        place,
        "can't be sent as a header as it holds control characters or characters beyond latin1: percent-encode it",
      )
    : value;
};

/** What the store's dialect puts in front of each name. */
const METADATA_PREFIX = /^x-(?:amz|obs)-meta-/i;

const metadata: Rule<Readonly<Record<string, string>>> = (value, place) => {
  const entries = Object.entries(dictionary(headerValue)(value, place));
  const wrong = entries.find(([name]) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name));
  if (wrong !== undefined) fail(place, `has the name ${JSON.stringify(wrong[0])}, which can't be a header name`);
  const prefixed = entries.find(([name]) => METADATA_PREFIX.test(name));
  if (prefixed !== undefined) {
    const [name] = prefixed;
    fail(place, `has the name '${name}': leave the prefix out, '${name.replace(METADATA_PREFIX, '')}'`);
  }
  return Object.freeze(Object.fromEntries(entries.map(([name, entry]) => [name.toLowerCase(), entry])));
};

const tagValue: Rule<string> = (value, place) => (typeof value === 'string' ? value : refuse(place, 'a string', value));

const tags: Rule<Readonly<Record<string, string>>> = (value, place) => {
  const checked = dictionary(tagValue)(value, place);
  const count = Object.keys(checked).length;
  if (count > 10) fail(place, `must have at most 10 tags: it has ${count}`);
  return Object.hasOwn(checked, '') ? fail(place, 'must have no tag with an empty key') : checked;
};

const holdFields = { on: flag, days: optional(integer(1)), years: optional(integer(1)) };

const eventHold: Rule<EventHold> = (value, place) => {
  const hold = record(holdFields)(value, place);
  return hold.days === undefined || hold.years === undefined
    ? hold
    : fail(place, "must have 'days' or 'years', not both");
};

const lockFields = {
  mode: optional(text),
  retainUntil: optional(date),
  legalHold: optional(flag),
  eventHold: optional(eventHold),
};

const objectLock: Rule<NonNullable<ObjectProperties['objectLock']>> = (value, place) => {
  const lock = record(lockFields)(value, place);
  return (lock.mode === undefined) === (lock.retainUntil === undefined)
    ? lock
    : fail(place, "must have both 'mode' and 'retainUntil', or neither");
};

export const PROPERTY_RULES: { readonly [Name in keyof ObjectProperties]-?: Rule<ObjectProperties[Name]> } = {
  contentType: optional(headerValue),
  cacheControl: optional(headerValue),
  contentDisposition: optional(headerValue),
  contentEncoding: optional(headerValue),
  contentLanguage: optional(headerValue),
  websiteRedirectLocation: optional(headerValue),
  storageClass: optional(headerValue),
  acl: optional(headerValue),
  expires: optional((value, place) =>
    value instanceof Date ? date(value, place).toUTCString() : headerValue(value, place),
  ),
  metadata: optional(metadata),
  grants: optional(
    record({
      read: optional(headerValue),
      readAcp: optional(headerValue),
      writeAcp: optional(headerValue),
      fullControl: optional(headerValue),
    }),
  ),
  tags: optional(tags),
  objectLock: optional(objectLock),
  expiresAfterDays: optional(integer(0, 1_000_000)),
};
