import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { copyObjects, type CopyObjectsOptions, planObjects } from '../../src/index.ts';
import { observeRun, setUpRun } from './set-up-run.ts';

const SCHEMA = 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass';
const MANIFEST = { bucket: 'inv', key: 'src/daily/2026-11-20T01-00Z/manifest.json' };
const KEYS = ['t/a', 't/p+q %2F ü', 't/twice', 'other'];

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');

/** A row as S3 writes it: everything in quotes, keys URL-encoded. */
function rowOf(key: string, isLatest = true, isDeleteMarker = false): string {
  const facts = isDeleteMarker ? ['', ''] : [String(Buffer.byteLength(key)), md5(key)];
  const [size = '', etag = ''] = facts;
  const cells = ['src', encodeURIComponent(key).replaceAll('%20', '+'), 'v1', String(isLatest), String(isDeleteMarker)];
  return [...cells, size, '2026-11-20T01:00:00.000Z', etag, 'STANDARD'].map((cell) => `"${cell}"`).join(',');
}

/** Objects whose bodies are their keys, and an inventory of them. */
async function setUpInventory(files: readonly Buffer[], manifest: object = {}) {
  const named = files.map((body, index) => ({ key: `src/daily/data/${index}`, body }));
  const text = JSON.stringify({
    sourceBucket: 'src',
    destinationBucket: 'arn:aws:s3:::inv',
    version: '2016-11-30',
    fileFormat: 'CSV',
    fileSchema: SCHEMA,
    files: named.map(({ key, body }) => ({ key, size: body.length, MD5checksum: md5(body) })),
    ...manifest,
  });
  const { testStore, options } = await setUpRun(0, {
    objects: [
      ...KEYS.map((key) => ({ bucket: 'src', key, body: key })),
      ...named.map((file) => ({ bucket: 'inv', ...file })),
      { ...MANIFEST, body: text },
    ],
  });
  const source = { inventory: MANIFEST, prefix: 't/' };
  return { testStore, options: { ...options, source } as CopyObjectsOptions & { source: typeof source } };
}

const csv = (...rows: readonly string[]): Buffer => Buffer.from(`${rows.join('\n')}\n`);
const ROWS = csv(...KEYS.map((key) => rowOf(key)), rowOf('t/twice', false), rowOf('t/deleted', true, true));

it.each([
  ['CSV.gz', [gzipSync(ROWS)], {}],
  [
    'CSV.gz in pieces and several files',
    [gzipSync(csv(rowOf('t/a'))), gzipSync(ROWS.subarray(ROWS.indexOf(10) + 1))],
    {},
  ],
  ['CSV', [ROWS], {}],
  [
    'CSV of OBS, without MD5s, but with counts',
    [ROWS],
    {
      fileSchema: SCHEMA.replaceAll(' ', ''),
      destinationBucket: 'inv',
      files: [{ key: 'src/daily/data/0', size: ROWS.length, inventoriedRecord: 6 }],
    },
  ],
  ['Parquet', ['snappy'], { fileFormat: 'Parquet', fileSchema: 'message s3.inventory { … }' }],
  ['Parquet, zipped', ['gzip'], { fileFormat: 'Parquet', fileSchema: 'message s3.inventory { … }' }],
] as const)('an inventory in %s: the current objects under the prefix are copied', async (_, files, manifest) => {
  const folder = path.join(import.meta.dirname, '../fixtures/inventory');
  const bodies = await Promise.all(
    files.map((file) =>
      typeof file === 'string' ? readFile(path.join(folder, `${file}.parquet`)) : Promise.resolve(file),
    ),
  );
  const { testStore, options } = await setUpInventory(bodies, manifest);
  const { result, failures } = await observeRun(options);
  expect(failures).toEqual([]);
  expect(result).toMatchObject({ listed: 3, copied: 3 });
  expect(testStore.keys('dst')).toEqual(['c/a', 'c/p+q %2F ü', 'c/twice']);
  expect(testStore.provenance('dst', 'c/p+q %2F ü')).toMatchObject([{ bucket: 'src', key: 't/p+q %2F ü', start: 0 }]);
  // What it says of each is used: no listing of the source, and no HEAD of it.
  const { operations } = testStore.stats();
  expect(operations).toMatchObject({ copyObject: 3, headObject: 3 });
  expect(operations).not.toHaveProperty('listObjectsV2');
});

