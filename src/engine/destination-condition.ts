import { DestinationExistsError, SourceChangedError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { memoryOf } from '../store/server-memory.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { type CopyContext, isOntoItself } from './copy-context.ts';

/** What the destination must be like in the moment in which it is written. */
export interface DestinationCondition {
  readonly header: 'if-none-match' | 'if-match';
  readonly fields: { readonly ifNoneMatch: '*' } | { readonly ifMatch: string };
  /** The ETag that the object there must have; undefined: there must be none. */
  readonly etag: string | undefined;
}

/** The condition of a copy, if it has one. Written onto itself, an object must still be the one that was read. */
export function findCondition(
  { options }: Pick<CopyContext, 'options'>,
  source: HeadObjectResult,
): DestinationCondition | undefined {
  const { ifExists } = options;
  if (typeof ifExists === 'object') return mustMatch(ifExists.etag);
  if (ifExists !== 'overwrite') return { header: 'if-none-match', fields: { ifNoneMatch: '*' }, etag: undefined };
  const isSame = isOntoItself(options) && options.source.versionId === undefined;
  return isSame && source.etag !== undefined ? mustMatch(source.etag) : undefined;
}

function mustMatch(etag: string): DestinationCondition {
  return { header: 'if-match', fields: { ifMatch: etag }, etag };
}

export function isMet({ etag }: DestinationCondition, head: HeadObjectResult | undefined): boolean {
  return head?.etag === etag && (etag !== undefined || head === undefined);
}

/** What HEAD can do in place of a condition. @throws DestinationExistsError, SourceChangedError */
export async function assertMet(
  context: CopyContext,
  condition: DestinationCondition,
  cause?: StoreError,
): Promise<void> {
  if (!isMet(condition, await context.destination.head())) throw conditionError(context, condition, cause);
}

/** Whether a request was refused because its condition doesn't hold, as HEAD shows. */
export async function isBroken(
  context: CopyContext,
  condition: DestinationCondition,
  { statusCode, vendorCode }: StoreError,
): Promise<boolean> {
  // AWS S3 says the other while somebody else's write to the key is under way, of which nobody knows yet how it ends.
  const isGone = statusCode === 404 && vendorCode === 'NoSuchKey' && condition.etag !== undefined;
  if (statusCode !== 412 && vendorCode !== 'ConditionalRequestConflict' && !isGone) return false;
  try {
    const isShown = !isMet(condition, await context.destination.head());
    if (isShown && statusCode === 412) memoryOf(context.options.store).conditions = 'obeyed';
    return isShown;
  } catch (error) {
    if (isStoreError(error)) return statusCode === 412;
    throw error;
  }
}

export function conditionError(
  { options, destination }: CopyContext,
  { etag }: DestinationCondition,
  cause?: StoreError,
): DestinationExistsError | SourceChangedError {
  const { name } = destination;
  if (options.ifExists === 'overwrite') {
    const text = `${name} changed while it was being copied onto itself: its ETag was ${etag ?? 'unknown'}`;
    return new SourceChangedError(`${text}; it is as the change left it`, { cause });
  }
  const text =
    typeof options.ifExists === 'object'
      ? `${name} is not the object with ETag ${options.ifExists.etag}, which ifExists names`
      : `${name} came into being during the copy, and ifExists is '${options.ifExists}'`;
  return new DestinationExistsError(text, { cause });
}
