import { CopyError } from '../errors.ts';
import type { ObjectProperties } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { describeObject } from './source-request.ts';

const MOST_WRITES = 3;

/**
 * Looks whether the finished object has its tags, and sets them where the store lost them on the way (Ceph RGW ignores the tags of
 * a Create). The object is there and stays, whatever becomes of its tags.
 *
 * @throws CopyError where tags were asked for and can't be set
 */
export async function settleTags(
  context: CopyContext,
  { tags }: ObjectProperties,
  finished: FinishedCopy,
): Promise<void> {
  const { options, runner, reporter } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  if (tags === undefined || Object.keys(tags).length === 0) return;
  const read = store.getObjectTagging?.bind(store);
  const write = store.putObjectTagging?.bind(store);
  if (write === undefined) return;
  const request = { ...destination, requestPayer, expectedBucketOwner };
  // Who may write tags need not be allowed to read them: then they are written in any case.
  const readOrNothing = async (): Promise<Readonly<Record<string, string>> | undefined> => {
    try {
      return read === undefined ? undefined : await runner.run('getObjectTagging', () => read(request));
    } catch (error) {
      if (isStoreError(error) && !error.retryable) return undefined;
      throw error;
    }
  };
  const fail = (reason: string, cause?: StoreError): void => {
    const what = `${describeObject(destination)} was copied (ETag ${finished.etag}), but its tags could not be set: ${reason}`;
    if (options.preserve.tags === true || options.overrides.tags !== undefined) {
      throw new CopyError(what, { destinationWritten: true, ...(cause === undefined ? {} : { cause }) });
    }
    reporter.warning('TAGS_NOT_PRESERVED', what);
  };
  try {
    // The answer to a write is a 200 without a body, which a proxy can give as well: only reading tells.
    for (let writes = 0; writes <= MOST_WRITES; writes++) {
      const found = await readOrNothing();
      if (found === undefined ? writes > 0 : sameTags(found, tags)) return;
      if (writes < MOST_WRITES) await runner.run('putObjectTagging', () => write({ ...request, tags }));
    }
  } catch (error) {
    if (!isStoreError(error)) throw error;
    return fail(error.message, error);
  }
  fail(`the store took them ${MOST_WRITES} times, but doesn't have them`);
}

function sameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
