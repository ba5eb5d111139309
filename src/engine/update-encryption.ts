import type { CopyPlan } from '../plan/copy-plan.ts';
import { has } from '../store/server-memory.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { type CopyContext, isOntoItself } from './copy-context.ts';
import { assertEncrypted } from './encryption.ts';
import { freezePlan, looksAtDestination } from './make-plan.ts';
import { assertSourceUnchanged } from './source.ts';
import type { FinishedCopy } from './verify.ts';

/** UpdateObjectEncryption takes neither an alias nor a bare id. */
const KEY_ARN = /^arn:[^:]+:kms:[^:]*:\d{12}:key\/.+$/;

/**
 * The key that an object is only to be put under; undefined if more than that is asked for, or it takes a copy. Only a store that is
 * known to be of 2026 is asked: others take UpdateObjectEncryption for a write of the object.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
 */
function findNewKey({ options }: CopyContext, { encryption }: HeadObjectResult): string | undefined {
  const { store, source, sourceSse, sse, overrides, preserve } = options;
  if (!isOntoItself(options) || source.versionId !== undefined || sourceSse !== undefined) return undefined;
  if (sse?.type !== 'SSE-KMS' || sse.keyId === undefined || !KEY_ARN.test(sse.keyId)) return undefined;
  if (Object.keys(overrides).length > 0 || Object.values(preserve).includes(false)) return undefined;
  if (store.updateObjectEncryption === undefined || !has(store, 'annotations')) return undefined;
  return encryption === 'AES256' || encryption === 'aws:kms' ? sse.keyId : undefined;
}

/** Plans to put an object under another KMS key where it is; undefined if it must be copied. */
export function planUpdate(context: CopyContext, source: HeadObjectResult): CopyPlan | undefined {
  if (findNewKey(context, source) === undefined) return undefined;
  const { options } = context;
  const heads = [true, looksAtDestination(options), options.verify !== 'none'].filter(Boolean);
  return freezePlan('in-place', source, [], heads.length + 1);
}

/**
 * Puts the object under another KMS key where it is, whatever its size: no byte is copied, and date, ETag, storage class and ACL stay.
 * Undefined if the store refuses, so that the object must be copied.
 *
 * @throws SourceChangedError if it was replaced in the meantime
 * @throws CopyError if it isn't under that key
 */
export async function updateEncryption(
  context: CopyContext,
  source: HeadObjectResult,
): Promise<FinishedCopy | undefined> {
  const { options, destination, reporter } = context;
  reporter.phase('copying');
  try {
    await destination.call('updateObjectEncryption', { keyId: findNewKey(context, source) ?? '' });
  } catch (error) {
    if (!isStoreError(error) || error.retryable) throw error;
    return undefined;
  }
  const { etag = '', versionId } = source;
  const finished = { etag, versionId, conditional: false, isReplaced: false };
  if (options.verify === 'none') return { ...finished, verified: 'none', seen: undefined };
  reporter.phase('verifying');
  await assertSourceUnchanged(context, source, { written: 'the object that is there now may be under the new key' });
  const seen = await destination.look();
  await assertEncrypted(context, undefined, seen);
  return { ...finished, verified: etag === '' ? 'size' : 'etag', seen };
}
