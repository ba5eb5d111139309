import type { CopyStore } from '../store/copy-store.ts';
import { isAmazon } from './aws-names.ts';
import { chooseDialect } from './dialect.ts';
import { formatEndpoint, isLoopback } from './endpoint.ts';
import { HttpClient } from './http-client.ts';
import { createOperationStore } from './operation-store.ts';
import { normalizeStoreOptions, type ObsStoreOptions, type S3StoreOptions } from './store-options.ts';

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
  return createHttpStore('obs', options);
}

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
  return createHttpStore('s3', options);
}

/** What differs between the two is in the dialect. */
function createHttpStore(vendor: 'obs' | 's3', given: ObsStoreOptions): CopyStore {
  const options = normalizeStoreOptions(vendor, given);
  const { endpoint, region, isRegionKnown, allowInsecureSseC, etagFormula } = options;
  const isAmazonHost = isAmazon(endpoint.hostname);
  const traits = Object.freeze({
    dialect: vendor,
    endpoint: formatEndpoint(endpoint),
    // An assumed region signs requests well enough, but on OBS it would be compared with another store's.
    region: isRegionKnown || vendor === 's3' ? region : undefined,
    sendsSourceIfMatch: true,
    etagFormula,
    conditions: options.conditions ?? (isAmazonHost ? 'obeyed' : undefined),
    annotations: isAmazonHost ? 'kept' : undefined,
    secure: endpoint.protocol === 'https:' || isLoopback(endpoint.hostname) || allowInsecureSseC,
  });
  const facts = { name: vendor, limits: options.limits, traits };
  return createOperationStore(
    facts,
    chooseDialect(vendor, options.signature, endpoint.hostname),
    new HttpClient(options),
  );
}
