import { describe, expect, onTestFinished, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { personalityNames, type PersonalityName } from '../../src/testing/personality.ts';
import { FAST_RETRY, observeRun } from '../many/set-up-run.ts';
import { keyFolding, storeOf, type Way, ways } from './four-ways.ts';
import { isWholeCopy, MIB } from './set-up-store.ts';

// A run over a prefix on each server that the embedded store can behave like, in each way: every key is copied as itself, or the run
// says that it isn't; a second run copies nothing and deletes what is extra, and only that.

const SIZES: Readonly<Record<string, number>> = { zero: 0, large: 12 * MIB };
const FOLDED = ['dir/', 'a//b'];
const KEYS = [
  'a%2Fb',
  '100%25',
  'p+q r',
  '\u{1F600}',
  '\u{FF01}',
  "o'clock & <b>",
  ...FOLDED,
  'plain',
  ...Object.keys(SIZES),
];
const keyOf = ({ source }: { readonly source: { readonly key: string } }): string => source.key.slice(2);

/** Keys that may fail on a server. */
function mayFail(personality: PersonalityName, way: Way): readonly string[] {
  const isOfObs = way === 'obsStore' || way === 'fromVendorObsClient';
  // It takes no source without a slash in front, and only S3's way tries one.
  if (personality === 'hcp' && isOfObs) return KEYS;
  // It gives parts no ETag, which the vendor's client can't do without.
  if (personality === 'juicefs' && way === 'fromVendorObsClient') return [...FOLDED, 'large'];
  return keyFolding.includes(personality) ? FOLDED : [];
}

async function startStore(personality: PersonalityName): Promise<TestStore> {
  const source = { bucket: 'src', lastModified: new Date('2026-01-01') };
  const server = await startTestStore({
    personality,
    objects: [
      ...KEYS.map((key) => ({ ...source, key: `t/${key}`, size: SIZES[key] ?? 1000 })),
      { bucket: 'dst', key: 'c/extra', size: 5 },
      { bucket: 'dst', key: 'beside', size: 5 },
    ],
  });
  onTestFinished(() => server.close());
  return server;
}

describe.for(personalityNames)('a run on a server like %s', (personality) => {
  test.for(ways)('%s', async (way) => {
    const server = await startStore(personality);
    const options = {
      store: storeOf(way, server, personality),
      source: { bucket: 'src', prefix: 't/' },
      destination: { bucket: 'dst', prefix: 'c/' },
      retry: FAST_RETRY,
      multipartThreshold: 6 * MIB,
    };
    const first = await observeRun(options);
    const copied = first.objects.filter(({ outcome }) => outcome === 'copied').map(keyOf);
    for (const key of copied) {
      const isRight = isWholeCopy(server, { bucket: 'dst', key: `c/${key}` }, { bucket: 'src', key: `t/${key}` });
      expect([key, isRight]).toEqual([key, true]);
    }
    // An object that was put in under a key that its server folds can't be read: it is gone.
    const told = [...first.objects, ...first.failures].map(keyOf);
    expect(told.toSorted()).toEqual(KEYS.toSorted());
    const missed = KEYS.filter((key) => !copied.includes(key) && !mayFail(personality, way).includes(key));
    expect(missed).toEqual([]);

    const second = await observeRun({ ...options, ifExists: 'skip-same', deleteExtra: true, maxDelete: 1 });
    expect(second.error).toBeUndefined();
    const again = second.objects.filter(({ outcome }) => outcome === 'copied').map(keyOf);
    // An ETag that is made up for each object tells of nothing.
    if (personality !== 'chimera') expect(again).toEqual([]);
    expect(second.failures.map(keyOf).filter((key) => !mayFail(personality, way).includes(key))).toEqual([]);
    const kept = second.failures.length === 0 ? ['beside'] : ['beside', 'c/extra'];
    expect(server.keys('dst').filter((key) => ['beside', 'c/extra'].includes(key))).toEqual(kept);
    expect(server.uploads('dst')).toEqual([]);
  });
});