it('an inventory as the pages of OBS show it is read: False in capitals, encoded names of files, a comma too many', async () => {
  const OBS_SCHEMA = 'Bucket,Key,VersionId,IsLatest,IsDeleteMarker,Size';
  const row = (key: string, isLatest: string, isDeleteMarker: string): string =>
    `src,${encodeURIComponent(key)},v,${isLatest},${isDeleteMarker},3`;
  const body = csv(row('t/a', 'True', 'False'), row('t/twice', 'False', 'False'), row('other', 'True', 'True'));
  const { testStore, options } = await setUpInventory([body, body]);
  const name = 'src/daily/data/0';
  const manifest = {
    sourceBucket: 'src',
    destinationBucket: 'inv',
    version: '2019-01-03',
    fileFormat: 'CSV',
    fileSchema: OBS_SCHEMA,
    files: [{ key: encodeURIComponent(name), size: body.length, inventoriedRecord: 3 }],
  };
  const text = JSON.stringify(manifest, undefined, 2).replace('"inventoriedRecord": 3', '$&,');
  expect(text).toMatch(/3,\s+}/);
  testStore.putObject({ ...MANIFEST, body: text });
  const source = { inventory: MANIFEST };
  const ranges: unknown[] = [];
  testStore.setFaults([
    ({ operation, key, headers }) => {
      if (operation === 'getObject' && key === name) ranges.push(headers['range']);
      return undefined;
    },
  ]);
  expect((await observeRun({ ...options, source })).result).toMatchObject({ listed: 1, copied: 1, failed: 0 });
  expect(testStore.keys('dst')).toEqual(['c/t/a']);
  // Without an MD5, a file of gigabytes isn't read twice.
  expect(ranges.filter((range) => !/^bytes=0-[01]$/.test(String(range)))).toHaveLength(1);
  testStore.deleteObject('inv', name);
  const { error } = await observeRun({ ...options, source });
  expect(error).toMatchObject({ message: expect.stringContaining('Cannot read inv/src%2Fdaily%2Fdata%2F0') });
});

it('copies are proved by the listing of the destination, in whatever order the rows come', async () => {
  const keys = Array.from({ length: 1200 }, (_, index) => `t/${String((index * 7) % 1200).padStart(4, '0')}`);
  const body = gzipSync(csv(...keys.map((key) => rowOf(key))));
  const { testStore, options } = await setUpInventory([body]);
  for (const key of keys) testStore.putObject({ bucket: 'src', key, body: key });
  const { result } = await observeRun(options);
  expect(result).toMatchObject({ copied: 1200, requests: testStore.stats().requests });
  const { copyObject, headObject = 0, listObjectsV2 = 0 } = testStore.stats().operations;
  expect(copyObject).toBe(1200);
  expect(headObject).toBeLessThan(10);
  expect(listObjectsV2).toBeLessThan(5);
});

it('is planned and filtered as a listing is, and what was replaced since is copied as it is', async () => {
  const { testStore, options } = await setUpInventory([ROWS]);
  const filter = { include: ['a', 'twice'], modifiedAfter: new Date('2026-11-19') };
  expect(await planObjects({ ...options, filter })).toMatchObject({ listed: 2, objects: 2, bytes: 3 + 7 });
  testStore.putObject({ bucket: 'src', key: 't/a', body: 'replaced' });
  testStore.deleteObject('src', 't/twice');
  expect((await observeRun({ ...options, filter })).result).toMatchObject({ copied: 1, gone: 1, failed: 0 });
  expect(testStore.object('dst', 'c/a')?.size).toBe(8);
});

