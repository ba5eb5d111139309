import { describe, expect, test } from 'vitest';
import type { CopyStore } from '../../src/index.ts';
import {
  checkpointId as identify,
  findCheckpointMismatch,
  fingerprintDestination,
} from '../../src/resume/checkpoint-match.ts';

const source = { bucket: 'b', key: 'k', size: 10, etag: 'e', lastModified: '2026-11-23T10:00:00.000Z' };
const destination = { bucket: 'd', key: 'l', fingerprint: 'f' };
const checkpoint = {
  source,
  destination,
  uploadId: 'u',
  layout: { partSize: 5, count: 2 },
  createdAt: source.lastModified,
};

type Place = Parameters<typeof identify>[0]['source'];

function checkpointId(from: Place, to: Place, ...endpoints: (string | undefined)[]): string {
  const [store, sourceStore] = [endpoints[0], endpoints[1]].map((endpoint) => ({ traits: { endpoint } }) as CopyStore);
  if (store === undefined || sourceStore === undefined) throw new Error('there are two stores');
  return identify({ source: from, destination: to, store, sourceStore });
}

describe('checkpointId', () => {
  test('is a digest that tells every copy from every other', () => {
    const ids = [
      checkpointId({ bucket: 'a', key: 'b/c' }, { bucket: 'd', key: 'e' }),
      checkpointId({ bucket: 'a/b', key: 'c' }, { bucket: 'd', key: 'e' }),
      checkpointId({ bucket: 'a', key: 'b/c', versionId: 'v' }, { bucket: 'd', key: 'e' }),
      checkpointId({ bucket: 'a', key: 'b/c', versionId: 'null' }, { bucket: 'd', key: 'e' }),
      checkpointId({ bucket: 'd', key: 'e' }, { bucket: 'a', key: 'b/c' }),
      checkpointId({ bucket: 'a', key: '\uD800' }, { bucket: 'd', key: 'e' }),
      checkpointId({ bucket: 'a', key: '\uD801' }, { bucket: 'd', key: 'e' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{64}$/);
  });

  test('tells stores apart by their endpoints, the source’s too', () => {
    const place = { bucket: 'a', key: 'b' };
    const pairs = [
      [],
      ['https://x'],
      ['https://x', 'https://x'],
      ['https://x', 'https://y'],
      ['https://y', 'https://x'],
    ];
    const ids = pairs.map((endpoints) => checkpointId(place, place, ...endpoints));
    expect(new Set(ids).size).toBe(pairs.length);
  });

  test('depends on nothing but the places', () => {
    const wide = { bucket: 'a', key: 'b', sse: { type: 'SSE-C', key: 'secret' } };
    expect(checkpointId(wide, wide)).toBe(checkpointId({ bucket: 'a', key: 'b' }, { bucket: 'a', key: 'b' }));
  });
});

describe('fingerprintDestination', () => {
  test('is the same for the same properties, in any order', () => {
    const one = fingerprintDestination({ contentType: 'a', metadata: { x: '1', y: '2' }, acl: undefined }, undefined);
    const two = fingerprintDestination({ metadata: { y: '2', x: '1' }, contentType: 'a' }, undefined);
    expect(one).toBe(two);
  });

  test('differs for other properties and another kind of encryption, not for another customer key', () => {
    const key = (fill: number): { readonly type: 'SSE-C'; readonly key: Uint8Array } => ({
      type: 'SSE-C',
      key: new Uint8Array(32).fill(fill),
    });
    const prints = [
      fingerprintDestination(undefined, undefined),
      fingerprintDestination({ metadata: { x: '1' } }, undefined),
      fingerprintDestination({ metadata: { x: '2' } }, undefined),
      fingerprintDestination({ objectLock: { retainUntil: new Date(0) } }, undefined),
      fingerprintDestination({ objectLock: { retainUntil: new Date(1) } }, undefined),
      fingerprintDestination(undefined, { type: 'AES256' }),
      fingerprintDestination(undefined, { type: 'SSE-KMS' }),
      fingerprintDestination(undefined, { type: 'SSE-KMS', keyId: 'k' }),
      fingerprintDestination(undefined, key(1)),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    expect(fingerprintDestination(undefined, key(2))).toBe(fingerprintDestination(undefined, key(1)));
  });
});

describe('findCheckpointMismatch', () => {
  test.each([
    ['nothing', {}, {}, /^undefined$/],
    ['another source', { key: 'x' }, {}, /another source/],
    ['another version', { versionId: 'v' }, {}, /another source/],
    ['another destination', {}, { key: 'x' }, /another destination/],
    ['another size', { size: 11 }, {}, /size 10, now 11/],
    ['another ETag', { etag: 'x' }, {}, /ETag e, now x/],
    ['an ETag that is gone, same time', { etag: undefined }, {}, /ETag e, now none/],
    ['same ETag, another time', { lastModified: '2026-11-23T10:00:01.000Z' }, {}, /last modified/],
    ['other properties', {}, { fingerprint: 'x' }, /other properties/],
  ])('sees %s', (_, sourceChange, destinationChange, reason) => {
    const found = findCheckpointMismatch(checkpoint, {
      source: { ...source, ...sourceChange },
      destination: { ...destination, ...destinationChange },
    });
    expect(String(found)).toMatch(reason);
  });

  test.each([
    ['the same time', {}, /^undefined$/],
    ['another time', { lastModified: '2026-11-23T10:00:01.000Z' }, /last modified/],
    ['an ETag that is new, same time', { etag: 'e' }, /ETag none, now e/],
  ])('sees %s of a source without an ETag', (_, change, reason) => {
    const bare = { ...source, etag: undefined };
    const found = findCheckpointMismatch(
      { ...checkpoint, source: bare },
      { source: { ...bare, ...change }, destination },
    );
    expect(String(found)).toMatch(reason);
  });
});
