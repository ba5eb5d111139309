import { types } from 'node:util';
import type { CopyStore, ResultOf, StoreOperation } from './copy-store.ts';
import { NEEDED_OPERATIONS, OPTIONAL_OPERATIONS } from './operation-names.ts';
import { listensToCancellations, listenToCancellations } from './request-cancellation.ts';
import { traceRequest } from './trace-request.ts';

const OPERATIONS = [...NEEDED_OPERATIONS, ...OPTIONAL_OPERATIONS];

/** One for each store, so that what was seen of it holds for the next copy too. */
const tidyStores = new WeakMap<CopyStore, CopyStore>();

/**
 * The store as the engine sees it. A store that somebody wrote may say that it doesn't know by an Invalid Date or an empty ETag: here,
 * at the engine's door, either becomes `undefined`, so that nothing behind it has to think of them. Everything else passes as it is.
 */
export function withTidyAnswers(given: CopyStore): CopyStore {
  const known = tidyStores.get(given);
  if (known !== undefined) return known;
  // Stores of this library trace their requests themselves, and know more of them.
  const isOurs = listensToCancellations(given);
  const theirs = given as unknown as Readonly<Record<StoreOperation, (request: never) => Promise<never>>>;
  const callOf = (name: StoreOperation): [string, unknown] => {
    if (typeof given[name] !== 'function') return [name, undefined];
    // Looked up for each request, as its author, or a test, may put another one in its place between two copies.
    const send = (request: never): Promise<never> => theirs[name](request);
    const traced = isOurs ? send : (request: never) => traceRequest(name, given.name, request, () => send(request));
    const tidy = TIDY[name] as ((answer: never) => unknown) | undefined;
    return [name, tidy === undefined ? traced : async (request: never) => tidy(await traced(request))];
  };
  const { name, limits, traits } = given;
  const calls = Object.fromEntries(OPERATIONS.map(callOf)) as Pick<CopyStore, StoreOperation>;
  const tidyStore: CopyStore = { name, limits, traits, ...calls };
  // It passes every field on, so that what its store listens to still arrives.
  if (isOurs) listenToCancellations(tidyStore);
  tidyStores.set(given, tidyStore);
  return tidyStore;
}

const TIDY: { readonly [Name in StoreOperation]?: (answer: ResultOf<Name>) => ResultOf<Name> } = {
  headObject: (head) => withKnownEtag(withKnownDates(head)),
  copyObject: (made) => withKnownEtag(withKnownDates(made)),
  completeMultipartUpload: withKnownEtag,
  // An ETag is not optional there: one that is empty makes the part one to be copied again.
  listParts: (page) => ({ ...page, parts: page.parts.map(withKnownDates) }),
  listMultipartUploads: (page) => ({ ...page, uploads: page.uploads.map(withKnownDates) }),
};

function withKnownEtag<T extends { readonly etag: string | undefined }>(answer: T): T {
  return answer.etag === '' ? { ...answer, etag: undefined } : answer;
}

const DATES: ReadonlySet<string> = new Set(['lastModified', 'serverTime', 'initiated']);

/** A server that keeps no date may show its clock's zero: 1970, or Go's year 1. */
function withKnownDates<T extends object>(facts: T): T {
  const isKnown = (date: unknown): boolean => types.isDate(date) && date.getTime() > 0;
  const entries = Object.entries(facts);
  return Object.fromEntries(
    entries.map(([name, fact]) => [name, DATES.has(name) && !isKnown(fact) ? undefined : fact]),
  ) as T;
}
