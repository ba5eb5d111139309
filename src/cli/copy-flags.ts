import { fileCheckpointStore } from '../resume/file-checkpoint-store.ts';
import type { CopyOptions } from '../options/copy-options.ts';
import { CopyOptionsError } from '../errors.ts';
import { createLimiter } from '../request/limiter.ts';
import { formatObjectUrl, type ObjectUrl, parseObjectAddress } from './object-url.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { openStore, type StoreFlags } from './open-store.ts';

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

export interface AskedCopy {
  readonly source: ObjectUrl;
  readonly destination: ObjectUrl;
  readonly options: CopyOptions;
}

/** Turns two addresses and the flags into the options of a copy. @throws CopyOptionsError if they don't go together */
export function readCopyFlags(sourceText: string, destinationText: string, flags: CopyFlags): AskedCopy {
  const source = parseObjectAddress(sourceText);
  const destination = parseObjectAddress(destinationText, source);
  if (source.scheme !== destination.scheme) {
    throw new CopyOptionsError(
      `Cannot copy ${formatObjectUrl(source)} to ${formatObjectUrl(destination)} as a store copies only within itself: use the same scheme for both`,
    );
  }
  const { concurrency, partSize, multipartThreshold, verify, resume, onFailure, preserve, hedge } = flags;
  const ifExists = flags.ifEtag === undefined ? flags.ifExists : { etag: flags.ifEtag };
  const { contentType, metadata, storageClass, acl, tag: tags, checkpoint, limitRps } = flags;
  const asGiven = { concurrency, partSize, multipartThreshold, ifExists, verify, resume, onFailure, preserve, hedge };
  const options: CopyOptions = {
    store: openStore(destination.scheme, flags),
    sourceStore: openSourceStore(source.scheme, flags),
    source: { ...placeOf(source), versionId: flags.sourceVersionId },
    destination: { ...placeOf(destination), contentType, metadata, storageClass, acl, tags },
    checkpoint: checkpoint === undefined ? undefined : fileCheckpointStore(checkpoint),
    limiter: limitRps === undefined ? undefined : createLimiter({ maxRequestsPerSecond: limitRps }),
    ...asGiven,
  };
  return { source, destination, options };
}

function placeOf({ bucket, key }: ObjectUrl): { readonly bucket: string; readonly key: string } {
  return { bucket, key };
}

/** `undefined`: the source is where the destination is. */
function openSourceStore(scheme: ObjectUrl['scheme'], flags: CopyFlags): CopyStore | undefined {
  const { sourceEndpoint, sourceRegion, endpoint } = flags;
  if (sourceEndpoint === undefined && sourceRegion === undefined) return undefined;
  // An endpoint of its own tells its region, too.
  return openStore(scheme, { ...flags, endpoint: sourceEndpoint ?? endpoint, region: sourceRegion });
}
