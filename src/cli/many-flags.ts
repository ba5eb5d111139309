import { accessSync, constants, createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { CopyObjectsOptions, ObjectsSource } from '../many/copy-objects-options.ts';
import type { PlanAssumptions, RequestPrices } from '../many/estimate-run.ts';
import { fileReport } from '../many/file-report.ts';
import { readObjectList } from '../many/object-list.ts';
import { CopyOptionsError, messageOf } from '../errors.ts';
import { type CopyFlags, readCommonFlags } from './copy-flags.ts';
import { formatObjectUrl, type ObjectUrl, parseObjectAddress, parseObjectUrl } from './object-url.ts';

/** What `copy --recursive` and `sync` take besides the options of `copy`. */
export interface ManyFlags extends Omit<CopyFlags, 'ifExists' | 'verify' | 'onFailure' | 'resume'> {
  readonly recursive?: boolean;
  readonly versions?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly filesFrom?: string;
  readonly inventory?: string;
  readonly report?: string;
  readonly dryRun?: boolean;
  readonly maxFailures?: number;
  readonly ifExists?: CopyObjectsOptions['ifExists'] | undefined;
  readonly verify?: CopyFlags['verify'] | 'listing' | 'head' | undefined;
  readonly onFailure?: 'abort' | 'keep' | 'continue' | 'stop' | undefined;
  readonly resume?: string | undefined;
  readonly delete?: boolean;
  readonly maxDelete?: number;
  readonly assumeLatency?: number;
  readonly assumePartRate?: number;
  readonly assumePrices?: RequestPrices;
}

/** A run as it was asked for. */
export interface AskedRun {
  readonly source: ObjectUrl;
  readonly destination: ObjectUrl;
  readonly options: CopyObjectsOptions;
  /** What is read of a list, and would keep the program from ending. */
  readonly list: Readable | undefined;
}

/** Flags of a single copy that say nothing about many. */
const OF_ONE_OBJECT = [
  'metadata',
  'contentType',
  'storageClass',
  'acl',
  'tag',
  'sourceVersionId',
  'ifEtag',
  'resume',
  'timeline',
] as const;

const VERIFICATIONS = ['listing', 'head', 'none'] as const;

/**
 * Turns two addresses and the flags into the options of a run.
 *
 * @throws CopyOptionsError if they don't go together
 */
export function readManyFlags(sourceText: string, destinationText: string, flags: ManyFlags): AskedRun {
  const source = parseObjectUrl(sourceText);
  const destination = parseObjectUrl(destinationText);
  const wrong = OF_ONE_OBJECT.find((name) => flags[name] !== undefined);
  if (wrong !== undefined) {
    throw new CopyOptionsError(`Option --${flagOf(wrong)} is for one object: leave it out with many`);
  }
  const assumed = ASSUMED.find((name) => flags[name] !== undefined);
  if (assumed !== undefined && flags.dryRun !== true) {
    throw new CopyOptionsError(`Option --${flagOf(assumed)} is for an estimate: add --dry-run, or leave it out`);
  }
  if (flags.delete === true && flags.maxDelete === undefined) {
    throw new CopyOptionsError('Option --delete needs --max-delete: how many objects it may delete');
  }
  requireSameEnds(source, destination);
  const { verify, onFailure } = flags;
  const verification = VERIFICATIONS.find((known) => known === verify);
  if (verify !== undefined && verification === undefined) {
    throw new CopyOptionsError(`Option --verify must be listing, head or none with many objects, not ${verify}`);
  }
  if (onFailure === 'abort' || onFailure === 'keep') {
    throw new CopyOptionsError(`Option --on-failure must be continue or stop with many objects, not ${onFailure}`);
  }
  const { store, sourceStore, ...common } = readCommonFlags(source, destination, flags);
  const { report, include, exclude } = flags;
  const list = flags.filesFrom === undefined ? undefined : openList(flags.filesFrom);
  const options: CopyObjectsOptions = {
    ...common,
    store,
    sourceStore,
    source: readSource(source, flags, list),
    destination: { bucket: destination.bucket, prefix: destination.key },
    ...((include !== undefined || exclude !== undefined) && { filter: { include, exclude } }),
    ifExists: flags.ifExists,
    verify: verification,
    onFailure,
    maxFailures: flags.maxFailures,
    deleteExtra: flags.delete,
    maxDelete: flags.maxDelete,
    report: report === undefined ? undefined : fileReport(report),
  };
  return { source, destination, options, list };
}

/** Flags that only a dry run has a use for. */
export const ASSUMED = ['assumeLatency', 'assumePartRate', 'assumePrices'] as const;

/** What a dry run's estimate rests on, as far as it was given. */
export function readAssumptions(flags: ManyFlags): Partial<PlanAssumptions> {
  const { assumeLatency: latencyMs, assumePartRate: bytesPerSecondPerPart, assumePrices: prices } = flags;
  return {
    ...(latencyMs !== undefined && { latencyMs }),
    ...(bytesPerSecondPerPart !== undefined && { bytesPerSecondPerPart }),
    ...(prices !== undefined && { prices }),
  };
}

/** As it is written on the command line. */
export function flagOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, '-$&').toLowerCase();
}

/** Keys are put together without a slash between: `t/` to `c` would make `ca` of `t/a`, and `t` to `c/` would make `c//a`. */
function requireSameEnds(source: ObjectUrl, destination: ObjectUrl): void {
  const isFolder = ({ key }: ObjectUrl): boolean => key === '' || key.endsWith('/');
  if (isFolder(source) === isFolder(destination)) return;
  const [wrong, what, other] = isFolder(source)
    ? [destination, 'destination', 'source']
    : [source, 'source', 'destination'];
  throw new CopyOptionsError(
    `The ${what} must end in / beside this ${other}, or its last name is joined with what follows: current value is ${formatObjectUrl(wrong)}`,
  );
}

/** @throws CopyOptionsError if there is no such file */
function openList(file: string): Readable {
  if (file === '-') return process.stdin;
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new CopyOptionsError(
      `Option --files-from must be a file that can be read, or - for what comes on stdin: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return createReadStream(file);
}

function readSource(
  { bucket, key: prefix, scheme }: ObjectUrl,
  flags: ManyFlags,
  list: Readable | undefined,
): ObjectsSource {
  const { filesFrom, inventory, versions } = flags;
  if (versions === true && (filesFrom ?? inventory) !== undefined) {
    throw new CopyOptionsError('Option --versions lists the bucket: leave out --files-from and --inventory');
  }
  if (filesFrom !== undefined && inventory !== undefined) {
    throw new CopyOptionsError('Options --files-from and --inventory are two sources: leave one of them out');
  }
  if (list !== undefined) return { bucket, prefix, objects: readObjectList(list) };
  if (inventory === undefined) return { bucket, prefix, versions };
  const manifest = parseObjectAddress(inventory);
  if (manifest.scheme !== scheme || !manifest.key.endsWith('.json')) {
    throw new CopyOptionsError(
      `Option --inventory must be the address of a manifest.json, such as ${scheme}://inventories/media/daily/2026-11-20T01-00Z/manifest.json, not ${inventory}`,
    );
  }
  return { bucket, prefix, inventory: { bucket: manifest.bucket, key: manifest.key } };
}
