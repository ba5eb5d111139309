import { anObject, fail, flag, methods, optional, readOptions, refuse, type Rule, text } from '../check-options.ts';
import type { JobOptions, PlanJobsOptions } from '../jobs/index.ts';
import { runIdOf } from '../jobs/index.ts';
import type { CopyObjectsOptions } from '../many/copy-objects-options.ts';
import type { ObjectReport } from '../many/report.ts';
import { ObjectSelection } from '../many/select-objects.ts';
import type { CopyStore } from '../store/copy-store.ts';
import { BucketReport } from './bucket-report.ts';
import type { RunHeader } from './run-records.ts';

/** Options of `enqueueCopies`: what `copyObjects` takes of what is copied, and how. */
export interface EnqueueCopiesOptions
  extends Pick<CopyObjectsOptions, 'source' | 'destination' | 'filter'>, JobOptions {
  /** Stores by the names that the jobs call them; each worker has them, too. Here they are listed only. */
  readonly stores: Readonly<Record<string, CopyStore>>;
  /** Name of the store that is read. */
  readonly from: string;
  /** Name of the store that performs the copies. @default from */
  readonly to?: string | undefined;
  /** Up to 128 letters, digits and `._-`. The same run, started again, goes on. @default a hash of the options */
  readonly runId?: string | undefined;
  /** Starts a run that has ended anew. @default false */
  readonly again?: boolean | undefined;
  /** Of all workers together. @default no limit */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Takes a line for each object. Without it only failures are kept. Lines are written while `result()` is waited for. */
  readonly report?: ObjectReport | BucketReport | undefined;
  /** Ends the listing; what is in the queue stays there. */
  readonly signal?: AbortSignal | undefined;
}

/** What is to be enqueued. */
export interface CheckedEnqueue {
  readonly run: string;
  readonly again: boolean;
  readonly header: RunHeader;
  readonly report: ObjectReport | BucketReport | undefined;
  readonly signal: AbortSignal | undefined;
  readonly plan: PlanJobsOptions;
  /** Makes a listing of what is to be copied. */
  readonly select: () => ObjectSelection;
}

const asIs: Rule<unknown> = (value) => value;
const rate: Rule<number> = (value, place) =>
  typeof value === 'number' && value > 0 && value < Infinity ? value : refuse(place, 'a number above 0', value);
const runId: Rule<string> = (value, place) =>
  typeof value === 'string' && /^[\w.-]{1,128}$/.test(value)
    ? value
    : refuse(place, 'up to 128 letters, digits and the signs . _ -', value);

const objectReport = methods<ObjectReport>(
  ['read', 'open', 'append', 'close'],
  'an ObjectReport (fileReport(path)), or bucketReport({ … })',
);

const RULES = {
  stores: anObject,
  from: text,
  to: optional(text),
  runId: optional(runId),
  again: optional(flag, false),
  maxRequestsPerSecond: optional(rate),
  report: optional((value, place) => (value instanceof BucketReport ? value : objectReport(value, place))),
  // Checked as those of copyObjects and planJobs.
  signal: asIs,
  source: asIs,
  destination: asIs,
  filter: asIs,
  ifExists: asIs,
  preserve: asIs,
  verify: asIs,
  multipartThreshold: asIs,
  partSize: asIs,
  requestPayer: asIs,
  expectedBucketOwner: asIs,
  expectedSourceBucketOwner: asIs,
} satisfies Record<keyof EnqueueCopiesOptions, Rule<unknown>>;

const OWNER = 'enqueueCopies';

/**
 * Checks everything that a caller passed.
 *
 * @throws CopyOptionsError naming the option, the rule and the value
 */
export function checkEnqueueOptions(options: EnqueueCopiesOptions): CheckedEnqueue {
  readOptions(options, RULES, { path: '', owner: OWNER });
  const {
    stores,
    from,
    to = from,
    runId: given,
    again = false,
    maxRequestsPerSecond,
    report,
    signal,
    ...copy
  } = options;
  const { source, destination, filter, ...jobOptions } = copy;
  const select = (): ObjectSelection =>
    new ObjectSelection({
      ...copy,
      store: storeOf(stores, 'to', to),
      sourceStore: storeOf(stores, 'from', from),
      signal,
    });
  select();
  const isPassing = 'objects' in source && !Array.isArray(source.objects);
  if (isPassing && given === undefined) {
    fail({ path: 'runId', owner: OWNER }, 'is missing: a list that is no array tells no two runs apart');
  }
  const told = isPassing ? { from, to, given } : { from, to, source, destination, filter, ...jobOptions };
  const hash = given !== undefined && hasFunction(copy) ? given : runIdOf(told);
  const run = given ?? hash;
  const template = { ...planOf(options), from, to };
  const namesPlaces = isPassing || typeof destination === 'function' || 'objects' in source;
  return {
    run,
    again,
    header: {
      options: hash,
      reports: report !== undefined,
      plan: namesPlaces ? undefined : template,
      maxRequestsPerSecond,
    },
    report,
    signal,
    plan: { ...template, run },
    select,
  };
}

function storeOf(stores: EnqueueCopiesOptions['stores'], option: 'from' | 'to', name: string): CopyStore {
  const store = Object.hasOwn(stores, name) ? stores[name] : undefined;
  if (store !== undefined) return store;
  return fail(
    { path: option, owner: OWNER },
    `must be a name in 'stores' (${Object.keys(stores).join(', ')}): current value is '${name}'`,
  );
}

function hasFunction({ filter, destination }: Pick<EnqueueCopiesOptions, 'filter' | 'destination'>): boolean {
  return typeof filter === 'function' || typeof destination === 'function';
}

/** Where jobs begin: with keys that are mapped one by one, each object names its own place. */
function planOf({
  source,
  destination,
  ...options
}: EnqueueCopiesOptions): Omit<PlanJobsOptions, 'from' | 'to' | 'run'> {
  const { ifExists, preserve, verify, multipartThreshold, partSize } = options;
  const { requestPayer, expectedBucketOwner, expectedSourceBucketOwner } = options;
  const to = typeof destination === 'function' ? undefined : destination;
  const bucket = source.bucket ?? to?.bucket ?? '';
  const prefix = 'objects' in source ? '' : source.prefix;
  return {
    source: { bucket, ...(prefix !== undefined && { prefix }) },
    destination: to ?? { bucket },
    ifExists,
    preserve,
    verify,
    multipartThreshold,
    partSize,
    requestPayer,
    expectedBucketOwner,
    expectedSourceBucketOwner,
  };
}
