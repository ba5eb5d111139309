// Unit tests with Jest. The package is an ES module, so Jest needs Node's flag for them:
// node --experimental-vm-modules node_modules/jest/bin/jest.js
import { s3Store } from 'copy-large-object';
import { startTestStore } from 'copy-large-object/testing';
import { archiveFilm } from './archive-film.js';

let server;
beforeEach(async () => {
  server = await startTestStore({
    objects: [{ bucket: 'media', key: 'film.mxf', size: 10 * 1024 ** 3 }],
    buckets: ['archive'],
  });
});
afterEach(() => server.close());

test('a film arrives whole', async () => {
  const store = s3Store({ endpoint: server.endpoint, credentials: server.credentials });
  expect(await archiveFilm(store, 'film.mxf')).toEqual({ size: 10 * 1024 ** 3, verified: 'etag' });
  expect(server.object('archive', 'film.mxf').size).toBe(10 * 1024 ** 3);
});

test('a store that refuses is an error with its answer, and nothing is left', async () => {
  server.setDenied(['copyPart']);
  const store = s3Store({ endpoint: server.endpoint, credentials: server.credentials });
  await expect(archiveFilm(store, 'film.mxf')).rejects.toMatchObject({
    code: 'ERR_COPY_PART_FAILED',
    cause: { statusCode: 403 },
  });
  expect(server.uploads('archive')).toEqual([]);
});
