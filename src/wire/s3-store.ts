import type { CopyStore } from '../store/copy-store.ts';
import { createHttpStore } from './http-store.ts';
import { type S3StoreOptions, normalizeStoreOptions } from './store-options.ts';

/**
 * A store that speaks to Amazon S3, Ceph RGW, MinIO and other stores with its interface.
 *
 * @example
 * ```ts
 * const store = s3Store({ region: 'eu-west-1', credentials: fromNodeProviderChain() })
 * ```
 *
 * @throws CopyOptionsError if an option is unknown or wrong, or there are no credentials
 */
export function s3Store(options: S3StoreOptions = {}): CopyStore {
  return createHttpStore(normalizeStoreOptions('s3', options));
}
