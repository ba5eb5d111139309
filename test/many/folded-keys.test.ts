import { expect, it, onTestFinished } from 'vitest';
import { s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import type { PersonalityName } from '../../src/testing/personality.ts';
import { FAST_RETRY, observeRun } from './set-up-run.ts';

it.each<[PersonalityName, string]>([
  ['versitygw', 'c/a//b'],
  ['versitygw', 'c/a/./b'],
  ['s3s-fs', 'c/a//b'],
])('a server like %s that takes %j for another key doesn’t lose that one’s object', async (personality, key) => {
  const testStore = await startTestStore({
    personality,
    objects: [
      { bucket: 'src', key: 'plain', size: 100 },
      { bucket: 'src', key: 'good', size: 100 },
      { bucket: 'dst', key: 'c/a/b', size: 700 },
    ],
  });
  onTestFinished(() => testStore.close());
  const { endpoint, credentials } = testStore;
  const { etag } = testStore.object('src', 'plain') ?? {};
  const objects = [
    { key: 'plain', size: 100, etag, destination: { key } },
    { key: 'good', size: 100, etag: testStore.object('src', 'good')?.etag, destination: { key: 'c/good' } },
  ];
  const { result, failures } = await observeRun({
    store: s3Store({ endpoint, credentials }),
    source: { bucket: 'src', objects },
    destination: { bucket: 'dst' },
    retry: FAST_RETRY,
  });
  expect(result).toMatchObject({ copied: 1, failed: 1 });
  expect(failures[0]?.message).toContain('c/a/b');
  expect(testStore.object('dst', 'c/a/b')).toMatchObject({ size: 700 });
});
