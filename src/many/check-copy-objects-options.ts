import {
  anObject,
  choice,
  fail,
  flag,
  integer,
  list,
  methods,
  number,
  optional,
  readOptions,
  record,
  refuse,
  type Rule,
  text,
  anyText,
  date,
} from '../check-options.ts';
import type { CopyOptions } from '../options/copy-options.ts';
import { type NormalizedCopyOptions, normalizeCopyOptions } from '../options/normalize-copy-options.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import {
  type CopyObjectsOptions,
  type ObjectsFilter,
  type ObjectsSource,
  OPTIONS_OF_EACH,
} from './copy-objects-options.ts';
import type { ExtraObjects } from './delete-extra.ts';
import { compileFilter } from './filter.ts';
import { Placing } from './placing.ts';
import type { ObjectReport } from './report.ts';
import { isListed } from './source-pages.ts';

/** The options of a run, checked. */
export interface CheckedRun {
  readonly options: CopyObjectsOptions;
  /** Of all objects, for a place that stands for any. */
  readonly base: NormalizedCopyOptions;
  readonly optionsOf: (place: Pick<CopyOptions, 'source' | 'destination'>) => CopyOptions;
  readonly placing: Placing;
  readonly verify: 'listing' | 'head' | 'none';
  /** Undefined if nothing is to be deleted. */
  readonly extra: ExtraObjects | undefined;
}

const asIs: Rule<unknown> = (value) => value;

const listedSource = record({
  bucket: text,
  prefix: optional(anyText),
  startAfter: optional(anyText),
  endAt: optional(anyText),
  versions: optional(flag),
});

const namedSource = record({
  bucket: optional(text),
  prefix: optional(anyText),
  objects: (value, place) => {
    const isIterable =
      typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
    return isIterable ? value : refuse(place, 'an iterable or async iterable of objects', value);
  },
});

const inventorySource = record({
  bucket: optional(text),
  prefix: optional(anyText),
  inventory: record({ bucket: text, key: text, versionId: optional(text) }),
});

const source: Rule<unknown> = (value, place) => {
  const given = anObject(value, place);
  if ('inventory' in given) return inventorySource(value, place);
  return ('objects' in given ? namedSource : listedSource)(value, place);
};

const filter = record({
  include: optional(list(text)),
  exclude: optional(list(text)),
  minSize: optional(number(0)),
  maxSize: optional(number(0)),
  modifiedAfter: optional(date),
  modifiedBefore: optional(date),
  storageClass: optional((value, place) => (Array.isArray(value) ? list(text)(value, place) : text(value, place))),
} satisfies Record<keyof ObjectsFilter, Rule<unknown>>);

const functionOr =
  (rule: Rule<unknown>): Rule<unknown> =>
  (value, place) =>
    typeof value === 'function' ? value : rule(value, place);

const RULES = {
  source,
  destination: functionOr(record({ bucket: text, prefix: optional(anyText) })),
  filter: optional(functionOr(filter)),
  ifExists: optional(choice('overwrite', 'skip', 'fail', 'skip-same')),
  verify: optional(choice('listing', 'head', 'none')),
  onFailure: optional(choice('continue', 'stop')),
  maxFailures: optional(integer(0)),
  deleteExtra: optional(flag),
  maxDelete: optional(integer(0)),
  report: optional(methods<ObjectReport>(['read', 'open', 'append', 'close'], 'an ObjectReport (fileReport(path))')),
  // Checked as those of a single copy.
  checkpoint: asIs,
  signal: asIs,
  ...(Object.fromEntries(OPTIONS_OF_EACH.map((name) => [name, asIs])) as Record<
    (typeof OPTIONS_OF_EACH)[number],
    Rule<unknown>
  >),
} satisfies Record<keyof CopyObjectsOptions, Rule<unknown>>;

/**
 * Checks everything that a caller passed.
 *
 * @throws CopyOptionsError naming the option, the rule and the value
 */
