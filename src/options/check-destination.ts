import { CopyOptionsError } from '../errors.ts';
import type { ObjectProperties } from '../store/copy-store.ts';
import { checkInteger, checkOptionalBoolean, checkOptionalText, checkRecord, checkText, refuse } from './check.ts';

const TEXT_PROPERTIES = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'websiteRedirectLocation',
  'storageClass',
  'acl',
] as const;

/** Names of the properties that a caller may set on the destination. */
export const PROPERTY_NAMES: readonly (keyof ObjectProperties)[] = [
  ...TEXT_PROPERTIES,
  'expires',
  'metadata',
  'grants',
  'tags',
  'objectLock',
  'expiresAfterDays',
];

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSENDABLE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

/** Reads what the caller sets on the destination. Header values must be sendable as they are: nothing is encoded for him. */
export function checkProperties(destination: Readonly<Record<string, unknown>>): ObjectProperties {
  const properties: Record<string, unknown> = {};
  for (const name of TEXT_PROPERTIES) {
    if (destination[name] !== undefined) properties[name] = checkHeaderValue(`destination.${name}`, destination[name]);
  }
  const { expires, metadata, grants, tags, objectLock, expiresAfterDays } = destination;
  if (expires !== undefined) {
    properties['expires'] =
      expires instanceof Date
        ? checkDate('destination.expires', expires).toUTCString()
        : checkHeaderValue('destination.expires', expires);
  }
  if (metadata !== undefined) properties['metadata'] = checkMetadata(metadata);
  if (tags !== undefined) properties['tags'] = checkTags(tags);
  if (grants !== undefined) {
    const record = checkRecord('destination.grants', grants, ['read', 'readAcp', 'writeAcp', 'fullControl']);
    for (const [name, value] of Object.entries(record)) checkHeaderValue(`destination.grants.${name}`, value);
    properties['grants'] = Object.freeze({ ...record });
    if (properties['acl'] !== undefined) {
      throw new CopyOptionsError(`Options 'destination.acl' and 'destination.grants' exclude each other: set one`);
    }
  }
  if (objectLock !== undefined) {
    const record = checkRecord('destination.objectLock', objectLock, ['mode', 'retainUntil', 'legalHold']);
    checkOptionalText('destination.objectLock.mode', record['mode']);
    checkOptionalBoolean('destination.objectLock.legalHold', record['legalHold']);
    if (record['retainUntil'] !== undefined) checkDate('destination.objectLock.retainUntil', record['retainUntil']);
    if ((record['mode'] === undefined) !== (record['retainUntil'] === undefined)) {
      throw new CopyOptionsError(
        `Options 'destination.objectLock.mode' and 'retainUntil' belong together: set both or none`,
      );
    }
    properties['objectLock'] = Object.freeze({ ...record });
  }
  if (expiresAfterDays !== undefined) {
    properties['expiresAfterDays'] = checkInteger('destination.expiresAfterDays', expiresAfterDays, 0, 1_000_000);
  }
  return Object.freeze(properties);
}

function checkHeaderValue(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : refuse(name, 'a string', value);
  if (UNSENDABLE.test(text)) {
    throw new CopyOptionsError(
      `Option '${name}' can't be sent as a header as it holds control characters or characters beyond latin1: percent-encode it`,
    );
  }
  return text;
}

function checkDate(name: string, value: unknown): Date {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) refuse(name, 'a valid Date', value);
  return value;
}

function checkMetadata(value: unknown): Readonly<Record<string, string>> {
  const record = checkRecord('destination.metadata', value, Object.keys(value ?? {}));
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, entry] of Object.entries(record)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw new CopyOptionsError(
        `Option 'destination.metadata' has the name ${JSON.stringify(name)}, which can't be a header name`,
      );
    }
    metadata[name.toLowerCase()] = checkHeaderValue(`destination.metadata.${name}`, entry);
  }
  return Object.freeze(metadata);
}

function checkTags(value: unknown): Readonly<Record<string, string>> {
  const record = checkRecord('destination.tags', value, Object.keys(value ?? {}));
  for (const [name, entry] of Object.entries(record)) {
    checkText('destination.tags (a tag key)', name);
    if (typeof entry !== 'string') refuse(`destination.tags.${name}`, 'a string', entry);
  }
  if (Object.keys(record).length > 10) {
    throw new CopyOptionsError(
      `Option 'destination.tags' must have at most 10 tags: it has ${Object.keys(record).length}`,
    );
  }
  return Object.freeze({ ...record }) as Readonly<Record<string, string>>;
}
