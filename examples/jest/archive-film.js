// The code under test: it gets its store from outside.
import { copyLargeObject } from 'copy-large-object';

/** Copies a film into the archive, and answers what was verified. */
export async function archiveFilm(store, key) {
  const source = { bucket: 'media', key };
  const { size, verified } = await copyLargeObject({ store, source, destination: { bucket: 'archive', key } });
  return { size, verified };
}
