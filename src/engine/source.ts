import { isDeepStrictEqual } from 'node:util';
import { CopyError, messageOf, SourceChangedError, SourceNotFoundError } from '../errors.ts';
import type { HeadObjectResult, ObjectProperties, SourceConditions } from '../store/copy-store.ts';
import { isSameStore } from '../store/same-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { assertFileSystemHas } from './file-system.ts';
import { isNotFound } from './gone.ts';
import type { CopyContext } from './copy-context.ts';

export type ObjectIdentity = Pick<HeadObjectResult, 'size' | 'etag' | 'lastModified'>;

/** The condition on the source: its ETag; the date if it has none, which can't tell two writes of one second apart. */
export function pinSource({ options }: CopyContext, { etag, lastModified }: HeadObjectResult): SourceConditions {
  if (etag === undefined) return lastModified === undefined ? {} : { sourceIfUnmodifiedSince: lastModified };
  return options.store.traits?.sendsSourceIfMatch === false ? {} : { sourceIfMatch: etag };
}

/**
 * Reads the source's size, ETag and properties.
 *
 * @throws SourceNotFoundError if it doesn't exist (or the store doesn't let on), CopyError if it is archived, StoreError otherwise
 */
export async function inspectSource(context: CopyContext): Promise<HeadObjectResult> {
  const { options, source, clock, optional, reporter, signal } = context;
  const { store, name } = source;
  let head: HeadObjectResult;
  try {
    head =
      context.knownSource ?? (await source.headOrThrow({ checksums: options.preserve.checksum !== false, signal }));
  } catch (error) {
    if (isStoreError(error)) await assertFileSystemHas(context);
    // S3 answers 405 to the HEAD of a version that is a delete marker.
    const isMarker = isStoreError(error) && error.statusCode === 405 && options.source.versionId !== undefined;
    if (isMarker) throw sourceIsMarker(name, error);
    if (!isNotFound(error)) throw optional.explain(error);
    throw new SourceNotFoundError(`Cannot copy ${name} as it does not exist in store '${store.name}'`, {
      cause: error,
    });
  }
  const { versionId } = options.source;
  if (versionId !== undefined && head.versionId !== versionId) await assertFileSystemHas(context);
  assertAsGiven(context, head);
  if (head.deleteMarker === true) throw sourceIsMarker(name);
  // Another store's clock says nothing of the one that is written to.
  if (isSameStore(options.store, store)) clock.observe(head.serverTime);
  if (!Number.isSafeInteger(head.size) || head.size < 0) {
    throw new CopyError(`Cannot copy ${name} as the store gave its size as ${head.size}`);
  }
  if (head.archived === true) {
    const storageClass = head.properties.storageClass ?? 'unknown';
    throw new CopyError(`Cannot copy ${name} as it is archived (storage class ${storageClass}): restore it first`);
  }
  const missing = head.missingMetadata ?? 0;
  if (missing > 0 && options.preserve.metadata !== false && options.overrides.metadata === undefined) {
    const what = `${missing} entries of its metadata can't be read by headers`;
    if (options.preserve.metadata === true) throw new CopyError(`Cannot preserve the metadata of ${name} as ${what}`);
    reporter.warning('PROPERTIES_DIFFER', `${name} is copied without some of its metadata: ${what}`);
  }
  if (head.etag === undefined && isReplaceable(options.source.versionId)) {
    reporter.warning(
      'SOURCE_PIN_WEAK',
      `${name} has no ETag: if it is replaced within one second while it is copied, that may not be seen`,
    );
  }
  return head;
}

/** @throws SourceChangedError unless the source is what the caller says of it */
function assertAsGiven({ options: { known }, source }: CopyContext, head: HeadObjectResult): void {
  const difference = known && describeChange({ ...known, lastModified: undefined }, head);
  if (difference !== undefined) throw new SourceChangedError(`${source.name} ${notAsGiven(difference)}; ${UNTOUCHED}`);
}

const UNTOUCHED = 'the destination is as it was';
const notAsGiven = (difference: string): string => `isn't what option 'source' says (${difference})`;

function sourceIsMarker(name: string, cause?: StoreError): SourceNotFoundError {
  const text = `Cannot copy ${name} as it is a delete marker, not an object: name another version`;
  return new SourceNotFoundError(text, { cause });
}

/**
 * How an object differs from what it was; undefined if it is the same. An ETag that only one side knows says nothing. The date counts
 * in any case: an object that was replaced and put back may have been another one in between.
 */
export function describeChange(then: ObjectIdentity, now: ObjectIdentity): string | undefined {
  if (then.size !== now.size) return `size ${then.size}, now ${now.size}`;
  if (then.etag !== undefined && now.etag !== undefined && then.etag !== now.etag) {
    return `ETag ${then.etag}, now ${now.etag}`;
  }
  // Nobody has asked for the date of one that is known by its ETag alone.
  if (then.etag !== undefined && then.lastModified === undefined) return undefined;
  const [before, after] = [then.lastModified, now.lastModified].map((date) => date?.toISOString() ?? 'never');
  return before === after ? undefined : `last modified ${before}, now ${after}`;
}

