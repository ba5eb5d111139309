import { CopyError } from '../../errors.ts';
import type { PartRange } from '../../plan/part-range.ts';
import type { CopyPartRequest, SourceLocation } from '../../store/copy-store.ts';
import { isStoreError, type StoreError } from '../../store/store-error.ts';
import { type BoundStore, describeObject } from '../bound-store.ts';
import type { CopyContext } from '../copy-context.ts';
import type { LostParts } from './lost-parts.ts';
import type { UnansweredParts } from './unanswered-parts.ts';

/**
 * What a second decoding would turn into something else, a percent escape or a version query inside the key; and a percent sign
 * that begins no escape: the second decoding of that ends Ceph RGW 16's process (seen with 16.2.15).
 */
const MISREADABLE = /%|\?versionId=/i;

export interface PartSource {
  readonly location: SourceLocation;
  /** Whether it is by the condition on the source's ETag that parts can't take another object's bytes, so that it must stay. */
  readonly keepsPin: boolean;
}

/**
 * Finds out how to name the source of a part. Ceph RGW 16 decodes the copy source of a part twice, so that `a%2Fb` would take the
 * bytes of `a/b`. For keys to which that makes a difference, the first part is copied once from a key that is escaped once more: a
 * store that decodes once has no such object and answers 404; one that decodes twice finds the right one, and then all parts are
 * named that way. (Only the last byte is asked for, and the part is copied again under its own number, so nothing of the probe remains.)
 *
 * @param probe - the part to copy that way
 * @param lost - looks for it if its answer is lost
 * @throws CopyError if an object with the escaped name exists, or may exist
 * @see https://tracker.ceph.com/issues/22121
 */
export async function resolvePartSource(
  context: CopyContext,
  request: Omit<CopyPartRequest, 'partNumber' | 'source' | 'start' | 'end'>,
  probe: PartRange,
  lost: LostParts,
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
  const { partNumber, start, end } = probe;
  const copyOnce = async (attempt: number): Promise<void> => {
    const startedAt = performance.now();
    try {
      await store.copyPart({ ...request, partNumber, start, end, source: escaped, signal, attempt });
    } catch (error) {
      unanswered.note(error, startedAt);
      lost.note(probe, error, performance.now() - startedAt, false);
      if ((await lost.find(probe, error, undefined, signal)) === undefined) throw error;
    }
  };
  try {
    await runner.run('copyPart', copyOnce, { signal });
  } catch (error) {
    if (!isStoreError(error) || error.retryable) throw error;
    // A condition that doesn't hold: it found an object that isn't the source, or knows no condition. Either way a part can take no
    // other's bytes while the condition stays.
    if (error.statusCode === 412) return { location: source, keepsPin: true };
    // Nothing there, or an object that is shorter than the source: a store that decodes twice would have found the source itself.
    if (SAYS_OTHER.has(error.statusCode ?? 0) || isBadRange(error)) return { location: source, keepsPin: false };
    throw error;
  }
  // It was found: by a store that decodes twice, if only the escaped key names nothing else where the parts are copied.
  const twin = context.source.with({ location: other });
  for (const at of store === sourceStore ? [sourceStore] : [sourceStore, store]) {
    const lookedUp = await lookUp(twin.with({ store: at }), signal);
    if (lookedUp === 'found') throw refuse('exists too');
    if (lookedUp === 'unknown') throw refuse('may exist too, which the store does not tell');
  }
  return { location: escaped, keepsPin: true };
}

/** No such key; also if it is a 403, as without the permission to list. */
const SAYS_OTHER: ReadonlySet<number> = new Set([403, 404, 416]);

/** What stores answer to a range beyond the end: InvalidRange, and AWS InvalidArgument. */
function isBadRange({ vendorCode }: StoreError): boolean {
  return vendorCode === 'InvalidRange' || vendorCode === 'InvalidArgument';
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
