import { CopyError } from '../errors.ts';
import { isHuawei } from '../store/etag-formula.ts';
import { memoryOf } from '../store/server-memory.ts';
import { ignoreStoreError } from '../store/store-error.ts';
import type { BoundStore } from './bound-store.ts';
import type { CopyContext } from './copy-context.ts';

const PAGE = 'https://support.huaweicloud.com/intl/en-us/usermanual-obs/obs_13_0009.html';

/**
 * Refuses a copy to a parallel file system of OBS that asks for what these don't have. Only HEAD of the bucket shows what it is, so it
 * is sent if a copy asks for any of that.
 *
 * @throws CopyError
 * @see https://support.huaweicloud.com/intl/en-us/usermanual-obs/obs_13_0009.html
 */
export async function assertFileSystemTakes({ options, destination }: CopyContext, ofSource?: string): Promise<void> {
  const { overrides, preserve, sse } = options;
  const storageClass = overrides.storageClass ?? (preserve.storageClass === true ? ofSource : undefined);
  const wishes: Readonly<Record<string, boolean>> = {
    "'//' in its keys: use one slash in destination.key": options.destination.key.includes('//'),
    'server-side encryption: leave out destination.sse': sse !== undefined,
    'storage class DEEP_ARCHIVE: choose another destination.storageClass': storageClass === 'DEEP_ARCHIVE',
    'static website hosting: leave out destination.websiteRedirectLocation':
      overrides.websiteRedirectLocation !== undefined,
  };
  const wish = Object.keys(wishes).find((name) => wishes[name]);
  if (wish !== undefined) await refuseFileSystem(destination, 'to', wish);
}

/**
 * Refuses a version, or an encrypted source, of a parallel file system.
 *
 * @throws CopyError
 */
export async function assertFileSystemHas({ options, source }: CopyContext): Promise<void> {
  if (options.source.versionId !== undefined)
    await refuseFileSystem(source, '', 'versions: leave out source.versionId');
  if (options.sourceSse !== undefined)
    await refuseFileSystem(source, '', 'server-side encryption: leave out source.sse');
}

async function refuseFileSystem(object: BoundStore, direction: string, lack: string): Promise<void> {
  const { bucket } = object.address;
  if (!(await isFileSystem(object))) return;
  throw new CopyError(
    `Cannot copy ${direction}${direction && ' '}${object.name} as bucket ${bucket} is a parallel file system, which has no ${lack} (${PAGE})`,
  );
}

/** What can't be found out is for the store to say. */
async function isFileSystem(object: BoundStore): Promise<boolean> {
  const { store, address } = object;
  const { plainBuckets = new Set() } = memoryOf(store);
  // OBS alone has them.
  const mayBe = store.traits?.dialect === 'obs' || isHuawei(store);
  if (!mayBe || plainBuckets.has(address.bucket)) return false;
  const description = await object.describeBucket().catch(ignoreStoreError);
  if (description?.isFileSystem === false) memoryOf(store).plainBuckets = plainBuckets.add(address.bucket);
  return description?.isFileSystem === true;
}
