import { s3Store } from '../../src/index.ts';
import { setUpRun } from '../many/set-up-run.ts';

/** A store with so many objects, and what copies them by a queue. */
export async function setUpCopies(count: number, storeOptions = {}) {
  const { testStore } = await setUpRun(count, storeOptions);
  const { endpoint, credentials } = testStore;
  const stores = { eu: s3Store({ endpoint, credentials }) };
  const asked = {
    stores,
    from: 'eu',
    source: { bucket: 'src', prefix: 't/' },
    destination: { bucket: 'dst', prefix: 'c/' },
  };
  return { testStore, stores, asked };
}
