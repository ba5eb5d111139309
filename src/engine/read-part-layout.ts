import { CopyOptionsError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';

/** A HEAD is far cheaper than the copy of the part it asks about, but there may be 10,000 of them. */
const HEADS_IN_FLIGHT = 8;

/**
 * Reads the sizes of the source's own parts by `HEAD ?partNumber=n`; undefined for an object that was not made in parts.
 * Each is asked for: parts that look equal from both ends need not be so between, and a wrong guess would come out only when all is
 * copied.
 *
 * @throws CopyOptionsError if the store can't tell
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function readPartLayout(
  context: CopyContext,
  head: HeadObjectResult,
): Promise<readonly number[] | undefined> {
  const { options, source, signal } = context;
  const { name } = source;
  if (head.etag !== undefined && !head.etag.includes('-')) return undefined;
  const headPart = (partNumber: number): Promise<HeadObjectResult> => source.headOrThrow({ partNumber, signal });
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
  const { maxParts } = options.store.limits;
  if (count > maxParts) {
    throw new CopyOptionsError(
      `Option 'partSize' can't be 'source' as ${name} has ${count} parts, and store '${options.store.name}' takes at most ${maxParts}: ` +
        'give a size, or leave it out',
    );
  }
  const sizes: number[] = [first.size];
  let next = 2;
  const readSizes = async (): Promise<void> => {
    while (next <= count) {
      const partNumber = next++;
      try {
        sizes[partNumber - 1] = (await headPart(partNumber)).size;
      } catch (error) {
        // No further part is asked about.
        next = count + 1;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: HEADS_IN_FLIGHT }, readSizes));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return sizes;
}

function cannotTell(name: string, store: string, cause?: unknown): CopyOptionsError {
  return new CopyOptionsError(
    `Option 'partSize' can't be 'source' as store '${store}' doesn't tell the parts of ${name}: give a size, or leave it out`,
    { cause },
  );
}
