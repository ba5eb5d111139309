import { describe, expect, it } from 'vitest';
import type { ObjectProperties } from '../../src/index.ts';
import { findDifferentProperties } from '../../src/engine/same-properties.ts';

const EVERYTHING: ObjectProperties = {
  contentType: 'video/mxf',
  cacheControl: 'no-store',
  contentDisposition: 'inline',
  contentEncoding: 'gzip',
  contentLanguage: 'de',
  expires: 'Thu, 03 Feb 2028 04:05:06 GMT',
  metadata: { reel: '7' },
  websiteRedirectLocation: '/elsewhere',
  storageClass: 'GLACIER',
  objectLock: { mode: 'COMPLIANCE', retainUntil: new Date('2028-02-03T04:05:06Z'), legalHold: true },
};

describe('findDifferentProperties()', () => {
  it('finds nothing where all is as it was asked for', () => {
    expect(findDifferentProperties(EVERYTHING, EVERYTHING)).toEqual([]);
  });

  it.each([
    ['contentType', { contentType: 'text/plain' }],
    ['contentType', { contentType: undefined }],
    ['cacheControl', { cacheControl: 'max-age=1' }],
    ['cacheControl', { cacheControl: undefined }],
    ['contentDisposition', { contentDisposition: 'attachment' }],
    ['contentEncoding', { contentEncoding: undefined }],
    ['contentLanguage', { contentLanguage: 'fr' }],
    ['expires', { expires: 'Fri, 04 Feb 2028 04:05:06 GMT' }],
    ['expires', { expires: 'never' }],
    ['metadata', { metadata: { reel: '8' } }],
    ['metadata', { metadata: {} }],
    ['metadata', { metadata: undefined }],
    ['metadata', { metadata: { reel: '7', scene: '1' } }],
    ['websiteRedirectLocation', { websiteRedirectLocation: '/' }],
    ['storageClass', { storageClass: 'STANDARD_IA' }],
    ['objectLock', { objectLock: { mode: 'GOVERNANCE' } }],
    ['objectLock', { objectLock: { mode: 'COMPLIANCE', retainUntil: new Date('2029-02-03T04:05:06Z') } }],
    ['objectLock', { objectLock: { legalHold: false } }],
  ] satisfies [string, ObjectProperties][])('tells of another %s: %o', (name, other) => {
    expect(findDifferentProperties(EVERYTHING, { ...EVERYTHING, ...other })).toEqual([name]);
  });

  it('tells of metadata that was to go', () => {
    expect(findDifferentProperties({ metadata: {} }, EVERYTHING)).toEqual(['metadata']);
  });

  it('compares what was asked for, and nothing else', () => {
    expect(findDifferentProperties({}, EVERYTHING)).toEqual([]);
    expect(findDifferentProperties({ cacheControl: 'no-store' }, EVERYTHING)).toEqual([]);
  });

  it.each([
    [
      'what HEAD never tells',
      { tags: { a: '1' }, acl: 'private', grants: { read: 'id="x"' }, expiresAfterDays: 3 },
      {},
    ],
    ['a language that CloudServer drops', { contentLanguage: 'de' }, {}],
    ['a redirect that is not shown', { websiteRedirectLocation: '/elsewhere' }, {}],
    ['a storage class that is not named', { storageClass: 'STANDARD' }, {}],
    ['a storage class by its name on OBS', { storageClass: 'GLACIER' }, { storageClass: 'COLD' }],
    ['a storage class by its name on S3', { storageClass: 'WARM' }, { storageClass: 'STANDARD_IA' }],
    ['a lock that may not be seen', { objectLock: { legalHold: true } }, {}],
    [
      'fractions of a second of a lock',
      { objectLock: { mode: 'COMPLIANCE', retainUntil: new Date('2028-02-03T04:05:06.789Z') } },
      { objectLock: { mode: 'COMPLIANCE', retainUntil: new Date('2028-02-03T04:05:06Z') } },
    ],
    ['metadata in other cases', { metadata: { Reel: '7' } }, { metadata: { reel: '7' } }],
    ['blanks around metadata', { metadata: { reel: ' 7 ' } }, { metadata: { reel: '7' } }],
    ['metadata without a value', { metadata: { reel: '' } }, { metadata: {} }],
    [
      'a date that a client wrote anew',
      { expires: '2028-02-03T04:05:06Z' },
      { expires: 'Thu, 03 Feb 2028 04:05:06 GMT' },
    ],
  ] satisfies [string, ObjectProperties, ObjectProperties][])('takes %s for right', (_what, asked, found) => {
    expect(findDifferentProperties(asked, found)).toEqual([]);
  });

  it('reads metadata beyond ASCII as encoded words, as AWS S3 gives it back', () => {
    const asked = { metadata: { title: Buffer.from('Käse über Brot', 'utf8').toString('latin1') } };
    for (const title of [
      `=?UTF-8?B?${Buffer.from('Käse über Brot').toString('base64')}?=`,
      '=?UTF-8?Q?K=C3=A4se_=C3=BCber_Brot?=',
      `=?utf-8?b?${Buffer.from('Käse ').toString('base64')}?= =?utf-8?b?${Buffer.from('über Brot').toString('base64')}?=`,
    ]) {
      expect(findDifferentProperties(asked, { metadata: { title } })).toEqual([]);
    }
    expect(findDifferentProperties(asked, { metadata: { title: '=?UTF-8?Q?Wurst?=' } })).toEqual(['metadata']);
  });
});
