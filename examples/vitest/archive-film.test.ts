// Unit tests against the embedded store: real requests, signatures and limits, no mocks. `npx vitest run`
import { s3Store, SourceNotFoundError } from 'copy-large-object';
import { startTestStore } from 'copy-large-object/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveFilm } from './archive-film.ts';

let server: Awaited<ReturnType<typeof startTestStore>>;
const store = () => s3Store({ endpoint: server.endpoint, credentials: server.credentials });

beforeEach(async () => {
  server = await startTestStore({
    // 10 GiB that take no room
    objects: [{ bucket: 'media', key: 'film.mxf', size: 10 * 1024 ** 3 }],
    buckets: ['archive'],
  });
});

afterEach(() => server.close());

test('a film arrives whole, and with its mark', async () => {
  expect(await archiveFilm(store(), 'film.mxf')).toBe('archived');
  expect(server.object('archive', '2026/film.mxf')).toMatchObject({
    size: 10 * 1024 ** 3,
    metadata: { archived: 'yes' },
  });
  // every byte comes from the source, in its own place
  expect(server.provenance('archive', '2026/film.mxf')).toMatchObject([
    { bucket: 'media', key: 'film.mxf', start: 0, offset: 0 },
  ]);
});

test('a film that stands in the archive stays as it is', async () => {
  server.putObject({ bucket: 'archive', key: '2026/film.mxf', body: 'older' });
  expect(await archiveFilm(store(), 'film.mxf')).toBe('was there');
  expect(server.object('archive', '2026/film.mxf')?.size).toBe(5);
});

test('parts that fail are sent again', async () => {
  server.setFaults([{ operation: 'copyPart', kind: 'errorIn200', times: 3 }]);
  expect(await archiveFilm(store(), 'film.mxf')).toBe('archived');
});

test('a film that is not there is an error, and leaves nothing', async () => {
  await expect(archiveFilm(store(), 'other.mxf')).rejects.toThrow(SourceNotFoundError);
  expect(server.keys('archive')).toEqual([]);
  expect(server.uploads('archive')).toEqual([]);
});
