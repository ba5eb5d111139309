import type { ObjectProperties } from '../store/copy-store.ts';
import type { StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';

/** Whether the copy may go on without tags after this failure: they were not asked for, and the store refused them. */
export function canDropTags({ options }: CopyContext, properties: ObjectProperties, error: StoreError): boolean {
  const asked = options.preserve.tags === true || options.overrides.tags !== undefined;
  if (asked || properties.tags === undefined || Object.keys(properties.tags).length === 0) return false;
  return isUnsupported(error) || error.statusCode === 403;
}

/** Tags that were left out of the request are set on the finished object where the store has a call for that; else there are none. */
export function warnOfDroppedTags({ options, reporter }: CopyContext, error: StoreError): void {
  if (options.store.putObjectTagging !== undefined) return;
  reporter.warning('TAGS_NOT_PRESERVED', `Copied without tags, as the store refused them: ${error.message}`);
}

/** What stores answer to a header that they don't know. */
export function isUnsupported(error: StoreError): boolean {
  return (
    error.statusCode === 501 || error.vendorCode === 'NotImplemented' || error.vendorCode === 'ServiceNotImplemented'
  );
}