export function checkCopyObjectsOptions(input: CopyObjectsOptions): CheckedRun {
  readOptions(input, RULES, { path: '', owner: 'copyObjects' });
  const { source: from, filter: given, verify, checkpoint } = input;
  const each = Object.fromEntries(OPTIONS_OF_EACH.map((name) => [name, input[name]])) as Pick<
    CopyObjectsOptions,
    (typeof OPTIONS_OF_EACH)[number]
  >;
  const optionsOf: CheckedRun['optionsOf'] = (place) => ({ ...each, ...place, ...(verify === 'none' && { verify }) });
  const base = normalizeCopyOptions({
    ...optionsOf({ source: { bucket: 'any', key: 'source' }, destination: { bucket: 'any', key: 'destination' } }),
    checkpoint,
  });
  compileFilter(given);
  requireListing(from, input.sourceStore ?? input.store);
  requireVersions(input);
  const isOfVersions = isListed(from) && from.versions === true;
  const canList = input.store.listObjects !== undefined && !isOfVersions;
  if (verify === 'listing' && isOfVersions) {
    fail(
      { path: 'verify' },
      "can't be 'listing' with source.versions, as a listing shows the current versions alone: use 'head'",
    );
  }
  if (verify === 'listing' && !canList) {
    fail({ path: 'verify' }, `can't be 'listing' as store '${input.store.name}' has no listObjects()`);
  }
  const placing = new Placing(input, base.store, base.sourceStore);
  return {
    options: input,
    base,
    optionsOf,
    placing,
    extra: readExtra(input, placing),
    verify: verify ?? (canList ? 'listing' : 'head'),
  };
}

function requireListing(from: ObjectsSource, store: CopyStore): void {
  if ('inventory' in from && store.getObject === undefined) {
    fail({ path: 'source.inventory' }, `can't be read as store '${store.name}' has no getObject()`);
  }
  if (!isListed(from) || store.listObjects !== undefined) return;
  fail({ path: 'source' }, `can't be listed as store '${store.name}' has no listObjects(): give source.objects`);
}

/** What versions can't be copied with, or by. */
function requireVersions(input: CopyObjectsOptions): void {
  const { source: from, destination, ifExists = 'overwrite', deleteExtra, store, sourceStore = store } = input;
  if (!isListed(from) || from.versions !== true) return;
  const place = { path: 'source.versions' };
  const lacking =
    (['listObjectVersions', 'getBucketVersioning'] as const).find((name) => sourceStore[name] === undefined) ??
    (['getBucketVersioning'] as const).find((name) => store[name] === undefined);
  if (lacking !== undefined) fail(place, `can't be copied as the store has no ${lacking}()`);
  if (typeof destination === 'function') fail(place, 'needs a destination bucket, not a function');
  if (ifExists !== 'overwrite')
    fail(place, `can't go with ifExists: '${ifExists}', which looks at the current version alone`);
  if (deleteExtra === true) fail(place, "can't go with deleteExtra");
}

/** What may be deleted: only if both sides are listed whole, prefix by prefix, apart from each other. */
function readExtra(input: CopyObjectsOptions, placing: Placing): ExtraObjects | undefined {
  const { source: from, destination, deleteExtra, maxDelete, store } = input;
  if (deleteExtra !== true) {
    return maxDelete === undefined ? undefined : fail({ path: 'maxDelete' }, 'is for deleteExtra: true');
  }
  if (maxDelete === undefined) return fail({ path: 'deleteExtra' }, 'needs maxDelete: how many objects it may delete');
  const why = (): string | undefined => {
    if (!isListed(from) || typeof destination === 'function') return 'needs a listed source and a destination prefix';
    if (from.startAfter !== undefined || from.endAt !== undefined)
      return 'needs the whole prefix: leave out startAfter and endAt';
    if (placing.isWithinSource) return "can't be where source and destination lie within each other";
    if ([from.bucket, destination.bucket].some(isDirectoryBucket))
      return "can't be for directory buckets, which list in no order";
    if (store.deleteObjects !== undefined && store.listObjects !== undefined) return undefined;
    return `needs a store with listObjects() and deleteObjects(), and '${store.name}' has not both`;
  };
  const reason = why();
  if (reason !== undefined || !isListed(from) || typeof destination === 'function') {
    return fail({ path: 'deleteExtra' }, reason ?? '');
  }
  return {
    source: { bucket: from.bucket, prefix: from.prefix ?? '' },
    destination: { bucket: destination.bucket, prefix: destination.prefix ?? '' },
    maxDelete,
  };
}
