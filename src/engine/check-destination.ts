import { CopyOptionsError, DestinationExistsError } from '../errors.ts';
import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import { ServerClock } from '../request/server-clock.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isSameStore } from '../store/same-store.ts';
import { describeObject } from './bound-store.ts';
import { type CopyContext, isOntoItself } from './copy-context.ts';
import { assertFileSystemTakes } from './file-system.ts';
import { conditionError, findCondition, isMet } from './destination-condition.ts';
import { isSame } from './same-object.ts';
import { assertNoTwin } from './key-twins.ts';

/**
 * Looks at the destination if `ifExists` asks for it, or another key's object may be replaced. Returns the object that is there, to be
 * skipped; undefined if the copy may go on.
 *
 * @throws DestinationExistsError with `ifExists: 'fail'`, or if the object isn't the one that `ifExists` names
 * @throws CopyError if the store takes the key for another one that has an object, or the bucket can't hold what is asked for
 */
export async function checkDestination(
  context: CopyContext,
  source: HeadObjectResult,
): Promise<HeadObjectResult | undefined> {
  const { options, destination, signal } = context;
  await assertFileSystemTakes(context, source.properties.storageClass);
  if (options.ifExists === 'overwrite') {
    const same = options.skipsSame ? await destination.head({ signal }) : undefined;
    if (same !== undefined && isSame(source, same, aheadOfSource(context, source, same))) return same;
    await assertNoTwin(context, source);
    return undefined;
  }
  const head = await destination.head({ signal });
  const condition = findCondition(context, source);
  if (typeof options.ifExists === 'object' && condition !== undefined) {
    if (isMet(condition, head)) return undefined;
    throw conditionError(context, condition);
  }
  if (head === undefined || options.ifExists === 'skip') return head;
  throw new DestinationExistsError(
    `${destination.name} exists already (${head.size} bytes; the source has ${source.size}), and ifExists is 'fail'`,
  );
}

/** How far the clock of the destination's store is ahead of the source's. */
function aheadOfSource({ options, clock }: CopyContext, source: HeadObjectResult, same: HeadObjectResult): number {
  if (isSameStore(options.store, options.sourceStore)) return 0;
  const other = new ServerClock();
  other.observe(source.serverTime);
  clock.observe(same.serverTime);
  return clock.aheadOf(other);
}

/**
 * Copying an object onto itself is pointless, unless that changes its properties, its encryption or its version: the way to give
 * new metadata to an object that is too large for a single copy.
 *
 * @throws CopyOptionsError
 */
export function assertNotOntoItself(options: NormalizedCopyOptions): void {
  const { source, destination, overrides, sse, sourceSse, preserve } = options;
  if (!isOntoItself(options)) return;
  const changesVersion = source.versionId !== undefined || sse !== undefined || sourceSse !== undefined;
  if (changesVersion || Object.keys(overrides).length > 0 || Object.values(preserve).includes(false)) return;
  throw new CopyOptionsError(
    `Options 'source' and 'destination' name the same object (${describeObject(destination)}): change the key, or set properties of the destination to change them in place`,
  );
}
