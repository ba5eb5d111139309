import type { CheckpointStore } from '../store/checkpoint-store.ts';
import type { CopyOptions } from './copy-options.ts';
import { CopyOptionsError } from '../errors.ts';
import { requirePartSize } from '../plan/part-size.ts';
import type {
  CopyStore,
  DestinationEncryption,
  ObjectLocation,
  ObjectProperties,
  SourceLocation,
  SseCustomerKey,
} from '../store/copy-store.ts';
import type { StoreLimits } from '../store/store-limits.ts';
import { withTidyAnswers } from '../store/tidy-answers.ts';
import type { Limiter } from '../request/limiter.ts';
import type { RetryPolicy } from '../request/retry.ts';
import {
  checkChoice,
  checkInteger,
  checkMethods,
  checkNumber,
  checkOptionalBoolean,
  checkOptionalText,
  checkRecord,
  checkText,
  refuse,
} from './check.ts';
import { checkProperties, PROPERTY_NAMES } from './check-destination.ts';
import { checkDestinationEncryption, checkSecureForKeys, checkSourceEncryption } from './check-encryption.ts';

const MIB = 1024 * 1024;

/** Largest source that is copied by a single CopyObject unless the caller says otherwise. */
const DEFAULT_MULTIPART_THRESHOLD: number = 128 * MIB;

const STORE_METHODS = [
  'headObject',
  'copyObject',
  'createMultipartUpload',
  'copyPart',
  'listParts',
  'completeMultipartUpload',
  'abortMultipartUpload',
  'listMultipartUploads',
] as const satisfies readonly (keyof CopyStore)[];

const OPTION_NAMES = Object.keys({
  store: true,
  sourceStore: true,
  source: true,
  destination: true,
  concurrency: true,
  partSize: true,
  multipartThreshold: true,
  retry: true,
  preserve: true,
  ifExists: true,
  verify: true,
  checkpoint: true,
  onFailure: true,
  resume: true,
  limiter: true,
  hedge: true,
  requestPayer: true,
  expectedBucketOwner: true,
  expectedSourceBucketOwner: true,
  signal: true,
} satisfies Record<keyof CopyOptions, true>);

