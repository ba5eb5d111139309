import type { StoreOperation } from '../store/copy-store.ts';
import { StoreError } from '../store/store-error.ts';

/**
 * Reads a listing page by page.
 *
 * @param fetch - reads the page after a marker; the first page has none
 * @param nextOf - the marker of the next page, or undefined after the last one
 * @throws StoreError if the store goes back to a marker: what was listed by then may not be everything, so nobody may conclude
 * from it that something is gone
 */
export async function* readPages<Page, Marker>(
  operation: StoreOperation,
  fetch: (marker: Marker | undefined) => Promise<Page>,
  nextOf: (page: Page, marker: Marker | undefined) => Marker | undefined,
): AsyncGenerator<Page, void, undefined> {
  const seen = new Set<string>();
  let marker: Marker | undefined;
  do {
    const page = await fetch(marker);
    yield page;
    marker = nextOf(page, marker);
    const text = JSON.stringify(marker);
    if (marker !== undefined && seen.has(text)) {
      throw new StoreError(`${operation} does not come to an end: the store goes back to marker ${text}`, {
        operation,
        kind: 'permanent',
      });
    }
    seen.add(text);
  } while (marker !== undefined);
}
