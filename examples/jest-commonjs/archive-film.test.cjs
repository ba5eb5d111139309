// Unit tests with Jest in CommonJS: `jest.config.json` has the package, an ES module, transformed.
const { copyLargeObject, s3Store } = require('copy-large-object');
const { startTestStore } = require('copy-large-object/testing');

test('a film arrives whole', async () => {
  const film = { bucket: 'media', key: 'film.mxf' };
  const server = await startTestStore({ objects: [{ ...film, size: 10 * 1024 ** 3 }], buckets: ['archive'] });
  try {
    const store = s3Store({ endpoint: server.endpoint, credentials: server.credentials });
    const copy = copyLargeObject({ store, source: film, destination: { bucket: 'archive', key: film.key } });
    expect(await copy).toMatchObject({ size: 10 * 1024 ** 3, verified: 'etag' });
  } finally {
    await server.close();
  }
});
