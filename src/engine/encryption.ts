import type { CopyContext } from './copy-context.ts';

/**
 * Whether an object's ETags are something else than MD5s of its bytes because of how it is encrypted: customer keys and KMS
 * everywhere; on OBS any encryption.
 *
 * @param reported what the store says of the object (`AES256`, `aws:kms`, `kms`, `SSE-C`)
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function hidesMd5(reported: string | undefined, dialect: 'obs' | 's3' | undefined): boolean {
  if (reported === undefined) return false;
  return dialect === 'obs' || reported !== 'AES256';
}

/** Whether the destination's ETags can't be MD5s, as far as the options tell. */
export function destinationHidesMd5({ options }: CopyContext, reported: string | undefined): boolean {
  const dialect = options.store.traits?.dialect;
  if (options.sse !== undefined && (dialect === 'obs' || options.sse.type !== 'AES256')) return true;
  return hidesMd5(reported, dialect);
}
