import {
  anObject,
  choice,
  fail,
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
} from '../check-options.ts';
import type { CopyOptions } from '../options/copy-options.ts';
import { type NormalizedCopyOptions, normalizeCopyOptions } from '../options/normalize-copy-options.ts';
import type { CopyStore } from '../store/copy-store.ts';
import type { CopyObjectsOptions, ObjectsFilter, ObjectsSource } from './copy-objects-options.ts';
import { compileFilter } from './filter.ts';
import { Placing } from './placing.ts';
import type { ObjectReport } from './report.ts';

/** The options of a run, checked. */
export interface CheckedRun {
  readonly options: CopyObjectsOptions;
  /** Of all objects, for a place that stands for any. */
  readonly base: NormalizedCopyOptions;
  readonly optionsOf: (place: Pick<CopyOptions, 'source' | 'destination'>) => CopyOptions;
  readonly placing: Placing;
  readonly verify: 'listing' | 'head' | 'none';
}

const asIs: Rule<unknown> = (value) => value;
const anyText: Rule<string> = (value, place) => (typeof value === 'string' ? value : refuse(place, 'a string', value));
const date: Rule<Date> = (value, place) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? value : refuse(place, 'a valid Date', value);

const listedSource = record({
  bucket: text,
  prefix: optional(anyText),
  startAfter: optional(anyText),
  endAt: optional(anyText),
});

const namedSource = record({
  bucket: optional(text),
  objects: (value, place) => {
    const isIterable =
      typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
    return isIterable ? value : refuse(place, 'an iterable or async iterable of objects', value);
  },
});

const source: Rule<unknown> = (value, place) =>
  ('objects' in anObject(value, place) ? namedSource : listedSource)(value, place);

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
  report: optional(methods<ObjectReport>(['open', 'append', 'close'], 'an ObjectReport (fileReport(path))')),
  // Checked as those of a single copy.
  store: asIs,
  sourceStore: asIs,
  concurrency: asIs,
  partSize: asIs,
  multipartThreshold: asIs,
  retry: asIs,
  preserve: asIs,
  checkpoint: asIs,
  limiter: asIs,
  hedge: asIs,
  requestPayer: asIs,
  expectedBucketOwner: asIs,
  expectedSourceBucketOwner: asIs,
  signal: asIs,
} satisfies Record<keyof CopyObjectsOptions, Rule<unknown>>;

/**
 * Checks everything that a caller passed.
 *
 * @throws CopyOptionsError naming the option, the rule and the value
 */
export function checkCopyObjectsOptions(input: CopyObjectsOptions): CheckedRun {
  readOptions(input, RULES, { path: '', owner: 'copyObjects' });
  const {
    source: from,
    destination: _destination,
    filter: given,
    ifExists: _ifExists,
    verify,
    onFailure: _onFailure,
    maxFailures: _maxFailures,
    report: _report,
    checkpoint,
    signal: _signal,
    ...each
  } = input;
  const optionsOf: CheckedRun['optionsOf'] = (place) => ({ ...each, ...place, ...(verify === 'none' && { verify }) });
  const base = normalizeCopyOptions({
    ...optionsOf({ source: { bucket: 'any', key: 'source' }, destination: { bucket: 'any', key: 'destination' } }),
    checkpoint,
  });
  compileFilter(given);
  requireListing(from, input.sourceStore ?? input.store);
  const canList = input.store.listObjects !== undefined;
  if (verify === 'listing' && !canList) {
    fail({ path: 'verify' }, `can't be 'listing' as store '${input.store.name}' has no listObjects()`);
  }
  return {
    options: input,
    base,
    optionsOf,
    placing: new Placing(input, base.store, base.sourceStore),
    verify: verify ?? (canList ? 'listing' : 'head'),
  };
}

function requireListing(from: ObjectsSource, store: CopyStore): void {
  if ('objects' in from || store.listObjects !== undefined) return;
  fail({ path: 'source' }, `can't be listed as store '${store.name}' has no listObjects(): give source.objects`);
}
