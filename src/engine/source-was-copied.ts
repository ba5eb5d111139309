import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { type CopyContext, isOntoItself } from './copy-context.ts';
import { assertSourceUnchanged } from './source.ts';

const WRITTEN_ALL_THE_SAME = 'the destination was written all the same, and may be a copy of the other object';

/**
 * Reads the source again once the copy is made, whatever the caller's signal says: the copy can't be called back.
 *
 * @throws SourceChangedError if it is another one
 */
export async function assertSourceWasCopied(
  context: CopyContext,
  source: HeadObjectResult,
): Promise<HeadObjectResult | undefined> {
  // If it was written onto itself, what is there now is the copy.
  if (isOntoItself(context.options)) return undefined;
  const uncancelled = { ...context, signal: new AbortController().signal };
  return assertSourceUnchanged(uncancelled, source, { written: WRITTEN_ALL_THE_SAME });
}

/** The same, but being unable to look is a warning. */
export async function warnUnlessSourceWasCopied(
  context: CopyContext,
  source: HeadObjectResult,
): Promise<HeadObjectResult | undefined> {
  try {
    return await assertSourceWasCopied(context, source);
  } catch (error) {
    if (!isStoreError(error)) throw error;
    context.reporter.warning(
      'SOURCE_NOT_SEEN',
      `Whether ${context.source.name} changed while it was being copied could not be seen: ${error.message}`,
    );
    return undefined;
  }
}
