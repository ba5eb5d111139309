import { CopyError, SourceNotFoundError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { describeObject, sourceHeadRequest } from './source-request.ts';

/**
 * Reads the source's size, ETag and properties.
 *
 * @throws SourceNotFoundError where it doesn't exist (or the store doesn't let on), CopyError where it is archived, StoreError otherwise
 */
export async function inspectSource(context: CopyContext): Promise<HeadObjectResult> {
  const { options, clock } = context;
  const name = describeObject(options.source);
  let head: HeadObjectResult;
  try {
    head = await headWithChecksums(context);
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) {
      throw new SourceNotFoundError(`Cannot copy ${name} as it does not exist in store '${options.sourceStore.name}'`, {
        cause: error,
      });
    }
    throw error;
  }
  if (isSameStore(options)) clock.observe(head.serverTime);
  if (!Number.isSafeInteger(head.size) || head.size < 0) {
    throw new CopyError(`Cannot copy ${name} as the store gave its size as ${head.size}`);
  }
  if (head.archived === true) {
    throw new CopyError(
      `Cannot copy ${name} as it is archived (storage class ${head.properties.storageClass ?? 'unknown'}): restore it first`,
    );
  }
  return head;
}

/** Asks for checksums too, unless that is refused: for objects under KMS it needs another permission than HEAD itself. */
async function headWithChecksums(context: CopyContext): Promise<HeadObjectResult> {
  const { options, runner, signal } = context;
  const head = (checksums: boolean): Promise<HeadObjectResult> =>
    runner.run(
      'headObject',
      () => options.sourceStore.headObject({ ...sourceHeadRequest(context), ...(checksums ? { checksums } : {}) }),
      { signal },
    );
  try {
    return await head(true);
  } catch (error) {
    const isRefused = isStoreError(error) && [400, 403, 501].includes(error.statusCode ?? 0);
    if (isRefused) return head(false);
    throw error;
  }
}

/** Another store's clock says nothing of the one that is written to; other credentials for the same endpoint are the same store. */
function isSameStore({ store, sourceStore }: CopyContext['options']): boolean {
  const endpoint = store.traits?.endpoint;
  return sourceStore === store || (endpoint !== undefined && sourceStore.traits?.endpoint === endpoint);
}
