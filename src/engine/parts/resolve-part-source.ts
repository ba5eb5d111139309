import { CopyError } from '../../errors.ts';
import type { PartRange } from '../../plan/part-range.ts';
import type { CopyPartRequest, SourceLocation } from '../../store/copy-store.ts';
import { isStoreError } from '../../store/store-error.ts';
import { type BoundStore, describeObject, isNotFound } from '../bound-store.ts';
import type { CopyContext } from '../copy-context.ts';
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
  const twin = context.source.with({ location: other });
  const lookedUp = await lookUp(twin, signal);
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
    if (isNotFound(error) || isForbidden(error)) return { location: source, keepsPin: false };
    // It found an object that isn't the source, or knows no condition that holds: either way a part can take no other's bytes
    // while the condition stays.
    if (isStoreError(error) && error.statusCode === 412) return { location: source, keepsPin: true };
    throw error;
  }
  // It was found: by a store that decodes twice, if only the escaped key names nothing else where the parts are copied.
  const nothingElse =
    lookedUp === 'missing' && (store === sourceStore || (await lookUp(twin.with({ store }), signal)) === 'missing');
  if (!nothingElse) throw refuse('may exist too, which the store does not tell');
  return { location: escaped, keepsPin: true };
}

/** Looks for an object; `unknown` if that isn't answered. */
async function lookUp(object: BoundStore, signal: AbortSignal): Promise<'found' | 'missing' | 'unknown'> {
  try {
    return (await object.head({ signal })) === undefined ? 'missing' : 'found';
  } catch (error) {
    // Without the permission to list, S3 answers 403 for what doesn't exist.
    if (isStoreError(error) && !error.retryable) return 'unknown';
    throw error;
  }
}

function isForbidden(error: unknown): boolean {
  return isStoreError(error) && error.statusCode === 403;
}
