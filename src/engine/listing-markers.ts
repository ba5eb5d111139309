import type { StoreOperation } from '../store/copy-store.ts';
import { StoreError } from '../store/store-error.ts';

/** The markers of one listing of uploads, to notice one that would go round for ever. */
export class UploadMarkers {
  readonly #seen = new Set<string>();

  /**
   * Takes note of the markers of the next page.
   *
   * @throws StoreError where the listing has given them before
   */
  note({
    keyMarker,
    uploadIdMarker,
  }: {
    readonly keyMarker: string;
    readonly uploadIdMarker: string | undefined;
  }): void {
    const marker = JSON.stringify([keyMarker, uploadIdMarker]);
    if (this.#seen.has(marker)) throw endlessListing('listMultipartUploads', marker);
    this.#seen.add(marker);
  }
}

/**
 * What a listing fails with that goes back to a marker. What it has shown by then may not be everything, so it mustn't end as if it were
 * complete: nobody may conclude from it that something is gone.
 */
export function endlessListing(operation: StoreOperation, marker: string): StoreError {
  return new StoreError(`${operation} does not come to an end: the store goes back to marker ${marker}`, {
    operation,
    kind: 'permanent',
  });
}
