import type { CopyStore } from './copy-store.ts';

/** A client that has a {@link CopyStore} of its own ready, as this library's `ObsClient` has. */
export interface ClientWithStore {
  /** A store with the client's endpoint and credentials. */
  readonly copyStore: CopyStore;
}