/** What HEAD tells of an object besides, for one that has no ETag. Its class may be changed by the store itself. */
function describeOtherChange(then: HeadObjectResult, now: HeadObjectResult): string | undefined {
  if (then.versionId !== now.versionId) return `version ${then.versionId ?? 'none'}, now ${now.versionId ?? 'none'}`;
  const shown = ({ properties }: HeadObjectResult): ObjectProperties => ({ ...properties, storageClass: undefined });
  if (!isDeepStrictEqual(shown(then), shown(now))) return 'other properties';
  const algorithm = Object.keys(then.checksums ?? {}).find((name) => now.checksums?.[name] !== then.checksums?.[name]);
  return algorithm === undefined || now.checksums === undefined ? undefined : `another ${algorithm}`;
}

/** A version never changes, but for the null version: while versioning is suspended, each write replaces it. */
function isReplaceable(versionId: string | undefined): boolean {
  return versionId === undefined || versionId === 'null';
}

/** Why the source is read again, and what is known of the destination by then. */
export interface SourceLook {
  /** What is known of the destination, if it was written already, or may have been. */
  readonly written?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Reads the source again and compares it with what the copy was planned for. Stores may ignore `copy-source-if-match` on parts
 * (Ceph RGW does), so nothing is completed before the source was seen unchanged after its last byte was read.
 * Gives what it has read, unless a version of the source can't change.
 *
 * @throws SourceChangedError if it was replaced or deleted
 */
export async function assertSourceUnchanged(
  { options, source, signal, knownSource }: Pick<CopyContext, 'options' | 'source' | 'signal' | 'knownSource'>,
  planned: HeadObjectResult,
  { written, cause }: SourceLook = {},
): Promise<HeadObjectResult | undefined> {
  const isGiven = planned === knownSource;
  if (!isReplaceable(options.source.versionId) && !isGiven) return undefined;
  const changed = (how: string, reason: unknown): SourceChangedError =>
    new SourceChangedError(`${source.name} ${how}; ${written ?? UNTOUCHED}`, {
      destinationWritten: written !== undefined,
      cause: reason,
    });
  const hasEtag = planned.etag !== undefined;
  const checksums = isGiven ? options.preserve.checksum !== false : !hasEtag && planned.checksums !== undefined;
  const now = await source.headOrThrow({ signal, ...(checksums ? { checksums } : {}) }).catch((error: unknown) => {
    throw isNotFound(error) ? changed('was deleted while it was being copied', error) : error;
  });
  const difference = describeChange(planned, now) ?? (hasEtag ? undefined : describeOtherChange(planned, now));
  if (difference === undefined) return now;
  throw changed(isGiven ? notAsGiven(difference) : `changed while it was being copied (${difference})`, cause);
}

/**
 * Makes sure that the store which reads the bytes sees the same object under the source's name as `sourceStore`, by which the copy
 * was planned. To be called before a condition that the store has refused is left out: it may be all that kept another
 * installation's object of the same name from being copied.
 *
 * @throws CopyError if it sees another object, or can't be asked
 */
export async function assertStoreSeesSource(
  { options, source, signal }: CopyContext,
  planned: HeadObjectResult,
): Promise<void> {
  const { store, sourceStore } = options;
  if (isSameStore(store, sourceStore)) return;
  const refuse = (what: string, cause?: unknown): CopyError =>
    new CopyError(
      `Cannot copy ${source.name} as 'sourceStore' and 'store' differ over it: the one says ${planned.size} bytes with ETag ` +
        `${planned.etag ?? 'none'}, the other refuses that (412) and ${what}; the destination is as it was`,
      { cause },
    );
  const seen = await source
    .with({ store })
    .headOrThrow({ signal })
    .catch((error: unknown) => {
      throw isStoreError(error) ? refuse(`can't read it: ${messageOf(error)}`, error) : error;
    });
  if (seen.etag !== planned.etag || seen.size !== planned.size) {
    throw refuse(`says ${seen.size} bytes with ETag ${seen.etag ?? 'none'}`);
  }
}

/**
 * Makes what looks whether the source has changed, once for all parts that fail together; what was seen before a failure says nothing.
 * It throws the same SourceChangedError for all of them.
 */
export function watchSource(context: CopyContext, planned: HeadObjectResult): (cause: unknown) => Promise<void> {
  let looking: Promise<void> | undefined;
  let changed: SourceChangedError | undefined;
  const look = async (cause: unknown): Promise<void> => {
    try {
      await assertSourceUnchanged(context, planned, { cause });
    } catch (error) {
      if (error instanceof SourceChangedError) changed = error;
      throw error;
    } finally {
      looking = undefined;
    }
  };
  return async (cause) => {
    if (changed !== undefined) throw changed;
    // One that is under way may have been answered already when this part failed.
    await looking;
    await (looking ??= look(cause));
  };
}
