// The code under test: it gets its store from outside.
import { copyLargeObject, type CopyStore, DestinationExistsError } from 'copy-large-object';

/** Copies a film into the archive, once. Answers whether it was copied, or stood there already. */
export async function archiveFilm(store: CopyStore, key: string): Promise<'archived' | 'was there'> {
  try {
    await copyLargeObject({
      store,
      source: { bucket: 'media', key },
      destination: { bucket: 'archive', key: `2026/${key}`, metadata: { archived: 'yes' } },
      ifExists: 'fail',
    });
    return 'archived';
  } catch (error) {
    if (error instanceof DestinationExistsError) return 'was there';
    throw error;
  }
}
