import { describe, expect, it } from 'vitest';
import { copyLargeObject, planCopy } from '../../src/index.ts';
import { expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const MD5 = '3858f62230ac3c915f300c664312c11f';
const OTHER_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const EARLIER = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-02T00:00:00Z');

/** A source and an object at the destination, each as it is given. */
function setUpBoth(
  source: { etag?: string; lastModified?: Date },
  existing: { etag?: string; lastModified?: Date; size?: number } | undefined,
) {
  const { fake, options } = setUpCopy({}, { ifExists: 'skip-same' });
  const given = fake.objects.get('src/a');
  if (given === undefined) throw new Error('there is no source');
  Object.assign(given, { etag: MD5, lastModified: EARLIER, ...source });
  if (existing !== undefined) {
    fake.objects.set('dst/b', { ...given, etag: MD5, lastModified: LATER, ...existing });
  }
  return { fake, options };
}

describe("ifExists: 'skip-same'", () => {
  it.each([
    ['the same size and ETag', {}, {}],
    ['the same size and ETag, and is older', { lastModified: LATER }, { lastModified: EARLIER }],
    ['the same size and an ETag of parts, and is newer', { etag: `${MD5}-3` }, { etag: `${OTHER_MD5}-2` }],
  ])('leaves an object that has %s', async (_, source, existing) => {
    const { fake, options } = setUpBoth(source, existing);
    const before = fake.objects.get('dst/b');
    expect(await planCopy(options)).toMatchObject({ strategy: 'skipped' });
    const { strategy, warnings, ifExistsChecked } = await copyLargeObject(options);
    expect({ strategy, warnings, ifExistsChecked }).toEqual({
      strategy: 'skipped',
      warnings: [],
      ifExistsChecked: 'head',
    });
    expect(fake.objects.get('dst/b')).toEqual(before);
    expect(fake.calls.map(({ operation }) => operation)).not.toContain('copyPart');
  });

  it.each([
    ['there is none', {}, undefined],
    ['it has another size', {}, { size: 14 }],
    ['it has another ETag', {}, { etag: OTHER_MD5 }],
    ['its ETag is of parts, and it is older', { lastModified: LATER }, { etag: `${MD5}-2`, lastModified: EARLIER }],
  ])('replaces the object if %s', async (_, source, existing) => {
    const { fake, options } = setUpBoth(source, existing);
    const { strategy } = await copyLargeObject(options);
    expect(strategy).toBe('multipart');
    expectWholeCopy(fake);
  });
});
