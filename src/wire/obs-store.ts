import type { CopyStore } from '../store/copy-store.ts';
import { createHttpStore } from './http-store.ts';
import { type ObsStoreOptions, normalizeStoreOptions } from './store-options.ts';

/**
 * A store that speaks to Huawei Cloud OBS and other clouds built on it, by OBS's own signature and headers.
 *
 * @example
 * ```ts
 * const store = obsStore({ endpoint: 'https://obs.cn-north-4.myhuaweicloud.com', credentials: { accessKeyId, secretAccessKey } })
 * ```
 *
 * @throws CopyOptionsError if an option is unknown or wrong, or there are no credentials
 */
export function obsStore(options: ObsStoreOptions): CopyStore {
  return createHttpStore(normalizeStoreOptions('obs', options));
}
