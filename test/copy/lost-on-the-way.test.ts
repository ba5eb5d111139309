import { describe, expect, it } from 'vitest';
import {
  copyLargeObject,
  type CopyStore,
  type HeadObjectResult,
  type ObjectProperties,
  SourceNotFoundError,
} from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const GREEN = Buffer.from('grün').toString('latin1');
const PROPERTIES: ObjectProperties = { contentType: 'video/mxf', metadata: { colour: GREEN } };

/** Copies by a store whose HEADs are changed, and gives the codes of its warnings. */
async function copySeenAs(
  bucket: 'src' | 'dst',
  change: (head: HeadObjectResult) => Partial<HeadObjectResult>,
  more: object,
): Promise<string[]> {
  const { fake, options } = setUpCopy({}, more);
  fake.put('src/a', 200, PROPERTIES);
  const store: CopyStore = {
    ...fake.store,
    headObject: async (request) => {
      const head = await fake.store.headObject(request);
      return request.bucket === bucket ? { ...head, ...change(head) } : head;
    },
  };
  const { warnings } = await copyLargeObject({ ...options, store });
  expectWholeCopy(fake);
  return warnings.map(({ code }) => code);
}

const withMetadata =
  (metadata: Readonly<Record<string, string>>) =>
  ({ properties }: HeadObjectResult) => ({ properties: { ...properties, metadata } });

describe.each([
  ['by one request', { multipartThreshold: 1000 }],
  ['in parts', {}],
])('a copy %s', (_, more) => {
  it.each([
    ['U+FFFD for what isn’t ASCII', withMetadata({ colour: Buffer.from('gr\uFFFDn').toString('latin1') })],
    ['the UTF-8 of its UTF-8', withMetadata({ colour: '=?UTF-8?Q?gr=C3=83=C2=BCn?=' })],
    ['a dash for an underscore in a name', withMetadata({ 'col-our': GREEN })],
    ['no metadata', withMetadata({})],
    [
      'another type',
      ({ properties }: HeadObjectResult) => ({ properties: { ...properties, contentType: 'binary/octet-stream' } }),
    ],
  ])('says that the store shows %s', async (__, change) => {
    expect(await copySeenAs('dst', change, more)).toEqual(['PROPERTIES_DIFFER']);
  });

  it.each(['=?UTF-8?B?Z3LDvG4=?=', '=?utf-8?q?gr=C3=BCn?=', '=?ISO-8859-1?Q?gr=FCn?=', '=?iso-8859-1?b?Z3L8bg==?='])(
    'takes %s for the same',
    async (colour) => {
      expect(await copySeenAs('dst', withMetadata({ colour }), more)).toEqual([]);
    },
  );

  it.each([
    ['the source’s', 'no-cache', ['PROPERTIES_DIFFER']],
    ['its own', 'private', []],
  ])('says of what it was to be without that it has %s', async (__, cacheControl, codes) => {
    const { fake, options } = setUpCopy({}, { ...more, preserve: { metadata: false } });
    fake.put('src/a', 200, { cacheControl: 'no-cache' });
    const headObject: CopyStore['headObject'] = async (request) => {
      const head = await fake.store.headObject(request);
      return request.bucket === 'dst' ? { ...head, properties: { ...head.properties, cacheControl } } : head;
    };
    const { warnings } = await copyLargeObject({ ...options, store: { ...fake.store, headObject } });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it('says that the source has metadata which no header shows', async () => {
    const missing = () => ({ missingMetadata: 2 });
    expect(await copySeenAs('src', missing, more)).toEqual(['PROPERTIES_DIFFER']);
    expect(await copySeenAs('src', missing, { ...more, preserve: { metadata: false } })).toEqual([]);
    const demanded = copySeenAs('src', missing, { ...more, preserve: { metadata: true } });
    await expect(demanded).rejects.toThrow('Cannot preserve the metadata');
  });

  it.each([
    ['ended', -1000, undefined, undefined],
    ['ended, under a legal hold', -1000, true, { legalHold: true }],
    ['not ended', 3_600_000, undefined, 'all'],
  ] as const)('asks for a retention only if it has not: %s', async (__, ms, legalHold, kept) => {
    const { fake, options } = setUpCopy({}, { ...more, preserve: { objectLock: true } });
    const objectLock = {
      mode: 'GOVERNANCE',
      retainUntil: new Date(Date.now() + ms),
      ...(legalHold === undefined ? {} : { legalHold }),
    };
    fake.put('src/a', 200, { objectLock });
    await copyLargeObject(options);
    expect(fake.objects.get('dst/b')?.properties.objectLock).toEqual(kept === 'all' ? objectLock : kept);
  });
});

describe('a delete marker', () => {
  it.each([
    ['by a 405', () => Promise.reject(failure('headObject', 'permanent', 405, 'MethodNotAllowed'))],
    ['by a 200', (head: HeadObjectResult) => Promise.resolve({ ...head, size: 0, deleteMarker: true })],
  ])('is no source, told %s', async (_, answer) => {
    const { fake, options } = setUpCopy();
    const headObject: CopyStore['headObject'] = async (request) => answer(await fake.store.headObject(request));
    const source = { ...options.source, versionId: 'v1' };
    const { error } = await endOf(copyLargeObject({ ...options, source, store: { ...fake.store, headObject } }));
    expect(error).toBeInstanceOf(SourceNotFoundError);
    expect((error as Error).message).toContain('delete marker');
    expect(fake.objects.has('dst/b')).toBe(false);
  });
});
