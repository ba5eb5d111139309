import type { CopyStore } from '../store/copy-store.ts';
import { isAmazon } from './aws-names.ts';
import { chooseDialect } from './dialect.ts';
import { formatEndpoint, isLoopback } from './endpoint.ts';
import { HttpClient } from './http-client.ts';
import { createOperationStore } from './operation-store.ts';
import type { NormalizedStoreOptions } from './store-options.ts';

/** Makes both stores of this library: what differs between them is in the dialect. */
export function createHttpStore(options: NormalizedStoreOptions): CopyStore {
  const { vendor, endpoint, region, isRegionKnown, allowInsecureSseC, etagFormula } = options;
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
