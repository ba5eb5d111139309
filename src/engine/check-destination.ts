import { CopyOptionsError, DestinationExistsError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { describeObject, destinationHeadRequest, isOntoItself } from './source-request.ts';

/**
 * Looks at the destination where `ifExists` asks for it. Returns the object that is there, to be skipped; undefined where the copy
 * may go on.
 *
 * @throws DestinationExistsError with `ifExists: 'fail'`
 */
export async function checkDestination(
  context: CopyContext,
  source: HeadObjectResult,
): Promise<HeadObjectResult | undefined> {
  const { options, runner, signal } = context;
  if (options.ifExists === 'overwrite') return undefined;
  let head: HeadObjectResult;
  try {
    head = await runner.run(
      'headObject',
      () => options.store.headObject({ ...destinationHeadRequest(context), signal }),
      { signal },
    );
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) return undefined;
    throw error;
  }
  if (options.ifExists === 'skip') return head;
  throw new DestinationExistsError(
    `${describeObject(options.destination)} exists already (${head.size} bytes; the source has ${source.size}), and ifExists is 'fail'`,
  );
}

/**
 * Copying an object onto itself is pointless, unless that changes its properties, its encryption or its version: the way to give
 * new metadata to an object that is too large for a single copy.
 *
 * @throws CopyOptionsError
 */
export function assertNotOntoItself({ options }: Pick<CopyContext, 'options'>): void {
  const { source, destination, overrides, sse } = options;
  if (!isOntoItself({ options })) return;
  if (source.versionId !== undefined || sse !== undefined || Object.keys(overrides).length > 0) return;
  if (options.sourceSse !== undefined || Object.values(options.preserve).includes(false)) return;
  throw new CopyOptionsError(
    `Options 'source' and 'destination' name the same object (${describeObject(destination)}): change the key, or set properties of the destination to change them in place`,
  );
}
