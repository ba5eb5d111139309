import { expect, test } from 'vitest';
import type { CopyStore } from '../../src/store/copy-store.ts';
import {
  copySource,
  DESTINATION,
  failureOf,
  isWholeCopy,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
} from './set-up-store.ts';

const tags = { kind: 'film', year: '2026' };

/** A store of somebody's own, without calls for tags. */
async function setUpWithoutCalls() {
  const { server, store } = await setUpStore('s3', { objects: [{ ...SOURCE, size: SIZE, tags }] });
  const { getObjectTagging: _get, putObjectTagging: _put, ...others } = store;
  return { server, others };
}

test.for(strategies)('tags that can’t be read are counted, and not lost in silence ($strategy)', async ({ sizes }) => {
  const { server, others } = await setUpWithoutCalls();
  const result = await copySource({ store: others, ...sizes });
  expect(result.warnings).toMatchObject([
    { code: 'TAGS_NOT_PRESERVED', message: "Copied without 2 tags of source/film, which store 's3' can't read" },
  ]);
  expect(isWholeCopy(server)).toBe(true);
});

test.for(strategies)(
  'a copy that lacks some of its tags by HEAD’s count is an error ($strategy)',
  async ({ sizes }) => {
    const { others } = await setUpWithoutCalls();
    const counting = (tagCount: number): CopyStore => ({
      ...others,
      headObject: async (request) => ({ ...(await others.headObject(request)), tagCount }),
    });
    const demanded = { destination: { ...DESTINATION, tags }, ...sizes };
    expect(await failureOf(copySource({ store: counting(1), ...demanded }))).toMatchObject({
      destinationWritten: true,
      message: expect.stringContaining('its tags could not be set: the store shows 1 of 2'),
    });
    expect((await copySource({ store: counting(2), ...demanded })).warnings).toEqual([]);
  },
);
