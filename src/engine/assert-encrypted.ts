import { CopyError } from '../errors.ts';
import type { DestinationEncryption, HeadObjectResult } from '../store/copy-store.ts';
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
  if (sse === undefined) return;
  const isSaid = isSuch(finished.encryption, sse);
  const isAnotherKey = compareKeys(sse, options.store.traits?.dialect);
  if (isSaid && isAnotherKey === undefined) return;
  const name = describeObject(options.destination);
  let head: HeadObjectResult;
  try {
    head = await runner.run('headObject', () => options.store.headObject(destinationHeadRequest(context)));
  } catch (error) {
    if (!isStoreError(error)) throw error;
    if (isSaid) return;
    // Who may write need not be allowed to look, and a store that is busy says nothing of the object.
    if (error.statusCode === 403 || error.retryable) {
      reporter.warning(
        'ENCRYPTION_NOT_SEEN',
        `Whether ${name} is encrypted as asked could not be seen: ${error.message}`,
      );
      return;
    }
    throw new CopyError(`${name} was copied, but can't be read as an object under ${sse.type}: ${error.message}`, {
      cause: error,
      destinationWritten: true,
    });
  }
  const wrong = (how: string): CopyError =>
    new CopyError(`${name} was copied, but not encrypted as asked: ${how}`, { destinationWritten: true });
  const reported = head.encryption ?? finished.encryption;
  if (isSuch(reported, sse)) {
    if (head.encryptionKeyId === undefined || isAnotherKey?.(head.encryptionKeyId) !== true) return;
    throw wrong(`the store encrypts it with the key ${head.encryptionKeyId}`);
  }
  // A store of the caller's own need not say how it encrypts; those of this library do wherever the server does.
  if (reported === undefined && options.store.traits?.dialect === undefined) {
    reporter.warning('ENCRYPTION_NOT_SEEN', `Store '${options.store.name}' doesn't say whether ${name} is encrypted`);
    return;
  }
  throw wrong(
    `the store ignored ${sse.type}, and ` +
      (reported === undefined ? 'the object is in the clear' : `encrypts it with ${reported}`),
  );
}

function isSuch(reported: string | undefined, { type }: DestinationEncryption): boolean {
  if (reported === undefined) return false;
  if (type === 'SSE-C') return reported === 'SSE-C';
  return type === 'AES256' || reported.includes('kms');
}

/** On S3 an alias and a bare id come back as the key's ARN. */
const KEY_ARN = /^arn:[^:]+:kms:[^:]*:[^:]*:key\/.+$/;
/** On OBS a key is named by its id, or by region, account and id. */
const OBS_KEY_FORMS = [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, /^[^:]+:[^:]+:key\/.+$/];

/**
 * Tells whether an object is under another key than was asked for; undefined where the two can't be compared, because the store
 * gives the key back in another form, or because none was named. Answers other than that of HEAD don't name it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
function compareKeys(
  sse: DestinationEncryption,
  dialect: 'obs' | 's3' | undefined,
): ((found: string) => boolean) | undefined {
  const asked = sse.type === 'SSE-KMS' ? sse.keyId : undefined;
  if (asked === undefined) return undefined;
  const forms = dialect === 'obs' ? [KEY_ARN, ...OBS_KEY_FORMS] : [KEY_ARN];
  const form = forms.find((known) => known.test(asked));
  return form && ((found) => form.test(found) && found.toLowerCase() !== asked.toLowerCase());
}
