import { CopyError } from '../errors.ts';
import { readPages } from '../request/pages.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { has } from '../store/server-memory.ts';
import { isStoreError } from '../store/store-error.ts';
import type { BoundStore } from './bound-store.ts';
import type { CopyContext } from './copy-context.ts';
import type { FinishedCopy } from './verify.ts';

/** Annotations are copied so many at a time. */
const AT_ONCE = 8;

/** Why a copy can have no annotations; undefined if it can. */
function findObstacle({ options }: CopyContext): string | undefined {
  if (isDirectoryBucket(options.destination.bucket)) return 'a directory bucket has none';
  return options.sse?.type === 'SSE-C' ? 'an object under a customer’s key has none' : undefined;
}

export function excludesAnnotations(context: CopyContext): boolean {
  const { preserve, store } = context.options;
  return preserve.annotations === false || (findObstacle(context) !== undefined && has(store, 'annotations'));
}

/**
 * The names of the source's annotations, if they are to be carried over. CopyObject carries them by itself, so a single copy reads them
 * only if they must be there. Left to us, only a store that is known to have annotations is asked: others take it for a read of the object.
 *
 * @throws CopyError if they must be carried over and can't be read or written
 */
export async function listAnnotations(context: CopyContext, isSingle: boolean): Promise<readonly string[]> {
  const { options, source, reporter, signal } = context;
  const must = options.preserve.annotations === true;
  const isAsked = must || (options.preserve.annotations === undefined && !isSingle && has(source.store, 'annotations'));
  if (!isAsked || options.sourceSse !== undefined || isDirectoryBucket(options.source.bucket)) return [];
  const lose = (reason: string, cause?: unknown): readonly string[] => {
    const what = `the annotations of ${source.name}`;
    if (must) throw new CopyError(`Cannot preserve ${what}: ${reason}`, { cause });
    reporter.warning('ANNOTATIONS_NOT_PRESERVED', `Copied without ${what}: ${reason}`);
    return [];
  };
  try {
    const names = await namesOf(source, signal);
    const obstacle = names.length === 0 ? undefined : findObstacle(context);
    return obstacle === undefined ? names : lose(obstacle);
  } catch (error) {
    if (!isStoreError(error)) throw error;
    return lose(`they can't be read: ${error.message}`, error);
  }
}

/**
 * Writes what the copy lacks of them, to the version that was copied: a multipart copy inherits none. The object is there and stays.
 *
 * @throws CopyError if they must be there, and aren't
 */
export async function settleAnnotations(
  context: CopyContext,
  names: readonly string[],
  finished: FinishedCopy,
  isSingle: boolean,
): Promise<void> {
  if (names.length === 0 || finished.isReplaced) return;
  const { options, source, reporter, destination } = context;
  const { etag, seenVersion } = finished;
  const copy = seenVersion === undefined ? destination : destination.version(seenVersion);
  const missing = new Set(names);
  try {
    if (isSingle) for (const name of await namesOf(copy)) missing.delete(name);
    const waiting = [...missing];
    const copyNext = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const text = (await source.call('getAnnotation', { name })) ?? '';
        await copy.call('putAnnotation', { name, text, objectIfMatch: etag === '' ? undefined : etag });
        missing.delete(name);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, copyNext));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    const what = `${destination.name} was copied (ETag ${etag}), but lacks ${missing.size} of ${names.length} annotations: ${error.message}`;
    if (options.preserve.annotations === true) throw new CopyError(what, { destinationWritten: true, cause: error });
    reporter.warning('ANNOTATIONS_NOT_PRESERVED', what);
  }
}

async function namesOf(object: BoundStore, signal?: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  const pages = readPages(
    'listAnnotations',
    (continuationToken?: string) => object.call('listAnnotations', { continuationToken }, signal),
    (page, token) => (page?.continuationToken === token ? undefined : page?.continuationToken),
  );
  for await (const page of pages) names.push(...(page?.names ?? []));
  return names;
}
