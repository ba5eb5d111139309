import { CompleteFailedError, CopyError, PartFailedError } from '../errors.ts';
import { formatBytes } from '../plan/byte-size.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { abortOrWarn } from './abort.ts';
import type { CopyContext } from './copy-context.ts';
import type { CopyReporter } from './copy-reporter.ts';
import { makePlan } from './make-plan.ts';
import { isRemembered, remember } from './optional-headers.ts';
import { PartCutOffError } from './parts/part-failure.ts';
import { FalseChecksumError, findSourceChecksum, type SourceChecksum } from './source-checksum.ts';
import { mayMeanGone, refusesAsGone } from './gone.ts';
import { lacksPartCopy, NoPartCopyError } from './missing-calls.ts';
import { copyMultipart, type FinishedMultipart, type MultipartInput } from './multipart.ts';

/** What is remembered of a store that answers a part with the checksum of its whole source. */
const FALSE_CHECKSUMS = 'false checksums';

/** Parts are halved at most so often. */
const MOST_HALVINGS = 2;

/** A copy is begun anew at most so often because others write to its key. */
const MOST_CONFLICTS = 2;

/**
 * Copies in parts, and begins once more if it turns out that the copy can't go as it was begun:
 *
 * - the store was asked for the source's checksum: MinIO takes such a Create and then refuses to copy parts into the upload; versitygw
 *   answers the whole source's checksum for each part
 * - an upload of an earlier run was resumed: stores that list nothing for an upload that is gone don't say so until a part comes
 * - a gateway cuts parts of this size off
 * - somebody else writes to the key while a conditional Complete comes: S3 wants another upload then
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function copyInParts(
  context: CopyContext,
  input: Omit<MultipartInput, 'checksum' | 'asksForChecksum'>,
): Promise<FinishedMultipart> {
  const { source, resumed } = input;
  const found = findSourceChecksum(context, source);
  // A resumed upload computes what it was created with.
  const wasAsked = resumed?.checksumType !== undefined;
  const isFalse = !wasAsked && isRemembered(context.options.store, FALSE_CHECKSUMS);
  const isRefused = !wasAsked && context.optional.isRefused('checksum');
  if (found !== undefined && isFalse) dropChecksum(context, found, 'the store computes it wrongly');
  else if (found !== undefined && isRefused) dropChecksum(context, found, 'the store refused it before');
  const checksum = isFalse ? undefined : found;
  const mayAsk = resumed === undefined ? !isRefused : resumed.checksumType === checksum?.type;
  const asksForChecksum = checksum !== undefined && mayAsk;
  const left = { halvings: MOST_HALVINGS, conflicts: MOST_CONFLICTS };
  return copyOrBeginAnew(context, { ...input, checksum, asksForChecksum }, left);
}

async function copyOrBeginAnew(
  context: CopyContext,
  input: MultipartInput,
  left: { readonly halvings: number; readonly conflicts: number },
): Promise<FinishedMultipart> {
  const { reporter } = context;
  let partsCopied = 0;
  const part: CopyReporter['part'] = (size, attempts, describe) => {
    partsCopied++;
    reporter.part(size, attempts, describe);
  };
  try {
    return await copyMultipart({ ...context, reporter: { ...reporter, part } }, input);
  } catch (error) {
    if (!(error instanceof PartFailedError || error instanceof CompleteFailedError || isStoreError(error))) throw error;
    const cause = isStoreError(error) ? error : error.cause;
    const { resumed } = input;
    if (!isStoreError(cause) || resumed?.isReplaceable === false) throw error;
    const isUntouched = partsCopied === 0 && (resumed?.parts.length ?? 0) === 0;
    const anew = await findNewBeginning(context, input, error, cause, left, isUntouched);
    const lacksParts = anew === undefined && isUntouched && lacksPartCopy(cause);
    if (anew === undefined && !lacksParts) throw error;
    // What could not be aborted right after the failure was warned of then.
    const isLeft =
      error.uploadId !== undefined &&
      (error.abortError !== undefined ||
        !(await abortOrWarn(context, error.uploadId, undefined, refusesAsGone(error))));
    // One that may hold parts must not be forgotten for the sake of another one; one that is gone may be refused again.
    const isEmpty = lacksParts || anew?.reason === 'checksum refused';
    if (isLeft && !isEmpty && anew?.reason !== 'gone') throw error;
    input.record.isLeft = isLeft && lacksParts;
    if (anew === undefined) throw new NoPartCopyError(context, cause);
    const { plan = input.plan, reason } = anew;
    if (reason === 'cut off') {
      input.record.replanned?.(plan.parts);
      reporter.plan(plan);
    }
    if (reason === 'conflict') {
      const attempt = MOST_CONFLICTS - left.conflicts + 1;
      reporter.retry({ operation: 'completeMultipartUpload', attempt, delayMs: 0, error: cause });
    }
    const finished = await copyOrBeginAnew(
      // Parts that were all copied were counted once.
      reason === 'conflict' ? { ...context, reporter: { ...reporter, part: () => undefined } } : context,
      { ...input, ...anew.input, plan, resumed: undefined, lostBefore: undefined },
      {
        halvings: left.halvings - Number(reason === 'cut off'),
        conflicts: left.conflicts - Number(reason === 'conflict'),
      },
    );
    if (reason === 'checksum refused') context.optional.refused('checksum', cause);
    return finished;
  }
}

interface NewBeginning {
  readonly reason: 'conflict' | 'cut off' | 'checksum refused' | 'checksum false' | 'gone';
  readonly plan?: CopyPlan;
  readonly input?: Pick<MultipartInput, 'asksForChecksum' | 'checksum'>;
}

/** Finds out whether the copy can go if it is begun anew, and emits a warning that says how. Parts that are there prove that the store takes them. */
async function findNewBeginning(
  context: CopyContext,
  input: MultipartInput,
  error: PartFailedError | CompleteFailedError | StoreError,
  cause: StoreError,
  left: { readonly halvings: number; readonly conflicts: number },
  isUntouched: boolean,
): Promise<NewBeginning | undefined> {
  const { reporter } = context;
  const { checksum, resumed } = input;
  if (error instanceof CompleteFailedError) {
    const isConflict = error.outcome === 'failed' && cause.vendorCode === 'ConditionalRequestConflict';
    return isConflict && left.conflicts > 0 ? { reason: 'conflict' } : undefined;
  }
  // What this store computes proves nothing, so nothing is compared with it.
  if (cause instanceof FalseChecksumError) {
    remember(context.options.store, FALSE_CHECKSUMS);
    dropChecksum(context, checksum, 'the store computes it wrongly', error);
    return { reason: 'checksum false', input: { asksForChecksum: false, checksum: undefined } };
  }
  if (!isUntouched) return undefined;
  const plan = error instanceof PartCutOffError && left.halvings > 0 ? await halveParts(context, input) : undefined;
  if (plan !== undefined) {
    const sizes = [input.plan, plan].map(({ partSize }) => formatBytes(partSize));
    reporter.warning('PARTS_MADE_SMALLER', `Parts of ${sizes[0]} are now parts of ${sizes[1]}: ${error.message}`);
    return { reason: 'cut off', plan };
  }
  if (input.asksForChecksum && isRefusal(cause)) {
    dropChecksum(context, checksum, 'the store refused it', error);
    return { reason: 'checksum refused', input: { asksForChecksum: false, checksum } };
  }
  if (resumed === undefined || !(await isGoneUpload(context, resumed.uploadId, cause))) return undefined;
  const text = `The checkpoint was not used, the copy starts afresh: upload ${resumed.uploadId} does not exist any more`;
  reporter.warning('CHECKPOINT_DISCARDED', text);
  return { reason: 'gone', input: { asksForChecksum: checksum !== undefined, checksum } };
}

/** @throws CopyError if the caller demanded the checksum; an upload that was kept is still named */
function dropChecksum(
  { options, reporter }: CopyContext,
  checksum: SourceChecksum | undefined,
  how: string,
  error?: PartFailedError | StoreError,
): void {
  const why = error === undefined ? how : `${how}: ${error.message}`;
  if (options.preserve.checksum === true) {
    const what = `Cannot preserve the checksum (option 'preserve.checksum') as ${why}`;
    throw new CopyError(what, { cause: error?.cause, uploadId: error?.uploadId });
  }
  reporter.warning('CHECKSUM_NOT_PRESERVED', `Copied without ${checksum?.algorithm ?? 'a checksum'}, as ${why}`);
}

/** The same plan with parts of half the size; undefined if the caller named the size, or the store takes none that small. */
async function halveParts(context: CopyContext, { source, plan }: MultipartInput): Promise<CopyPlan | undefined> {
  const { options } = context;
  const partSize = Math.ceil(plan.partSize / 2);
  if (options.partSize !== 'auto' || partSize < options.store.limits.minPartSize) return undefined;
  const halved = await makePlan({ ...context, options: { ...options, partSize } }, source, undefined);
  return halved.partSize < plan.partSize ? halved : undefined;
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
