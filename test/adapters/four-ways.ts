import { obsStore, s3Store, type CopyStore } from '../../src/index.ts';
import { type Address, vendorStores } from './vendor-stores.ts';

/** All ways to a store. */
export const fourWays: Record<string, (address: Address) => Required<CopyStore>> = {
  s3Store: ({ endpoint, credentials }) => s3Store({ endpoint, credentials }) as Required<CopyStore>,
  obsStore: ({ endpoint, credentials }) => obsStore({ endpoint, credentials }) as Required<CopyStore>,
  ...vendorStores,
};
