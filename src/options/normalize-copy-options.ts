import type { CheckpointStore } from '../store/checkpoint-store.ts';
import type { CopyOptions, HedgeOptions, PreserveOptions } from './copy-options.ts';
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
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { NEEDED_OPERATIONS } from '../store/operation-names.ts';
import { withTidyAnswers } from '../store/tidy-answers.ts';
import type { Limiter } from '../request/limiter.ts';
import type { RetryPolicy } from '../request/retry.ts';
import {
  anObject,
  choice,
  flag,
  inside,
  integer,
  LONGEST_TIMER_MS,
  methods,
  number,
  optional,
  readOptions,
  record,
  refuse,
  type Rule,
  text,
} from '../check-options.ts';
import { PROPERTY_RULES } from './destination-rules.ts';
import { destinationEncryption, requireSecure } from './encryption-rules.ts';
import { copySource, etag, type KnownSource, objectKey, readKnown } from './source-rules.ts';

const MIB = 1024 * 1024;

/** Largest source that is copied by a single CopyObject unless the caller says otherwise. */
export const DEFAULT_MULTIPART_THRESHOLD: number = 128 * MIB;

/** Bounds of the parts in flight. */
export interface ConcurrencyRange {
  /** `false`: as many as `max`, fewer only while the store throttles. `true`: what the store likes, between `min` and `max`. */
  readonly adaptive: boolean;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** When straggling parts are sent twice. */
export type HedgePolicy = { readonly [Name in keyof HedgeOptions]-?: number };

type TakenAsGiven =
  | 'store'
  | 'checkpoint'
  | 'resume'
  | 'limiter'
  | 'requestPayer'
  | 'expectedBucketOwner'
  | 'expectedSourceBucketOwner'
  | 'signal';

/** The options of a copy, checked, complete and frozen. */
export interface NormalizedCopyOptions extends Required<Pick<CopyOptions, TakenAsGiven>> {
  readonly sourceStore: CopyStore;
  readonly source: SourceLocation;
  readonly sourceSse: SseCustomerKey | undefined;
  /** What the caller knows of the source. */
  readonly known: KnownSource | undefined;
  readonly destination: ObjectLocation;
  /** What the caller sets on the destination. */
  readonly overrides: ObjectProperties;
  readonly sse: DestinationEncryption | undefined;
  readonly concurrency: ConcurrencyRange;
  readonly partSize: number | 'auto' | 'source';
  readonly multipartThreshold: number;
  readonly retry: RetryPolicy;
  readonly preserve: PreserveOptions;
  readonly ifExists: 'overwrite' | 'fail' | 'skip' | { readonly etag: string };
  /** What is the same as the source is left as it is. */
  readonly skipsSame: boolean;
  readonly verify: 'etag' | 'size' | 'none';
  /** The caller wrote `verify: 'etag'`, and so takes nothing less. */
  readonly demandsEtag: boolean;
  readonly onFailure: 'abort' | 'keep';
  readonly hedge: HedgePolicy | undefined;
}

const MOST_CONCURRENT = 10_000;

/** Parts in flight, as a number. */
const fixedConcurrency: Rule<number> = integer(1, MOST_CONCURRENT);

const adaptive = optional(fixedConcurrency);

const concurrency: Rule<ConcurrencyRange> = (value, place) => {
  if (value === undefined || value === 'auto') return Object.freeze({ adaptive: true, initial: 8, min: 1, max: 256 });
  if (typeof value === 'number') {
    const fixed = fixedConcurrency(value, place);
    return Object.freeze({ adaptive: false, initial: fixed, min: 1, max: fixed });
  }
  if (typeof value !== 'object')
    return refuse(place, `a whole number from 1 to ${MOST_CONCURRENT}, 'auto', or { initial, min, max }`, value);
  const bounds = readOptions(value, { initial: adaptive, min: adaptive, max: adaptive }, place);
  const { max = 256 } = bounds;
  const min = integer(1, max)(bounds.min ?? 1, inside(place, 'min'));
  const initial = integer(min, max)(bounds.initial ?? Math.max(min, Math.min(8, max)), inside(place, 'initial'));
  return Object.freeze({ adaptive: true, initial, min, max });
};

/** The rule of `partSize`. */
export const partSize: Rule<number | 'auto' | 'source'> = (value, place) => {
  if (value === 'auto' || value === 'source') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  return refuse(place, `a whole number of bytes from 1, 'auto' or 'source'`, value);
};

const retryFields = {
  maxAttempts: optional(integer(1, 1000), 10),
  minDelayMs: optional(number(0, LONGEST_TIMER_MS), 100),
  maxDelayMs: optional(number(0, LONGEST_TIMER_MS)),
  maxElapsedMs: optional(number(0), 900_000),
};

/** The rule of `retry`. */
export const retry: Rule<RetryPolicy> = (value = {}, place) => {
  const policy = readOptions(value, retryFields, place);
  const { minDelayMs, maxDelayMs = Math.max(20_000, minDelayMs) } = policy;
  number(minDelayMs, LONGEST_TIMER_MS)(maxDelayMs, inside(place, 'maxDelayMs'));
  return Object.freeze({ ...policy, maxDelayMs });
};

const hedgeFields = {
  factor: optional(number(1, 1000), 3),
  minDelayMs: optional(number(0, LONGEST_TIMER_MS), 50),
  maxRatio: optional(number(0, 1), 0.05),
};

const hedge: Rule<HedgePolicy | undefined> = (value = true, place) =>
  value === false ? undefined : readOptions(value === true ? {} : value, hedgeFields, place);

/** The rule of `preserve`. */
export const preserve: Rule<PreserveOptions> = record({
  metadata: optional(flag),
  storageClass: optional(flag),
  tags: optional(flag),
  acl: optional(flag),
  objectLock: optional(flag),
  checksum: optional(flag),
  annotations: optional(flag),
});

const ifExists: Rule<NormalizedCopyOptions['ifExists'] | 'skip-same'> = (value, place) => {
  if (typeof value !== 'object') return choice('overwrite', 'fail', 'skip', 'skip-same')(value, place);
  return record({ etag })(value, place);
};

const copyStore: Rule<CopyStore> = (value, place) => {
  const what = 'a CopyStore (obsStore(), s3Store(), fromS3Client(), …)';
  const store = methods<CopyStore>(NEEDED_OPERATIONS, what)(value, place);
  anObject(store.limits, inside(place, 'limits'));
  return store;
};

const RULES = {
  store: copyStore,
  sourceStore: optional(methods<CopyStore>(['headObject'], 'a CopyStore')),
  source: copySource,
  destination: record({ bucket: text, key: objectKey, sse: optional(destinationEncryption), ...PROPERTY_RULES }),
  concurrency,
  partSize: optional(partSize, 'auto'),
  multipartThreshold: optional(integer(0)),
  retry,
  preserve: optional(preserve, Object.freeze({}) as PreserveOptions),
  ifExists: optional(ifExists, 'overwrite'),
  verify: optional(choice('etag', 'size', 'none')),
  checkpoint: optional(
    methods<CheckpointStore>(['load', 'save', 'delete'], 'a CheckpointStore (fileCheckpointStore(directory))'),
  ),
  onFailure: optional(choice('abort', 'keep')),
  resume: optional(text),
  limiter: optional(methods<Limiter>(['acquire'], 'made by createLimiter()')),
  hedge,
  requestPayer: optional(choice('requester')),
  expectedBucketOwner: optional(text),
  expectedSourceBucketOwner: optional(text),
  signal: optional((value, place) => (value instanceof AbortSignal ? value : refuse(place, 'an AbortSignal', value))),
} satisfies Record<keyof CopyOptions, Rule<unknown>>;

/**
 * Checks everything a caller passed and fills in the defaults. The only reader of raw options.
 *
 * @throws CopyOptionsError naming the option, the rule and the value
 */
export function normalizeCopyOptions(input: CopyOptions): NormalizedCopyOptions {
  const options = readOptions(input, RULES, { path: '' });
  const { store, sourceStore = store, checkpoint, multipartThreshold } = options;
  const { sse: sourceSse, size, etag: sourceEtag, ...source } = options.source;
  const { bucket, key, sse, ...overrides } = options.destination;
  requireSameRegion(store, sourceStore);
  if (sourceSse !== undefined) {
    requireSecure(store, 'source.sse');
    requireSecure(sourceStore, 'source.sse');
  }
  if (sse?.type === 'SSE-C') requireSecure(store, 'destination.sse');
  if (sse?.type === 'SSE-KMS' && sse.projectId !== undefined && store.traits?.dialect !== 'obs') {
    throw new CopyOptionsError(
      `Option 'destination.sse.projectId' must be left out as only OBS keeps keys in projects`,
    );
  }
  if (overrides.acl !== undefined && overrides.grants !== undefined) {
    throw new CopyOptionsError(`Options 'destination.acl' and 'destination.grants' exclude each other: set one`);
  }
  if (options.resume !== undefined && checkpoint !== undefined) {
    throw new CopyOptionsError(
      `Options 'resume' and 'checkpoint' exclude each other: a checkpoint holds its own upload id`,
    );
  }
  if (typeof options.partSize === 'number') requirePartSize(options.partSize, store.limits);
  if (options.preserve.annotations === true) {
    const reads = sourceStore.listAnnotations !== undefined && sourceStore.getAnnotation !== undefined;
    if (!reads || store.putAnnotation === undefined) {
      throw new CopyOptionsError(
        `Option 'preserve.annotations' must be left out or false as store '${store.name}' has no calls for annotations`,
      );
    }
  }
  const largest = store.limits.maxCopyObjectSize;
  if (multipartThreshold !== undefined) integer(0, largest)(multipartThreshold, { path: 'multipartThreshold' });
  const tidyStore = withTidyAnswers(store);
  return Object.freeze({
    ...options,
    store: tidyStore,
    sourceStore: sourceStore === store ? tidyStore : withTidyAnswers(sourceStore),
    source: Object.freeze(source),
    sourceSse,
    known: readKnown(size, sourceEtag),
    destination: Object.freeze({ bucket, key }),
    overrides: Object.freeze(overrides),
    sse,
    verify: options.verify ?? 'etag',
    ifExists: options.ifExists === 'skip-same' ? 'overwrite' : options.ifExists,
    skipsSame: options.ifExists === 'skip-same',
    demandsEtag: options.verify === 'etag',
    multipartThreshold: multipartThreshold ?? Math.min(DEFAULT_MULTIPART_THRESHOLD, largest),
    // A part that is sent twice has two ETags there.
    hedge: isDirectoryBucket(bucket) ? undefined : options.hedge,
    onFailure: options.onFailure ?? (checkpoint === undefined ? 'abort' : 'keep'),
  });
}

/**
 * OBS copies within a region only, and says so no sooner than at the first part.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0100.html
 */
function requireSameRegion({ traits }: CopyStore, { name, traits: sourceTraits }: CopyStore): void {
  if (traits?.dialect !== 'obs' || traits.region === undefined) return;
  if (sourceTraits?.dialect !== 'obs' || sourceTraits.region === undefined) return;
  if (traits.region === sourceTraits.region) return;
  throw new CopyOptionsError(
    `Option 'sourceStore' must be in the region of 'store' as OBS can't copy from one region to another: ` +
      `store '${name}' is in ${sourceTraits.region}, the destination's in ${traits.region}`,
  );
}
