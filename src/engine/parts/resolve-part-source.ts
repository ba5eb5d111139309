import { CopyError } from '../../errors.ts';
import type { PartRange } from '../../plan/part-range.ts';
import type { CopyPartRequest, CopyStore, SourceLocation } from '../../store/copy-store.ts';
import { isStoreError } from '../../store/store-error.ts';
import type { CopyContext } from '../copy-context.ts';
import { describeObject, sourceHeadRequest } from '../source-request.ts';
import type { UnansweredParts } from './unanswered-parts.ts';

/**
 * What a second decoding would turn into something else, a percent escape or a version query inside the key; and a percent sign
 * that begins no escape: the second decoding of that ends Ceph RGW 16's process (seen with 16.2.15).
 */
const MISREADABLE = /%|\?versionId=/i;

/** How parts name their source. */
export interface PartSource {
  readonly location: SourceLocation;
  /** Whether it is by the condition on the source's ETag that parts can't take another object's bytes, so that it must stay. */
  readonly keepsPin: boolean;
}

/**
 * Finds out how to name the source of a part. Ceph RGW 16 decodes the copy source of a part twice, so that `a%2Fb` would take the
 * bytes of `a/b`. For keys where that makes a difference, the first part is copied once from a key that is escaped once more: a
 * store that decodes once has no such object and answers 404; one that decodes twice finds the right one, and then all parts are
 * named that way. (The part is copied again under its own number, so nothing of the probe remains.)
 *
 * @throws CopyError where an object with the escaped name exists, or may exist, so that it can't be told
 * @see https://tracker.ceph.com/issues/22121
 */
export async function resolvePartSource(
  context: CopyContext,
  request: Omit<CopyPartRequest, 'partNumber' | 'source' | 'start' | 'end'>,
  firstPart: PartRange,
  unanswered: UnansweredParts,
): Promise<PartSource> {
  const { options, runner, signal } = context;
  const { source, store, sourceStore } = options;
  if (!MISREADABLE.test(source.key)) return { location: source, keepsPin: false };
  const escaped: SourceLocation = { ...source, key: source.key.replace(/[%?]/g, encodeURIComponent) };
  const { versionId, ...current } = escaped;
  // A version has an id of its own in its bucket, but for the null version: every key may have one, also behind a delete marker.
  const other = versionId === 'null' ? escaped : current;
  const refuse = (what: string): CopyError =>
    new CopyError(
      `Cannot copy ${describeObject(source)} in parts as ${describeObject(other)} ${what}, and some stores confuse the two: ` +
        'raise multipartThreshold so that a single copy is used, or rename one of them',
    );
  const lookedUp = await lookUp(context, sourceStore, other);
  if (lookedUp === 'found') throw refuse('exists too');
  const { partNumber, start, end } = firstPart;
  const copyOnce = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      await store.copyPart({ ...request, partNumber, start, end, source: escaped, signal });
    } catch (error) {
      unanswered.note(error, startedAt);
      throw error;
    }
  };
  try {
    await runner.run('copyPart', copyOnce, { signal });
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return { location: source, keepsPin: false };
    // It found an object that isn't the source, or knows no condition that holds: either way a part can take no other's bytes
    // while the condition stays.
    if (isStoreError(error) && error.statusCode === 412) return { location: source, keepsPin: true };
    throw error;
  }
  // It was found: by a store that decodes twice, if only the escaped key names nothing else where the parts are copied.
  const nothingElse = lookedUp === 'missing' && (await isMissingIn(context, store, other));
  if (!nothingElse) throw refuse('may exist too, which the store does not tell');
  return { location: escaped, keepsPin: true };
}

async function isMissingIn(context: CopyContext, store: CopyStore, location: SourceLocation): Promise<boolean> {
  return store === context.options.sourceStore || (await lookUp(context, store, location)) === 'missing';
}

/** Looks for an object; `unknown` where that isn't answered. */
async function lookUp(
  context: CopyContext,
  store: CopyStore,
  location: SourceLocation,
): Promise<'found' | 'missing' | 'unknown'> {
  const { runner, signal } = context;
  const { versionId: _, ...request } = sourceHeadRequest(context);
  try {
    await runner.run('headObject', () => store.headObject({ ...request, ...location }), { signal });
    return 'found';
  } catch (error) {
    if (isMissing(error)) return 'missing';
    // Without the permission to list, S3 answers 403 for what doesn't exist.
    if (isStoreError(error) && !error.retryable) return 'unknown';
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return isStoreError(error) && error.statusCode === 404;
}

function isForbidden(error: unknown): boolean {
  return isStoreError(error) && error.statusCode === 403;
}
