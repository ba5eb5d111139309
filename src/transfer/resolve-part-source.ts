import { CopyError } from '../errors.ts';
import type { PartRange } from '../plan/part-range.ts';
import type { CopyPartRequest, SourceLocation } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { describeObject } from './source-request.ts';
import type { UnansweredParts } from './unanswered-parts.ts';

/**
 * What a second decoding would turn into something else, a percent escape or a version query inside the key; and a percent sign
 * that begins no escape: the second decoding of that ends Ceph RGW 16's process (seen with 16.2.15).
 */
const MISREADABLE = /%|\?versionId=/i;

/**
 * Finds out how to name the source of a part. Ceph RGW 16 decodes the copy source of a part twice, so that `a%2Fb` would take the
 * bytes of `a/b`. For keys where that makes a difference, the first part is copied once from a key that is escaped once more: a
 * store that decodes once has no such object and answers 404; one that decodes twice finds the right one, and then all parts are
 * named that way. (The part is copied again under its own number, so nothing of the probe remains.)
 *
 * @throws CopyError where an object with the escaped name exists, so that it can't be told
 * @see https://tracker.ceph.com/issues/22121
 */
export async function resolvePartSource(
  context: CopyContext,
  request: Omit<CopyPartRequest, 'partNumber' | 'source' | 'start' | 'end'>,
  firstPart: PartRange,
  unanswered: UnansweredParts,
): Promise<SourceLocation> {
  const { options, runner, signal } = context;
  const { source, store, sourceStore } = options;
  if (!MISREADABLE.test(source.key)) return source;
  const escaped: SourceLocation = { ...source, key: source.key.replace(/[%?]/g, encodeURIComponent) };
  const { versionId: _, ...current } = escaped;
  if (await exists(() => runner.run('headObject', () => sourceStore.headObject({ ...current, signal }), { signal }))) {
    throw new CopyError(
      `Cannot copy ${describeObject(source)} in parts as ${describeObject(current)} exists too, and some stores confuse the two: ` +
        'raise multipartThreshold so that a single copy is used, or rename one of them',
    );
  }
  const { partNumber, start, end } = firstPart;
  const { sourceIfMatch: _match, sourceIfUnmodifiedSince: _since, ...probe } = request;
  const copyOnce = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      await store.copyPart({ ...probe, partNumber, start, end, source: escaped, signal });
    } catch (error) {
      unanswered.note(error, startedAt);
      throw error;
    }
  };
  const readsTwice = await exists(() => runner.run('copyPart', copyOnce, { signal }));
  return readsTwice ? escaped : source;
}

async function exists(request: () => Promise<unknown>): Promise<boolean> {
  try {
    await request();
    return true;
  } catch (error) {
    // Without the permission to list, S3 answers 403 for what doesn't exist. The source itself may be read, so a 403 isn't it.
    if (isStoreError(error) && (error.statusCode === 404 || error.statusCode === 403)) return false;
    throw error;
  }
}
