import { fileCheckpointStore } from '../resume/file-checkpoint-store.ts';
import type { CopyOptions } from '../options/copy-options.ts';
import { CopyOptionsError } from '../errors.ts';
import { createLimiter } from '../request/limiter.ts';
import { formatObjectUrl, type ObjectUrl, parseObjectAddress } from './object-url.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { openStore, type StoreFlags } from './open-store.ts';

/** The options of `copy` and `plan`, as they were parsed. */
export interface CopyFlags
  extends
    StoreFlags,
    Pick<
      CopyOptions,
      'concurrency' | 'partSize' | 'multipartThreshold' | 'ifExists' | 'verify' | 'resume' | 'onFailure'
    >,
    Pick<CopyOptions, 'preserve' | 'hedge'>,
    Pick<CopyOptions['destination'], 'metadata' | 'contentType' | 'storageClass' | 'acl'> {
  readonly sourceEndpoint?: string;
  readonly sourceRegion?: string;
  readonly sourceVersionId?: string;
  readonly ifEtag?: string;
  readonly checkpoint?: string;
  readonly tag?: Readonly<Record<string, string>>;
  readonly limitRps?: number;
}

/** A copy as it was asked for. */
export interface AskedCopy {
  readonly source: ObjectUrl;
  readonly destination: ObjectUrl;
  readonly options: CopyOptions;
}

/**
 * Turns two addresses and the flags into the options of a copy.
 *
 * @throws CopyOptionsError if they don't go together
 */
export function readCopyFlags(sourceText: string, destinationText: string, flags: CopyFlags): AskedCopy {
  const source = parseObjectAddress(sourceText);
  const destination = parseObjectAddress(destinationText, source);
  if (source.scheme !== destination.scheme) {
    throw new CopyOptionsError(
      `Cannot copy ${formatObjectUrl(source)} to ${formatObjectUrl(destination)} as a store copies only within itself: use the same scheme for both`,
    );
  }
  const options: CopyOptions = {
    store: openStore(destination.scheme, flags),
    sourceStore: openSourceStore(source.scheme, flags),
    source: { bucket: source.bucket, key: source.key, versionId: flags.sourceVersionId },
    destination: {
      bucket: destination.bucket,
      key: destination.key,
      contentType: flags.contentType,
      metadata: flags.metadata,
      storageClass: flags.storageClass,
      acl: flags.acl,
      tags: flags.tag,
    },
    concurrency: flags.concurrency,
    partSize: flags.partSize,
    multipartThreshold: flags.multipartThreshold,
    ifExists: flags.ifEtag === undefined ? flags.ifExists : { etag: flags.ifEtag },
    verify: flags.verify,
    checkpoint: flags.checkpoint === undefined ? undefined : fileCheckpointStore(flags.checkpoint),
    resume: flags.resume,
    onFailure: flags.onFailure,
    preserve: flags.preserve,
    limiter: flags.limitRps === undefined ? undefined : createLimiter({ maxRequestsPerSecond: flags.limitRps }),
    hedge: flags.hedge,
  };
  return { source, destination, options };
}

/** `undefined`: the source is where the destination is. */
function openSourceStore(scheme: ObjectUrl['scheme'], flags: CopyFlags): CopyStore | undefined {
  const { sourceEndpoint, sourceRegion } = flags;
  if (sourceEndpoint === undefined && sourceRegion === undefined) return undefined;
  // An endpoint of its own tells its region, too.
  const { region: _, endpoint, ...others } = flags;
  return openStore(scheme, {
    ...others,
    ...(sourceEndpoint === undefined && endpoint === undefined
      ? {}
      : { endpoint: (sourceEndpoint ?? endpoint) as string }),
    ...(sourceRegion === undefined ? {} : { region: sourceRegion }),
  });
}
