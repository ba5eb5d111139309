import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  paginateListParts,
  S3Client,
} from '@aws-sdk/client-s3';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { compareKeys } from '../../src/testing/key-order.ts';
import { rollUp } from '../../src/testing/operations/key-pages.ts';
import { copyRequests, element, outcomeOf, sendRaw } from './raw-request.ts';

const keys = ['a', 'a/1', 'a/2', 'a/b/3', 'b', 'b+c', 'ü/x', '😀', '\uFFFD'].toSorted(compareKeys);

let store: TestStore;
let client: S3Client;
beforeAll(async () => {
  store = await startTestStore({
    credentials: false,
    buckets: ['dst'],
    objects: keys.map((key) => ({ bucket: 'b', key, body: key })),
  });
  const { endpoint, region, credentials } = store;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await store.close();
});

describe('objects', () => {
  test('come in the order of their UTF-8 bytes, page by page', async () => {
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const seen: (string | undefined)[] = [];
      for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket: 'b', MaxKeys })) {
        seen.push(...(Contents ?? []).map(({ Key }) => Key));
      }
      expect(seen).toEqual(keys);
    }
    expect(keys.indexOf('\uFFFD')).toBeLessThan(keys.indexOf('😀'));
  });

  test('are rolled up by a delimiter, page by page, in both versions', async () => {
    const expected = ['a', 'a/', 'b', 'b+c', 'ü/', '\uFFFD', '😀'];
    const names = (page: { Contents?: { Key?: string }[]; CommonPrefixes?: { Prefix?: string }[] }) => [
      ...(page.Contents ?? []).map(({ Key }) => Key),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    ];
    for (const MaxKeys of [1, 2, 1000]) {
      const seen: unknown[] = [];
      for await (const page of paginateListObjectsV2({ client }, { Bucket: 'b', Delimiter: '/', MaxKeys }))
        seen.push(...names(page as never));
      expect(new Set(seen)).toEqual(new Set(expected));
      expect(seen).toHaveLength(expected.length);
      const seenByMarker: unknown[] = [];
      for (let Marker: string | undefined, more = true; more;) {
        const page = await client.send(new ListObjectsCommand({ Bucket: 'b', Delimiter: '/', MaxKeys, Marker }));
        seenByMarker.push(...names(page as never));
        Marker = page.NextMarker;
        more = page.IsTruncated === true;
      }
      expect(new Set(seenByMarker)).toEqual(new Set(expected));
      expect(seenByMarker).toHaveLength(expected.length);
    }
  });

  test('begin with the prefix and come after the start', async () => {
    const listed = await client.send(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'a/', StartAfter: 'a/1' }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['a/2', 'a/b/3']);
    expect(listed.KeyCount).toBe(2);
  });

  test('are percent-encoded where that is asked for', async () => {
    const answer = await sendRaw(store, 'GET', '/b?encoding-type=url&prefix=b%2B');
    expect(element(answer, 'Key')).toBe('b%2Bc');
  });
});

describe('rollUp', () => {
  test('pages give what one page gives, whatever the keys', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 15 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('', 'a', 'a/'),
        (all, size, prefix) => {
          const sorted = all.filter((each) => each.startsWith(prefix)).toSorted(compareKeys);
          const whole = rollUp(sorted, (each) => each, prefix, '/', '', 1000);
          const seen: string[] = [];
          let marker = '';
          for (let more = true; more;) {
            const after = sorted.filter((each) => marker === '' || compareKeys(each, marker) > 0);
            const page = rollUp(after, (each) => each, prefix, '/', marker, size);
            seen.push(...page.items, ...page.prefixes);
            marker = [...page.items, ...page.prefixes].toSorted(compareKeys).at(-1) ?? '';
            more = page.truncated;
          }
          expect(seen.toSorted()).toEqual([...whole.items, ...whole.prefixes].toSorted());
          expect(new Set(seen).size).toBe(seen.length);
        },
      ),
    );
  });
});

describe('uploads and parts', () => {
  test('are listed by key and time, page by page, and rolled up', async () => {
    const ids: string[] = [];
    for (const key of ['x', 'x', 'dir/1', 'dir/2', 'y']) ids.push(await copyRequests(store, 'dst', key).create());
    const [first, second, third, fourth, fifth] = ids;
    const seen: (string | undefined)[] = [];
    for (let marker = {}, more = true; more;) {
      const page = await client.send(new ListMultipartUploadsCommand({ Bucket: 'dst', MaxUploads: 2, ...marker }));
      seen.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      more = page.IsTruncated === true;
    }
    expect(seen).toEqual([third, fourth, first, second, fifth]);
    const rolled = await client.send(new ListMultipartUploadsCommand({ Bucket: 'dst', Delimiter: '/' }));
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'dir/' }]);
    expect(rolled.Uploads?.map(({ Key }) => Key)).toEqual(['x', 'x', 'y']);
    const prefixed = await client.send(new ListMultipartUploadsCommand({ Bucket: 'dst', Prefix: 'dir/' }));
    expect(prefixed.Uploads?.map(({ UploadId }) => UploadId)).toEqual([third, fourth]);
  });

  test('parts come in order of their numbers, 1000 to a page at most', async () => {
    const { create, copyPart } = copyRequests(store, 'dst', 'parts');
    const uploadId = await create();
    for (const number of [10_000, 3, 7, 1, 2]) await copyPart(uploadId, number, 'b/a');
    const seen: (number | undefined)[] = [];
    for await (const { Parts } of paginateListParts(
      { client, pageSize: 2 },
      { Bucket: 'dst', Key: 'parts', UploadId: uploadId },
    )) {
      seen.push(...(Parts ?? []).map(({ PartNumber }) => PartNumber));
    }
    expect(seen).toEqual([1, 2, 3, 7, 10_000]);
    const asked = await sendRaw(store, 'GET', `/dst/parts?uploadId=${uploadId}&max-parts=5000`);
    expect(element(asked, 'MaxParts')).toBe('1000');
    expect(outcomeOf(await sendRaw(store, 'GET', `/dst/parts?uploadId=${uploadId}&max-parts=x`))).toBe(
      '400 InvalidArgument',
    );
  });
});
