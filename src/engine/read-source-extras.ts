import { CopyError } from '../errors.ts';
import type { HeadObjectResult, ObjectGrants } from '../store/copy-store.ts';
import { lacksCall } from '../store/classify-failure.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { EVERYONE } from '../store/grants.ts';
import { ignoreStoreError, isStoreError, type StoreError } from '../store/store-error.ts';
import type { SourceExtras } from './carry-properties.ts';
import type { CopyContext } from './copy-context.ts';

/**
 * Reads the source's tags and grants if they are to be carried over. What must be carried (`true`) and can't be read fails here,
 * before anything is copied; what was left to us becomes a warning.
 */
export async function readSourceExtras(context: CopyContext, head: HeadObjectResult): Promise<SourceExtras> {
  return { tags: await readTags(context, head), ...(await readAcl(context)) };
}

async function readTags(
  { options, source, reporter, signal }: CopyContext,
  { tagCount = 0 }: HeadObjectResult,
): Promise<SourceExtras['tags']> {
  const must = options.preserve.tags === true;
  if (options.preserve.tags === false || options.overrides.tags !== undefined) return undefined;
  if (isDirectoryBucket(options.source.bucket)) return {};
  if (source.store.getObjectTagging === undefined) {
    if (must) throw new CopyError(`Cannot preserve tags as store '${source.store.name}' can't read them`);
    if (tagCount > 0) {
      const what = `${tagCount} tags of ${source.name}, which store '${source.store.name}' can't read`;
      reporter.warning('TAGS_NOT_PRESERVED', `Copied without ${what}`);
    }
    return undefined;
  }
  const lose = (why: string, cause?: StoreError): undefined => {
    if (must) throw new CopyError(`Cannot preserve tags as ${why}`, { cause });
    reporter.warning('TAGS_NOT_PRESERVED', `Copied without tags, as ${why}`);
  };
  if (isDirectoryBucket(options.destination.bucket)) {
    const tags = await source.call('getObjectTagging', {}, signal).catch(ignoreStoreError);
    if (tags !== undefined && Object.keys(tags).length === 0) return {};
    return lose('a directory bucket has no tags');
  }
  try {
    return await source.call('getObjectTagging', {}, signal);
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // What OBS answers for an object without tags.
    if (error.vendorCode?.startsWith('NoSuchTag') === true) return {};
    // A store without tags: its objects have none, unless HEAD has counted some.
    if (!must && tagCount === 0 && lacksCall(error)) return {};
    return lose(`the tags of ${source.name} can't be read: ${error.message}`, error);
  }
}

async function readAcl({ options, source, signal }: CopyContext): Promise<Pick<SourceExtras, 'acl' | 'grants'>> {
  const { preserve, overrides, store } = options;
  if (preserve.acl !== true || overrides.acl !== undefined || overrides.grants !== undefined) return {};
  if (source.store.getObjectAcl === undefined) {
    throw new CopyError(`Cannot preserve the ACL as store '${source.store.name}' can't read it`);
  }
  const acl = await source.call('getObjectAcl', {}, signal).catch((error: unknown) => {
    if (!isStoreError(error)) throw error;
    const what = `Cannot preserve the ACL as that of ${source.name} can't be read: ${error.message}`;
    throw new CopyError(what, { cause: error });
  });
  const { grants = {} } = acl ?? {};
  return store.traits?.dialect === 'obs' ? forObs(grants, source.name) : { grants };
}

/**
 * The grant headers of OBS name accounts only, so that everyone can be let in by a canned ACL alone.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0080.html
 */
function forObs(grants: ObjectGrants, name: string): Pick<SourceExtras, 'acl' | 'grants'> {
  const isEveryone = (grantee: string | undefined): boolean => grantee?.includes(EVERYONE) === true;
  if (!Object.values(grants).some(isEveryone)) return { grants };
  const { read, readAcp, writeAcp, fullControl } = grants;
  // The owner has full control by any canned ACL.
  const isPublicRead = read === `uri="${EVERYONE}"` && readAcp === undefined && writeAcp === undefined;
  if (isPublicRead && fullControl?.includes(',') !== true) return { acl: 'public-read' };
  throw new CopyError(
    `Cannot preserve the ACL of ${name} as OBS has no grant to everyone beside others in a request: set destination.acl or destination.grants`,
  );
}
