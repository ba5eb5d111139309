import type { BucketDescription } from '../store/copy-store.ts';
import type { WireResponse } from './send-request.ts';

/**
 * Reads what HEAD of a bucket shows. OBS has its headers by either prefix.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0023.html
 */
export function readBucketDescription({ headers }: WireResponse): { readonly result: BucketDescription } {
  const names = ['x-obs-fs-file-interface', 'x-amz-fs-file-interface'];
  return { result: { isFileSystem: names.some((name) => headers.get(name) === 'Enabled') } };
}