it('a destination under what is read is not copied itself', async () => {
  const { testStore, options } = await setUpInventory([csv(rowOf('t/a'), rowOf('t/copies/old'))]);
  const { result } = await observeRun({ ...options, destination: { bucket: 'src', prefix: 't/copies/' } });
  expect(result).toMatchObject({ listed: 1, copied: 1 });
  expect(testStore.object('src', 't/copies/a')).toBeDefined();
  const same = await observeRun({ ...options, destination: { bucket: 'src', prefix: 't/' } });
  expect(same.error).toMatchObject({ message: expect.stringContaining('name the same objects') });
});

const ZIPPED = gzipSync(ROWS);
const changed = Buffer.from(ZIPPED);
changed[20] = 1 + (changed[20] ?? 0);
const file = { key: 'src/daily/data/0', size: ZIPPED.length, MD5checksum: md5(ZIPPED) };

it.each([
  ['a file that was changed', [changed], { files: [file] }, /has the MD5 \w+, not \w+$/],
  [
    'a file that was cut',
    [ZIPPED.subarray(0, -9)],
    { files: [{ ...file, MD5checksum: undefined }] },
    /has \d+ bytes, not/,
  ],
  ['a file that is missing', [], { files: [file] }, /Cannot read inv\/src\/daily\/data\/0/],
  ['a row that does not fit', [csv('"src","t/a"')], {}, /line 1 does not fit the schema Bucket,Key/],
  ['a row of another bucket', [csv(rowOf('t/a').replace('src', 'oth'))], {}, /has a row of bucket oth/],
  [
    'ORC',
    [ROWS],
    { fileFormat: 'ORC' },
    /ORC, which is not read here: configure the inventory for CSV or Apache Parquet/,
  ],
  ['another format', [ROWS], { fileFormat: 'AVRO' }, /must be CSV or Parquet, and is "AVRO"/],
  ['a schema without keys', [ROWS], { fileSchema: 'Bucket, Size' }, /must name a column Key/],
  ['what is no Parquet', [ROWS], { fileFormat: 'Parquet' }, /Cannot use the inventory file inv\/src\/daily\/data\/0: /],
  ['no manifest', [], { files: undefined }, /must be a manifest.json, with sourceBucket/],
] as const)('%s ends the run before anything is copied', async (_, files, manifest, message) => {
  const { testStore, options } = await setUpInventory(files, manifest);
  const { error } = await observeRun(options);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
  expect(testStore.keys('dst')).toEqual([]);
});

it('with too few rows ends the run once they are read', async () => {
  const { options } = await setUpInventory([ROWS], { files: [{ key: file.key, inventoriedRecord: 7 }] });
  const { error } = await observeRun(options);
  expect(error).toMatchObject({ message: expect.stringMatching(/has 6 rows, and its manifest says 7/) });
});

it('whose file is replaced while it is read is not read on', async () => {
  const { testStore, options } = await setUpInventory([ROWS]);
  let reads = 0;
  testStore.setFaults([
    ({ operation, key }) => {
      if (operation === 'getObject' && key === file.key && ++reads === 2) {
        testStore.putObject({ bucket: 'inv', key: file.key, body: csv(rowOf('t/a')) });
      }
      return undefined;
    },
  ]);
  const { error } = await observeRun(options);
  expect(error).toMatchObject({ operation: 'getObject', statusCode: 412 });
  expect(testStore.keys('dst')).toEqual([]);
});

it('of another bucket than the one that is asked for is refused', async () => {
  const { options } = await setUpInventory([ROWS]);
  const { error } = await observeRun({ ...options, source: { ...options.source, bucket: 'media' } });
  expect(error).toMatchObject({ message: expect.stringContaining('it is of bucket src, not media') });
});

it('needs a store that reads objects, and is nothing to delete by', async () => {
  const { options } = await setUpInventory([ROWS]);
  const store = { ...options.store };
  delete store.getObject;
  expect(() => copyObjects({ ...options, store })).toThrow(/'source.inventory'.* has no getObject\(\)/);
  expect(() => copyObjects({ ...options, deleteExtra: true, maxDelete: 1 })).toThrow(/needs a listed source/);
  const wrong = { inventory: { bucket: 'inv' } } as never;
  expect(() => copyObjects({ ...options, source: wrong })).toThrow(/'source.inventory.key' of copyObjects/);
});
