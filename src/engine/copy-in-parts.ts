import { CopyError, PartFailedError } from '../errors.ts';
import { formatBytes } from '../plan/byte-size.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { abortOrWarn } from './abort.ts';
import type { CopyContext } from './copy-context.ts';
import type { CopyReporter } from './copy-reporter.ts';
import { makePlan } from './make-plan.ts';
import { PartCutOffError } from './parts/part-failure.ts';
import { findSourceChecksum, type SourceChecksum } from './source-checksum.ts';
import { mayMeanGone } from './bound-store.ts';
import { isUnsupported } from './optional-headers.ts';
import { copyMultipart, type FinishedMultipart, type MultipartInput } from './multipart.ts';

/** Parts are halved at most so often. */
const MOST_HALVINGS = 2;

/**
 * Copies in parts, and begins once more where that turns out, before any part is copied, not to go:
 *
 * - the store was asked for the source's checksum: MinIO takes such a Create and then refuses to copy parts into the upload
 * - an upload of an earlier run was gone on with: stores that list nothing for an upload that is gone don't say so until a part comes
 * - a gateway cuts parts off, and their size was the library's choice: they are halved, and the new plan is emitted
 */
export function copyInParts(
  context: CopyContext,
  input: Omit<MultipartInput, 'checksum' | 'asksForChecksum'>,
): Promise<FinishedMultipart> {
  const { source, resumed } = input;
  const checksum = findSourceChecksum(source, context.options.partSize === 'source');
  // A resumed upload computes what it was created with.
  const isRefused = resumed === undefined && context.optional.isRefused('checksum');
  if (checksum !== undefined && isRefused) warnOfChecksum(context, checksum, 'as the store refused it before');
  const mayAsk = resumed === undefined ? !isRefused : resumed.checksumType === checksum?.type;
  const asksForChecksum = checksum !== undefined && mayAsk;
  return copyOrBeginAnew(context, { ...input, checksum, asksForChecksum }, MOST_HALVINGS);
}

async function copyOrBeginAnew(
  context: CopyContext,
  input: MultipartInput,
  halvings: number,
): Promise<FinishedMultipart> {
  const { reporter } = context;
  let partsCopied = 0;
  const part: CopyReporter['part'] = (event) => {
    partsCopied++;
    reporter.part(event);
  };
  try {
    return await copyMultipart({ ...context, reporter: { ...reporter, part } }, input);
  } catch (error) {
    // Parts that are there prove that the store takes them.
    if (
      partsCopied > 0 ||
      (input.resumed?.parts.length ?? 0) > 0 ||
      !(error instanceof PartFailedError || isStoreError(error))
    )
      throw error;
    const cause = error instanceof PartFailedError ? error.cause : error;
    const { resumed, checksum } = input;
    if (!isStoreError(cause) || resumed?.isReplaceable === false) throw error;
    const halved = error instanceof PartCutOffError && halvings > 0 ? await halveParts(context, input) : undefined;
    const withoutChecksum = input.asksForChecksum && isRefusal(cause);
    const isGone = resumed !== undefined && (await isGoneUpload(context, resumed.uploadId, cause));
    if (halved !== undefined) {
      const sizes = [input.plan, halved].map(({ partSize }) => formatBytes(partSize));
      reporter.warning('PARTS_MADE_SMALLER', `Parts of ${sizes[0]} are now parts of ${sizes[1]}: ${error.message}`);
    } else if (withoutChecksum) {
      warnOfChecksum(context, checksum, `as the store refused it: ${error.message}`);
    } else if (isGone) {
      reporter.warning(
        'CHECKPOINT_DISCARDED',
        `The checkpoint was not used, the copy starts afresh: upload ${resumed?.uploadId ?? ''} does not exist any more`,
      );
    } else if (!lacksPartCopy(cause)) {
      throw error;
    }
    // What may still be there must not be forgotten for the sake of another one; one that is gone may be refused again.
    if (error.uploadId !== undefined && !(await abortOrWarn(context, error.uploadId)) && !isGone) throw error;
    input.record.dropped();
    if (!withoutChecksum && halved === undefined && lacksPartCopy(cause)) throw new NoPartCopyError(context, cause);
    const plan = halved ?? input.plan;
    if (halved !== undefined) {
      input.record.replanned(halved.parts);
      reporter.plan(halved);
    }
    const asksForChecksum = halved === undefined ? checksum !== undefined && !withoutChecksum : input.asksForChecksum;
    const finished = await copyOrBeginAnew(
      context,
      { ...input, plan, resumed: undefined, lostBefore: undefined, asksForChecksum },
      halved === undefined ? halvings : halvings - 1,
    );
    if (withoutChecksum && halved === undefined) context.optional.refused('checksum', cause);
    return finished;
  }
}

function warnOfChecksum({ reporter }: CopyContext, checksum: SourceChecksum | undefined, why: string): void {
  reporter.warning('CHECKSUM_NOT_PRESERVED', `Copied without ${checksum?.algorithm ?? 'a checksum'}, ${why}`);
}

/** The same plan with parts of half the size; undefined if the caller named the size, or the store takes none that small. */
async function halveParts(context: CopyContext, { source, plan }: MultipartInput): Promise<CopyPlan | undefined> {
  const { options } = context;
  const partSize = Math.ceil(plan.partSize / 2);
  if (options.partSize !== 'auto' || partSize < options.store.limits.minPartSize) return undefined;
  const halved = await makePlan({ ...context, options: { ...options, partSize } }, source, undefined);
  return halved.partSize < plan.partSize ? halved : undefined;
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

/**
 * Whether the upload that a part was refused for is gone. If nobody may list the uploads, another one is begun in any case: what a store
 * refuses for another reason, it refuses there as well.
 */
async function isGoneUpload({ destination }: CopyContext, uploadId: string, error: StoreError): Promise<boolean> {
  if (error.operation !== 'copyPart' || !mayMeanGone(error)) return false;
  if (error.vendorCode === 'NoSuchUpload') return true;
  const listed = await destination.findUpload(uploadId);
  return listed === undefined || listed === 'unlisted';
}
