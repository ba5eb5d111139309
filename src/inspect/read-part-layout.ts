import { CopyOptionsError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from '../transfer/copy-context.ts';
import { describeObject, sourceHeadRequest } from '../transfer/source-request.ts';

/**
 * Reads the sizes of the source's own parts by `HEAD ?partNumber=n`; undefined for an object that was not made in parts.
 * When first, second and last part fit a uniform layout of the whole, the parts between are not asked one by one: the ETag of the
 * copy proves the guess in the end.
 *
 * @throws CopyOptionsError where the store can't tell
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function readPartLayout(
  context: CopyContext,
  head: HeadObjectResult,
): Promise<readonly number[] | undefined> {
  const { options, runner, signal } = context;
  const name = describeObject(options.source);
  if (head.etag !== undefined && !head.etag.includes('-')) return undefined;
  const headPart = (partNumber: number): Promise<HeadObjectResult> =>
    runner.run('headObject', () => options.sourceStore.headObject({ ...sourceHeadRequest(context), partNumber }), {
      signal,
    });
  let first: HeadObjectResult;
  try {
    first = await headPart(1);
  } catch (error) {
    if (isStoreError(error) && !error.retryable) throw cannotTell(name, options.sourceStore.name, error);
    throw error;
  }
  const count = first.partsCount;
  if (count === undefined || (count > 1 && first.size >= head.size)) throw cannotTell(name, options.sourceStore.name);
  if (count === 1) return [head.size];
  const last = await headPart(count);
  if (count > 2 && first.size * (count - 1) + last.size === head.size && (await headPart(2)).size === first.size) {
    return [...Array.from<number>({ length: count - 1 }).fill(first.size), last.size];
  }
  const sizes = [first.size];
  for (let partNumber = 2; partNumber < count; partNumber++) sizes.push((await headPart(partNumber)).size);
  sizes.push(last.size);
  return sizes;
}

function cannotTell(name: string, store: string, cause?: unknown): CopyOptionsError {
  return new CopyOptionsError(
    `Option 'partSize' can't be 'source' as store '${store}' doesn't tell the parts of ${name}: give a size, or leave it out`,
    cause === undefined ? {} : { cause },
  );
}