/** Bounds of the parts in flight. */
export interface ConcurrencyRange {
  /** `false`: as many as `max`, fewer only while the store throttles. */
  readonly adaptive: boolean;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** Which groups of properties are carried over: must, must not, or the default of the group. */
export type Preserve = Readonly<
  Record<'metadata' | 'storageClass' | 'tags' | 'acl' | 'objectLock', boolean | undefined>
>;

/** When straggling parts are sent twice. */
export interface HedgePolicy {
  readonly factor: number;
  readonly minDelayMs: number;
  readonly maxRatio: number;
}

/** The options of a copy, checked, complete and frozen. */
export interface NormalizedCopyOptions {
  readonly store: CopyStore;
  readonly sourceStore: CopyStore;
  readonly source: SourceLocation;
  readonly sourceSse: SseCustomerKey | undefined;
  readonly destination: ObjectLocation;
  /** What the caller sets on the destination. */
  readonly overrides: ObjectProperties;
  readonly sse: DestinationEncryption | undefined;
  readonly concurrency: ConcurrencyRange;
  readonly partSize: number | 'auto' | 'source';
  readonly multipartThreshold: number;
  readonly retry: RetryPolicy;
  readonly preserve: Preserve;
  readonly ifExists: 'overwrite' | 'fail' | 'skip';
  readonly verify: 'etag' | 'size' | 'none';
  readonly checkpoint: CheckpointStore | undefined;
  readonly onFailure: 'abort' | 'keep';
  readonly resume: string | undefined;
  readonly limiter: Limiter | undefined;
  readonly hedge: HedgePolicy | undefined;
  readonly requestPayer: 'requester' | undefined;
  readonly expectedBucketOwner: string | undefined;
  readonly expectedSourceBucketOwner: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Checks everything a caller passed and fills in the defaults. The only reader of raw options.
 *
 * @throws CopyOptionsError naming the option, the rule and the value
 */
export function normalizeCopyOptions(input: CopyOptions): NormalizedCopyOptions {
  const options = checkRecord('options', input, OPTION_NAMES) as Readonly<Record<keyof CopyOptions, unknown>>;
  checkMethods('store', options.store, STORE_METHODS, 'a CopyStore (obsStore(), s3Store(), fromS3Client(), …)');
  const store = options.store as CopyStore;
  if (typeof store.limits !== 'object' || store.limits === null) {
    refuse('store.limits', 'the limits of the store', store.limits);
  }
  if (options.sourceStore !== undefined) {
    checkMethods('sourceStore', options.sourceStore, ['headObject'], 'a CopyStore');
  }
  const sourceStore = (options.sourceStore ?? store) as CopyStore;
  checkSameRegion(store, sourceStore);

  const source = checkRecord('source', options.source, ['bucket', 'key', 'versionId', 'sse']);
  const destination = checkRecord('destination', options.destination, ['bucket', 'key', 'sse', ...PROPERTY_NAMES]);
  const sourceSse = checkSourceEncryption(source['sse']);
  const sse = checkDestinationEncryption(destination['sse']);
  if (sourceSse !== undefined) {
    checkSecureForKeys(store, 'source.sse');
    checkSecureForKeys(sourceStore, 'source.sse');
  }
  if (sse?.type === 'SSE-C') checkSecureForKeys(store, 'destination.sse');

  const checkpoint = options.checkpoint as CheckpointStore | undefined;
  if (checkpoint !== undefined) {
    checkMethods(
      'checkpoint',
      checkpoint,
      ['load', 'save', 'delete'],
      'a CheckpointStore (fileCheckpointStore(directory))',
    );
  }
  if (options.limiter !== undefined) checkMethods('limiter', options.limiter, ['acquire'], 'made by createLimiter()');
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    refuse('signal', 'an AbortSignal', options.signal);
  }
  const resume = checkOptionalText('resume', options.resume);
  if (resume !== undefined && checkpoint !== undefined) {
    throw new CopyOptionsError(
      `Options 'resume' and 'checkpoint' exclude each other: a checkpoint holds its own upload id`,
    );
  }
  const tidyStore = withTidyAnswers(store);
  return Object.freeze({
    store: tidyStore,
    sourceStore: sourceStore === store ? tidyStore : withTidyAnswers(sourceStore),
    source: Object.freeze({
      bucket: checkText('source.bucket', source['bucket']),
      key: checkKey('source.key', source['key']),
      ...(source['versionId'] === undefined ? {} : { versionId: checkText('source.versionId', source['versionId']) }),
    }),
    sourceSse,
    destination: Object.freeze({
      bucket: checkText('destination.bucket', destination['bucket']),
      key: checkKey('destination.key', destination['key']),
    }),
    overrides: checkProperties(destination),
    sse,
    concurrency: checkConcurrency(options.concurrency),
    partSize: checkPartSize(options.partSize, store.limits),
    multipartThreshold: checkThreshold(options.multipartThreshold, store.limits.maxCopyObjectSize),
    retry: checkRetry(options.retry),
    preserve: checkPreserve(options.preserve),
    ifExists: checkChoice('ifExists', options.ifExists, ['overwrite', 'fail', 'skip'], 'overwrite'),
    verify: checkChoice('verify', options.verify, ['etag', 'size', 'none'], 'etag'),
    checkpoint,
    onFailure: checkChoice(
      'onFailure',
      options.onFailure,
      ['abort', 'keep'],
      checkpoint === undefined ? 'abort' : 'keep',
    ),
    resume,
    limiter: options.limiter as Limiter | undefined,
    hedge: checkHedge(options.hedge),
    requestPayer:
      options.requestPayer === undefined
        ? undefined
        : checkChoice('requestPayer', options.requestPayer, ['requester'], 'requester'),
    expectedBucketOwner: checkOptionalText('expectedBucketOwner', options.expectedBucketOwner),
    expectedSourceBucketOwner: checkOptionalText('expectedSourceBucketOwner', options.expectedSourceBucketOwner),
    signal: options.signal,
  });
}

/**
 * OBS copies within a region only, and says so no sooner than at the first part.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0100.html
 */
function checkSameRegion({ traits }: CopyStore, { name, traits: sourceTraits }: CopyStore): void {
  if (traits?.dialect !== 'obs' || traits.region === undefined) return;
  if (sourceTraits?.dialect !== 'obs' || sourceTraits.region === undefined) return;
  if (traits.region === sourceTraits.region) return;
  throw new CopyOptionsError(
    `Option 'sourceStore' must be in the region of 'store' as OBS can't copy from one region to another: ` +
      `store '${name}' is in ${sourceTraits.region}, the destination's in ${traits.region}`,
  );
}

const LONGEST_KEY_BYTES = 1024;

function checkKey(name: string, value: unknown): string {
  const key = checkText(name, value);
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY_BYTES) {
    throw new CopyOptionsError(
      `Option '${name}' must have at most ${LONGEST_KEY_BYTES} bytes in UTF-8: it has ${bytes}`,
    );
  }
  if (/\p{Surrogate}/u.test(key)) {
    throw new CopyOptionsError(`Option '${name}' must be well-formed Unicode: it holds half of a surrogate pair`);
  }
  return key;
}

