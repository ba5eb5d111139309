import { CopyError } from '../errors.ts';
import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import type { DestinationEncryption, HeadObjectResult } from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';

type Dialect = 'obs' | 's3' | undefined;

/**
 * Whether an object's ETags are something else than MD5s of its bytes because of how it is encrypted: customer keys and KMS
 * everywhere; on OBS any encryption.
 *
 * @param reported what the store says of the object (`AES256`, `aws:kms`, `kms`, `SSE-C`)
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function hidesMd5(reported: string | undefined, dialect: Dialect): boolean {
  if (reported === undefined) return false;
  return dialect === 'obs' || reported !== 'AES256';
}

/** Whether the destination's ETags can't be MD5s, as far as the options and `reported` tell. */
export function destinationHidesMd5(
  { options }: { readonly options: Pick<NormalizedCopyOptions, 'sse' | 'store' | 'destination'> },
  reported: string | undefined,
): boolean {
  const dialect = options.store.traits?.dialect;
  if (isDirectoryBucket(options.destination.bucket)) return true;
  if (options.sse !== undefined && (dialect === 'obs' || options.sse.type !== 'AES256')) return true;
  return hidesMd5(reported, dialect);
}

function isEncryptedAs(reported: string | undefined, { type }: DestinationEncryption): boolean {
  if (reported === undefined) return false;
  if (type === 'SSE-C') return reported === 'SSE-C';
  return type === 'AES256' || reported.includes('kms');
}

/** On S3 an alias and a bare id come back as the key's ARN. */
const KEY_ARN = /^arn:[^:]+:kms:[^:]*:[^:]*:key\/.+$/;
/** On OBS a key is named by its id, or by region, account and id. */
const OBS_KEY_FORMS = [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, /^[^:]+:[^:]+:key\/.+$/];

/**
 * Tells whether an object is under another key than was asked for; undefined if the two can't be compared, because the store gives the
 * key back in another form, or because none was named. Only the answer to HEAD names the key.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
function compareKeys(sse: DestinationEncryption, dialect: Dialect): ((found: string) => boolean) | undefined {
  const asked = sse.type === 'SSE-KMS' ? sse.keyId : undefined;
  if (asked === undefined) return undefined;
  const forms = dialect === 'obs' ? [KEY_ARN, ...OBS_KEY_FORMS] : [KEY_ARN];
  const form = forms.find((known) => known.test(asked));
  return form && ((found) => form.test(found) && found.toLowerCase() !== asked.toLowerCase());
}

/**
 * Looks whether the finished object is encrypted as was asked: several stores ignore the headers for that and keep the object in the
 * clear (Swift, moto and s3rver customers' keys; Ceph RGW 16 the store's own). Not all stores say so sooner: MinIO tells by HEAD alone.
 *
 * @throws CopyError if it isn't; the object stays
 */
export async function assertEncrypted(
  context: CopyContext,
  said: string | undefined,
  seen: HeadObjectResult | StoreError | undefined,
): Promise<void> {
  const { options, reporter, destination } = context;
  const { name } = destination;
  const { sse, store } = options;
  if (sse === undefined) return;
  const isOtherKey = compareKeys(sse, store.traits?.dialect);
  if (isEncryptedAs(said, sse) && isOtherKey === undefined) return;
  const found = seen ?? (await destination.look());
  if (isStoreError(found)) {
    if (isEncryptedAs(said, sse)) return;
    // Who may write need not be allowed to look, and a store that is busy says nothing of the object.
    if (found.statusCode === 403 || found.retryable) {
      const text = `Whether ${name} is encrypted as asked could not be seen: ${found.message}`;
      return reporter.warning('ENCRYPTION_NOT_SEEN', text);
    }
    throw new CopyError(`${name} was copied, but can't be read as an object under ${sse.type}: ${found.message}`, {
      cause: found,
      destinationWritten: true,
    });
  }
  const wrong = (how: string): CopyError =>
    new CopyError(`${name} was copied, but not encrypted as asked: ${how}`, { destinationWritten: true });
  const reported = found.encryption ?? said;
  if (isEncryptedAs(reported, sse)) {
    if (found.encryptionKeyId === undefined || isOtherKey?.(found.encryptionKeyId) !== true) return;
    throw wrong(`the store encrypts it with the key ${found.encryptionKeyId}`);
  }
  // A store of the caller's own need not say how it encrypts; those of this library do wherever the server does.
  if (reported === undefined && store.traits?.dialect === undefined) {
    const text = `Store '${store.name}' doesn't say whether ${name} is encrypted`;
    return reporter.warning('ENCRYPTION_NOT_SEEN', text);
  }
  throw wrong(
    `the store ignored ${sse.type}, and ` +
      (reported === undefined ? 'the object is in the clear' : `encrypts it with ${reported}`),
  );
}
