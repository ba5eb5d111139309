import type { CopyDestination, CopyOptions } from '../../src/index.ts';
import type { ObjectFacts, PropertyTarget } from './property-target.ts';

/** One row of the table: what the source has, what is asked for, and what the copy must have. */
export interface PropertyCase {
  readonly name: string;
  /** Rows of the same group are one line of the table of docs/properties.md. */
  readonly group: string;
  readonly source: ObjectFacts;
  readonly preserve?: CopyOptions['preserve'];
  readonly destination?: Omit<CopyDestination, 'bucket' | 'key'>;
  /** What is compared: these and only these names. `undefined` must be absent. */
  readonly expected: { readonly [Name in keyof ObjectFacts]: ObjectFacts[Name] | undefined };
  /** Bucket of the destination. @default 'destination' */
  readonly into?: keyof PropertyTarget['buckets'];
  readonly sourceIn?: keyof PropertyTarget['buckets'];
  /** Code of the warning with which a copy in parts has it. */
  readonly warnsInParts?: string;
  /** Left out: both. */
  readonly dialect?: 'obs' | 's3';
}

const LONG_AGO = 'Thu, 03 Feb 2028 04:05:06 GMT';
const RETAIN_UNTIL = '2027-05-06T07:08:09Z';
const UTF8_AS_BYTES = Buffer.from('München, Ωmega', 'utf8').toString('latin1');
const EVERYTHING: ObjectFacts = {
  contentType: 'video/mxf',
  cacheControl: 'max-age=60, private',
  contentDisposition: `attachment; filename="a b.txt"; filename*=UTF-8''%C3%BC.txt`,
  contentEncoding: 'identity',
  contentLanguage: 'de, en',
  expires: LONG_AGO,
  metadata: { director: 'nobody', title: 'M%C3%BCnchen' },
  tags: { project: 'film', kind: '' },
};

function carried(
  name: keyof ObjectFacts,
  label: string,
  value: ObjectFacts[keyof ObjectFacts],
  group = label,
): PropertyCase {
  const facts: ObjectFacts = { [name]: value };
  return { name: label, group, source: facts, expected: facts };
}

function metadata(label: string, value: string): PropertyCase {
  return carried('metadata', `User metadata: ${label}`, { 'x-note': value, other: 'plain' }, `User metadata, ${label}`);
}

/** Sets one field on the destination, where the source has everything. */
function overridden(
  name: keyof ObjectFacts,
  destination: NonNullable<PropertyCase['destination']>,
  value: unknown,
): PropertyCase {
  return {
    name: `destination.${name} wins, all else is carried`,
    group: 'What `destination` sets wins',
    source: EVERYTHING,
    destination,
    expected: { ...EVERYTHING, [name]: value },
  };
}