const MOST_CONCURRENT = 10_000;

/** Reads `concurrency`. */
function checkConcurrency(value: unknown): ConcurrencyRange {
  if (value === undefined || value === 'auto') return Object.freeze({ adaptive: true, initial: 8, min: 1, max: 256 });
  if (typeof value === 'number') {
    const fixed = checkInteger('concurrency', value, 1, MOST_CONCURRENT);
    return Object.freeze({ adaptive: false, initial: fixed, min: 1, max: fixed });
  }
  if (typeof value !== 'object')
    refuse('concurrency', `a whole number from 1, 'auto', or { initial, min, max }`, value);
  const bounds = checkRecord('concurrency', value, ['initial', 'min', 'max']);
  const max = checkInteger('concurrency.max', bounds['max'] ?? 256, 1, MOST_CONCURRENT);
  const min = checkInteger('concurrency.min', bounds['min'] ?? 1, 1, max);
  const initial = checkInteger('concurrency.initial', bounds['initial'] ?? Math.max(min, Math.min(8, max)), min, max);
  return Object.freeze({ adaptive: true, initial, min, max });
}

function checkPartSize(value: unknown, limits: StoreLimits): number | 'auto' | 'source' {
  if (value === undefined || value === 'auto') return 'auto';
  if (value === 'source') return 'source';
  if (typeof value === 'string') refuse('partSize', `a number of bytes, 'auto' or 'source'`, value);
  const partSize = checkInteger('partSize', value, 1, Number.MAX_SAFE_INTEGER);
  requirePartSize(partSize, limits);
  return partSize;
}

function checkThreshold(value: unknown, maxCopyObjectSize: number): number {
  if (value === undefined) return Math.min(DEFAULT_MULTIPART_THRESHOLD, maxCopyObjectSize);
  return checkInteger('multipartThreshold', value, 0, maxCopyObjectSize);
}

function checkRetry(value: unknown): RetryPolicy {
  const retry = checkRecord('retry', value === undefined ? {} : value, [
    'maxAttempts',
    'minDelayMs',
    'maxDelayMs',
    'maxElapsedMs',
  ]);
  const longest = 2 ** 31 - 1; // what a timer can hold
  const minDelayMs = checkNumber('retry.minDelayMs', retry['minDelayMs'] ?? 100, 0, longest);
  return Object.freeze({
    maxAttempts: checkInteger('retry.maxAttempts', retry['maxAttempts'] ?? 10, 1, 1000),
    minDelayMs,
    maxDelayMs: checkNumber(
      'retry.maxDelayMs',
      retry['maxDelayMs'] ?? Math.max(20_000, minDelayMs),
      minDelayMs,
      longest,
    ),
    maxElapsedMs: checkNumber('retry.maxElapsedMs', retry['maxElapsedMs'] ?? 900_000, 0, Number.MAX_VALUE),
  });
}

function checkPreserve(value: unknown): Preserve {
  const names = ['metadata', 'storageClass', 'tags', 'acl', 'objectLock'] as const;
  const preserve = checkRecord('preserve', value === undefined ? {} : value, names);
  const checked = names.map((name) => [name, checkOptionalBoolean(`preserve.${name}`, preserve[name])] as const);
  return Object.freeze(Object.fromEntries(checked) as Record<(typeof names)[number], boolean | undefined>);
}

function checkHedge(value: unknown): HedgePolicy | undefined {
  if (value === false) return undefined;
  const hedge =
    value === undefined || value === true ? {} : checkRecord('hedge', value, ['factor', 'minDelayMs', 'maxRatio']);
  return Object.freeze({
    factor: checkNumber('hedge.factor', hedge['factor'] ?? 3, 1, 1000),
    minDelayMs: checkNumber('hedge.minDelayMs', hedge['minDelayMs'] ?? 50, 0, 2 ** 31 - 1),
    maxRatio: checkNumber('hedge.maxRatio', hedge['maxRatio'] ?? 0.05, 0, 1),
  });
}
