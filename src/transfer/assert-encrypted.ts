import { CopyError } from '../errors.ts';
import type { DestinationEncryption } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { describeObject, destinationHeadRequest } from './source-request.ts';

/**
 * Looks whether the finished object is encrypted as was asked: several stores ignore the headers for that and keep the object in the
 * clear (Swift, moto and s3rver customers' keys; Ceph RGW 16 the store's own). Not all stores say so sooner: MinIO tells by HEAD alone.
 *
 * @throws CopyError where it isn't; the object stays
 */
export async function assertEncrypted(context: CopyContext, finished: FinishedCopy): Promise<void> {
  const { options, runner, reporter } = context;
  const { sse } = options;
  if (sse === undefined || isSuch(finished.encryption, sse)) return;
  const name = describeObject(options.destination);
  let reported: string | undefined;
  try {
    const head = await runner.run('headObject', () => options.store.headObject(destinationHeadRequest(context)));
    if (isSuch(head.encryption, sse)) return;
    reported = head.encryption;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // Who may write need not be allowed to look.
    if (error.statusCode === 403) {
      reporter.warning('ENCRYPTION_NOT_SEEN', `Whether ${name} is encrypted could not be seen: ${error.message}`);
      return;
    }
    throw new CopyError(`${name} was copied, but can't be read as an object under ${sse.type}: ${error.message}`, {
      cause: error,
    });
  }
  // A store of the caller's own need not say how it encrypts; those of this library do wherever the server does.
  if (reported === undefined && options.store.traits?.dialect === undefined) {
    reporter.warning('ENCRYPTION_NOT_SEEN', `Store '${options.store.name}' doesn't say whether ${name} is encrypted`);
    return;
  }
  throw new CopyError(
    `${name} was copied, but not encrypted as asked: the store ignored ${sse.type}, and ` +
      (reported === undefined ? 'the object is in the clear' : `encrypts it with ${reported}`),
  );
}

function isSuch(reported: string | undefined, { type }: DestinationEncryption): boolean {
  if (reported === undefined) return false;
  if (type === 'SSE-C') return reported === 'SSE-C';
  return type === 'AES256' || reported.includes('kms');
}