/** Every row. */
export const propertyCases: readonly PropertyCase[] = [
  carried('contentType', 'Content-Type', 'text/plain; charset=utf-8'),
  carried('contentType', 'Content-Type with quotes', 'text/plain; charset="utf-8"'),
  carried('cacheControl', 'Cache-Control', 'max-age=60, private'),
  carried('contentDisposition', 'Content-Disposition', `attachment; filename="a b.txt"; filename*=UTF-8''%C3%BC.txt`),
  carried('contentEncoding', 'Content-Encoding', 'gzip'),
  carried('contentLanguage', 'Content-Language', 'de, en-GB'),
  carried('expires', 'Expires', LONG_AGO),
  carried('expires', 'Expires that is no date', 'never', 'Expires'),
  metadata('plain', 'nobody, 2 blanks  inside; a=b & c'),
  metadata('percent-encoded', 'a%20b%2Fc%C3%BC'),
  metadata('percent-encoded as by Huawei’s SDK', 'M%C3%BCnchen am Main'),
  metadata('percent signs that encode nothing', '100% of 5%zz'),
  metadata('quotes', `"quoted" and 'single' and \\back`),
  metadata('RFC 2047', '=?UTF-8?B?w7w=?='),
  metadata('UTF-8 bytes', UTF8_AS_BYTES),
  metadata('other bytes (latin1)', 'M\u00FCnchen'),
  carried('websiteRedirectLocation', 'Website redirect', 'https://example.com/a?b=c'),
  carried('websiteRedirectLocation', 'Website redirect with escapes', 'https://example.com/a%20b'),
  carried('tags', 'Tags', { project: 'film', empty: '' }),
  carried(
    'tags',
    'Tags: special characters',
    { 'a key': 'v+a/l:u e', 'k.e-y_1@': 'x:y.z' },
    'Tags, spaces and `+ - _ . : / @`',
  ),
  carried('tags', 'Tags: = and + in them', { 'a=b': 'c=d', 'p+q': 'r+s' }, 'Tags, with `=` and `+`'),
  carried('tags', 'Tags: beyond ASCII', { größe: 'Ωmega 100%' }, 'Tags, beyond ASCII'),
  {
    name: 'Tags, preserve.tags: true',
    group: 'Tags',
    source: { tags: { a: '1' } },
    preserve: { tags: true },
    expected: { tags: { a: '1' } },
  },
  {
    name: 'Tags with +, preserve.tags: true',
    group: 'Tags, with `=` and `+`',
    source: { tags: { 'p+q': 'r=s' } },
    preserve: { tags: true },
    expected: { tags: { 'p+q': 'r=s' } },
  },
  {
    name: 'Storage class isn’t carried unless asked for',
    group: 'Storage class (on request)',
    source: { storageClass: 'STANDARD_IA' },
    expected: { storageClass: 'STANDARD' },
  },
  {
    name: 'Storage class, preserve.storageClass: true',
    group: 'Storage class (on request)',
    source: { storageClass: 'STANDARD_IA' },
    preserve: { storageClass: true },
    expected: { storageClass: 'STANDARD_IA' },
  },
  {
    name: 'Storage class STANDARD, into a bucket with another default',
    group: 'Storage class STANDARD (on request)',
    source: { storageClass: 'STANDARD' },
    preserve: { storageClass: true },
    into: 'coolByDefault',
    expected: { storageClass: 'STANDARD' },
    dialect: 'obs',
  },
  {
    name: 'ACL isn’t carried unless asked for',
    group: 'ACL (on request)',
    source: { readers: ['everyone'] },
    expected: { readers: undefined },
  },
  {
    name: 'ACL of everyone, preserve.acl: true',
    group: 'ACL (on request)',
    source: { readers: ['everyone'] },
    preserve: { acl: true },
    expected: { readers: ['everyone'] },
  },
  {
    name: 'ACL of everyone and an account, preserve.acl: true',
    group: 'ACL of everyone and an account (on request)',
    source: { readers: ['everyone', 'account'] },
    preserve: { acl: true },
    expected: { readers: ['everyone', 'account'] },
  },
  {
    name: 'destination.acl',
    group: 'ACL (on request)',
    source: {},
    destination: { acl: 'public-read' },
    expected: { readers: ['everyone'] },
  },
  {
    name: 'Grant to an account, preserve.acl: true',
    group: 'Grant to an account (on request)',
    source: { readers: ['account'] },
    preserve: { acl: true },
    expected: { readers: ['account'] },
  },
  {
    name: 'Object lock isn’t carried unless asked for',
    group: 'Object lock (on request)',
    source: { lock: { mode: 'COMPLIANCE', retainUntil: RETAIN_UNTIL } },
    sourceIn: 'lockable',
    into: 'lockable',
    expected: { lock: undefined },
  },
  {
    name: 'Object lock, preserve.objectLock: true',
    group: 'Object lock (on request)',
    source: { lock: { mode: 'COMPLIANCE', retainUntil: RETAIN_UNTIL } },
    sourceIn: 'lockable',
    into: 'lockable',
    preserve: { objectLock: true },
    expected: { lock: { mode: 'COMPLIANCE', retainUntil: RETAIN_UNTIL } },
  },
  {
    name: 'Legal hold, preserve.objectLock: true',
    group: 'Object lock (on request)',
    source: { lock: { legalHold: true } },
    sourceIn: 'lockable',
    into: 'lockable',
    preserve: { objectLock: true },
    expected: { lock: { legalHold: true } },
    dialect: 's3',
  },
  ...[{ on: true }, { on: true, days: 30 }, { on: true, years: 2 }].map((eventHold) => ({
    name: `Event hold ${JSON.stringify(eventHold)}, preserve.objectLock: true`,
    group: 'Event hold (on request)',
    source: { lock: { eventHold } },
    sourceIn: 'lockable' as const,
    into: 'lockable' as const,
    preserve: { objectLock: true },
    expected: { lock: { eventHold } },
    dialect: 's3' as const,
  })),
  {
    name: 'Annotations, preserve.annotations: true',
    group: 'Annotations',
    source: { annotations: { 'a & b': '{"a":1}', größe: 'Ωmega' } },
    preserve: { annotations: true },
    expected: { annotations: { 'a & b': '{"a":1}', größe: 'Ωmega' } },
    dialect: 's3',
  },
  ...(['CRC64NVME', 'CRC32C', 'CRC32'] as const).map((algorithm) => ({
    name: `Checksum ${algorithm}`,
    group: 'Checksum: a CRC',
    source: { checksumAlgorithm: algorithm },
    expected: { checksumAlgorithm: algorithm },
    dialect: 's3' as const,
  })),
  ...(['SHA1', 'SHA256', 'SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const).map((algorithm) => ({
    name: `Checksum ${algorithm}`,
    group: 'Checksum: another algorithm',
    source: { checksumAlgorithm: algorithm },
    expected: { checksumAlgorithm: algorithm },
    warnsInParts: 'CHECKSUM_DIFFERS',
    dialect: 's3' as const,
  })),
  {
    name: 'destination.expiresAfterDays',
    group: '`x-obs-expires` (set)',
    source: {},
    destination: { expiresAfterDays: 3 },
    expected: { expiresAfterDays: 3 },
    dialect: 'obs',
  },
  overridden('contentType', { contentType: 'text/css' }, 'text/css'),
  overridden('cacheControl', { cacheControl: 'no-store' }, 'no-store'),
  overridden('contentDisposition', { contentDisposition: 'inline' }, 'inline'),
  overridden('contentEncoding', { contentEncoding: 'br' }, 'br'),
  overridden('contentLanguage', { contentLanguage: 'fr' }, 'fr'),
  overridden('expires', { expires: 'Fri, 04 Feb 2028 04:05:06 GMT' }, 'Fri, 04 Feb 2028 04:05:06 GMT'),
  overridden('metadata', { metadata: { Director: 'somebody' } }, { director: 'somebody' }),
  overridden('metadata', { metadata: {} }, undefined),
  overridden('websiteRedirectLocation', { websiteRedirectLocation: '/elsewhere' }, '/elsewhere'),
  overridden('tags', { tags: { only: 'this' } }, { only: 'this' }),
  overridden('tags', { tags: {} }, undefined),
  {
    name: 'preserve.metadata: false',
    group: '`preserve: false`',
    source: EVERYTHING,
    preserve: { metadata: false },
    expected: {
      cacheControl: undefined,
      contentDisposition: undefined,
      contentEncoding: undefined,
      contentLanguage: undefined,
      expires: undefined,
      metadata: undefined,
      tags: EVERYTHING.tags,
    },
  },
  {
    name: 'preserve.tags: false',
    group: '`preserve: false`',
    source: EVERYTHING,
    preserve: { tags: false },
    expected: { ...EVERYTHING, tags: undefined },
  },
];
