import { CopyError, PartFailedError } from '../errors.ts';
import { formatBytes } from '../plan/byte-size.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { abortOrWarn } from './abort.ts';
import type { CopyContext } from './copy-context.ts';
import type { CopyReporter } from './copy-reporter.ts';
import { FalseChecksumError, findSourceChecksum } from './source-checksum.ts';
import { saysUploadIsGone } from './bound-store.ts';
import { isUnsupported } from './unsupported.ts';
import { copyMultipart, type FinishedMultipart, type MultipartInput } from './multipart.ts';

/**
 * Copies in parts, and begins once more where that turns out, before any part is copied, not to go:
 *
 * - the store was asked for the source's checksum: MinIO takes such a Create and then refuses to copy parts into the upload
 * - an upload of an earlier run was gone on with: stores that list nothing for an upload that is gone don't say so until a part comes
 */
export function copyInParts(
  context: CopyContext,
  input: Omit<MultipartInput, 'checksum' | 'asksForChecksum'>,
): Promise<FinishedMultipart> {
  const { source, resumed } = input;
  const checksum = findSourceChecksum(context, source);
  // A resumed upload computes what it was created with.
  const asksForChecksum = checksum !== undefined && (resumed === undefined || resumed.checksumType === checksum.type);
  return copyOrBeginAnew(context, { ...input, checksum, asksForChecksum });
}

async function copyOrBeginAnew(context: CopyContext, input: MultipartInput): Promise<FinishedMultipart> {
  const { reporter } = context;
  let partsCopied = 0;
  const part: CopyReporter['part'] = (event) => {
    partsCopied++;
    reporter.part(event);
  };
  try {
    return await copyMultipart({ ...context, reporter: { ...reporter, part } }, input);
  } catch (error) {
    if (!(error instanceof PartFailedError || isStoreError(error))) throw error;
    const cause = error instanceof PartFailedError ? error.cause : error;
    const { resumed, checksum } = input;
    if (!isStoreError(cause) || resumed?.isReplaceable === false) throw error;
    const isFalse = cause instanceof FalseChecksumError;
    // Parts that are there prove that the store takes them.
    if (!isFalse && (partsCopied > 0 || (resumed?.parts.length ?? 0) > 0)) throw error;
    const withoutChecksum = isFalse || (input.asksForChecksum && isRefusal(cause));
    if (withoutChecksum) {
      const how = `the store ${isFalse ? 'computes it wrongly' : 'refused it'}: ${error.message}`;
      if (context.options.preserve.checksum === true) throw checksumNotPreserved(how, error);
      const algorithm = checksum?.algorithm ?? 'a checksum';
      reporter.warning('CHECKSUM_NOT_PRESERVED', `Copied without ${algorithm}, as ${how}`);
    } else if (resumed !== undefined && isGoneUpload(cause)) {
      reporter.warning(
        'CHECKPOINT_DISCARDED',
        `The checkpoint was not used, the copy starts afresh: upload ${resumed.uploadId} does not exist any more`,
      );
    } else if (!lacksPartCopy(cause)) {
      throw error;
    }
    // What may still be there must not be forgotten for the sake of another one.
    if (error.uploadId !== undefined && !(await abortOrWarn(context, error.uploadId))) throw error;
    input.record.dropped();
    if (!withoutChecksum && lacksPartCopy(cause)) throw new NoPartCopyError(context, cause);
    return copyOrBeginAnew(context, {
      ...input,
      resumed: undefined,
      lostBefore: undefined,
      asksForChecksum: checksum !== undefined && !withoutChecksum,
      // What this store computes proves nothing, so nothing is compared with it.
      checksum: isFalse ? undefined : checksum,
    });
  }
}

/** The caller demanded the checksum. An upload that was kept is still named. */
function checksumNotPreserved(how: string, { uploadId, cause }: PartFailedError | StoreError): CopyError {
  const error = new CopyError(`Cannot preserve the checksum (option 'preserve.checksum') as ${how}`, { cause });
  if (uploadId !== undefined) error.uploadId = uploadId;
  return error;
}

/** The store copies whole objects only: Storj, Mega, gofakes3 and the XML interface of Google Cloud have no UploadPartCopy. */
export class NoPartCopyError extends CopyError {
  constructor({ options, source }: CopyContext, cause: StoreError) {
    const { name, limits } = options.store;
    super(
      `Cannot copy ${source.name} in parts as store '${name}' has no part copy (UploadPartCopy): ${cause.message}; a single copy ` +
        `(CopyObject) takes up to ${formatBytes(limits.maxCopyObjectSize)}: raise multipartThreshold up to it, and if this store ` +
        'takes more, limits.maxCopyObjectSize',
      { cause },
    );
  }
}

function lacksPartCopy(error: StoreError): boolean {
  const { operation, statusCode = 0, message } = error;
  if (operation !== 'copyPart') return false;
  // gofakes3 takes the request for a part's own bytes, and misses these: 411.
  if (isUnsupported(error) || statusCode === 405 || statusCode === 411) return true;
  return statusCode === 400 && /not (?:supported|implemented|allowed)|unsupported/i.test(message);
}

/** Codes under which a store may refuse a checksum: MinIO's is InvalidArgument. */
const CHECKSUM_REFUSALS: ReadonlySet<string | undefined> = new Set([
  'BadRequest',
  'InvalidArgument',
  'InvalidRequest',
  undefined,
]);

/** A part, or the Create itself, that the store refuses for good, perhaps because of the checksum. */
function isRefusal({ operation, statusCode, vendorCode }: StoreError): boolean {
  const isEarly = operation === 'createMultipartUpload' || operation === 'copyPart';
  return isEarly && (statusCode === 501 || (statusCode === 400 && CHECKSUM_REFUSALS.has(vendorCode)));
}

/** NoSuchKey to a part is about the source. */
function isGoneUpload(error: StoreError): boolean {
  return error.operation === 'copyPart' && saysUploadIsGone(error) && error.vendorCode === 'NoSuchUpload';
}
