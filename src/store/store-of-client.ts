import type { CopyStore } from './copy-store.ts';

/** Where a client of this library keeps the store that it speaks to; found across installed copies of the package. */
export const STORE_OF_CLIENT: unique symbol = Symbol.for('copy-large-object.store-of-client');

/** A client of this library, which has a {@link CopyStore} ready. */
export interface ClientWithStore {
  readonly [STORE_OF_CLIENT]: CopyStore;
}
