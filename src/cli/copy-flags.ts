import { statSync } from 'node:fs';
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
  readonly timeline?: string;
}

type CommonFlags = Omit<CopyFlags, 'ifExists' | 'verify' | 'resume' | 'onFailure'>;

export interface AskedCopy {
  readonly source: ObjectUrl;
  readonly destination: ObjectUrl;
  readonly options: CopyOptions;
}

/** Turns two addresses and the flags into the options of a copy. @throws CopyOptionsError if they don't go together */
export function readCopyFlags(sourceText: string, destinationText: string, flags: CopyFlags): AskedCopy {
  const source = parseObjectAddress(sourceText);
  const destination = parseObjectAddress(destinationText, source);
  const { verify, resume, onFailure, contentType, metadata, storageClass, acl, tag: tags } = flags;
  const options: CopyOptions = {
    ...readCommonFlags(source, destination, flags),
    source: { ...placeOf(source), versionId: flags.sourceVersionId },
    destination: { ...placeOf(destination), contentType, metadata, storageClass, acl, tags },
    ifExists: flags.ifEtag === undefined ? flags.ifExists : { etag: flags.ifEtag },
    verify,
    resume,
    onFailure,
  };
  return { source, destination, options };
}

/**
 * The options of a copy that say the same for one object and for many.
 *
 * @throws CopyOptionsError if the addresses don't go together
 */
export function readCommonFlags(
  source: ObjectUrl,
  destination: ObjectUrl,
  flags: CommonFlags,
): Omit<CopyOptions, 'source' | 'destination'> {
  if (source.scheme !== destination.scheme) {
    throw new CopyOptionsError(
      `Cannot copy ${formatObjectUrl(source)} to ${formatObjectUrl(destination)} as a store copies only within itself: use the same scheme for both`,
    );
  }
  const { concurrency, partSize, multipartThreshold, preserve, hedge, checkpoint, limitRps } = flags;
  return {
    store: openStore(destination.scheme, flags),
    sourceStore: openSourceStore(source.scheme, flags),
    checkpoint: checkpoint === undefined ? undefined : fileCheckpointStore(requireDirectory(checkpoint)),
    limiter: limitRps === undefined ? undefined : createLimiter({ maxRequestsPerSecond: limitRps }),
    concurrency,
    partSize,
    multipartThreshold,
    preserve,
    hedge,
  };
}

/** @throws CopyOptionsError for something else that exists */
function requireDirectory(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new CopyOptionsError(`Option --checkpoint must name a directory: ${path} is a file`);
  }
  return path;
}

function placeOf({ bucket, key }: ObjectUrl): { readonly bucket: string; readonly key: string } {
  return { bucket, key };
}

/** `undefined`: the source is where the destination is. */
function openSourceStore(scheme: ObjectUrl['scheme'], flags: CommonFlags): CopyStore | undefined {
  const { sourceEndpoint, sourceRegion, endpoint } = flags;
  if (sourceEndpoint === undefined && sourceRegion === undefined) return undefined;
  // An endpoint of its own tells its region, too.
  return openStore(scheme, { ...flags, endpoint: sourceEndpoint ?? endpoint, region: sourceRegion });
}
