import { CopyError, messageOf, SourceChangedError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { describeObject, sourceHeadRequest } from './source-request.ts';

/**
 * Reads the source again and compares it with what the copy was planned for. Stores may ignore `copy-source-if-match` on parts
 * (Ceph RGW does), so nothing is completed before the source was seen unchanged after its last byte was read.
 *
 * @param known `written`: what is known of the destination where it was written already, or may have been; `cause`: why it is read again
 * @throws SourceChangedError where it was replaced or deleted
 */
export async function assertSourceUnchanged(
  context: CopyContext,
  planned: HeadObjectResult,
  { written, cause }: { readonly written?: string | undefined; readonly cause?: unknown } = {},
): Promise<void> {
  const { options, runner, signal } = context;
  const { versionId } = options.source;
  // A version never changes, but for the null version: where versioning is suspended, each write replaces it.
  if (versionId !== undefined && versionId !== 'null') return;
  const name = describeObject(options.source);
  const changed = (how: string, reason: unknown): SourceChangedError =>
    new SourceChangedError(`${name} ${how}; ${written ?? 'the destination is as it was'}`, {
      destinationWritten: written !== undefined,
      ...(reason === undefined ? {} : { cause: reason }),
    });
  let now: HeadObjectResult;
  try {
    now = await runner.run('headObject', () => options.sourceStore.headObject(sourceHeadRequest(context)), { signal });
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) {
      throw changed('was deleted while it was being copied', error);
    }
    throw error;
  }
  const difference = describeDifference(planned, now);
  if (difference !== undefined) throw changed(`changed while it was being copied (${difference})`, cause);
}

/**
 * Makes sure that `store`, which reads the bytes, sees the same object under the source's name as `sourceStore`, by which the copy
 * was planned. To be called before a condition that the store has refused is left out: it may be all that kept another
 * installation's object of the same name from being copied.
 *
 * @throws CopyError where it sees another object, or can't be asked
 */
export async function assertStoreSeesSource(context: CopyContext, planned: HeadObjectResult): Promise<void> {
  const { options, runner, signal } = context;
  const { store, sourceStore } = options;
  const endpoint = store.traits?.endpoint;
  if (store === sourceStore || (endpoint !== undefined && endpoint === sourceStore.traits?.endpoint)) return;
  const name = describeObject(options.source);
  const refuse = (what: string, cause?: { readonly cause: unknown }): CopyError =>
    new CopyError(
      `Cannot copy ${name} as 'sourceStore' and 'store' differ over it: the one says ${planned.size} bytes with ETag ` +
        `${planned.etag ?? 'none'}, the other refuses that (412) and ${what}; the destination is as it was`,
      cause,
    );
  let seen: HeadObjectResult;
  try {
    seen = await runner.run('headObject', () => store.headObject(sourceHeadRequest(context)), { signal });
  } catch (error) {
    if (!isStoreError(error)) throw error;
    throw refuse(`can't read it: ${messageOf(error)}`, { cause: error });
  }
  if (seen.etag !== planned.etag || seen.size !== planned.size) {
    throw refuse(`says ${seen.size} bytes with ETag ${seen.etag ?? 'none'}`);
  }
}

function describeDifference(planned: HeadObjectResult, now: HeadObjectResult): string | undefined {
  if (planned.size !== now.size) return `size ${planned.size}, now ${now.size}`;
  if (planned.etag !== now.etag) return `ETag ${planned.etag ?? 'none'}, now ${now.etag ?? 'none'}`;
  // Replaced by another object and put back again: parts read in between would be the other one's.
  if (planned.lastModified?.getTime() !== now.lastModified?.getTime()) {
    return `last modified ${planned.lastModified?.toISOString() ?? 'never'}, now ${now.lastModified?.toISOString() ?? 'never'}`;
  }
  return undefined;
}
