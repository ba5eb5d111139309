import { types } from 'node:util';
import type { CopyStore, StoreOperation } from './copy-store.ts';
import { NEEDED_OPERATIONS, OPTIONAL_OPERATIONS } from './operation-names.ts';
import { listensToCancellations, listenToCancellations } from './request-cancellation.ts';
import { withTraces } from './trace-request.ts';

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
  const store = listensToCancellations(given) ? given : withTraces(given);
  const tidyStore: CopyStore = {
    name: store.name,
    limits: store.limits,
    traits: store.traits,
    ...(Object.fromEntries(
      OPERATIONS.map((name) => [name, store[name] && ((request: never) => store[name]?.(request))]),
    ) as Pick<CopyStore, StoreOperation>),
    headObject: async (request) => withKnownEtag(withKnownDates(await store.headObject(request))),
    copyObject: async (request) => withKnownEtag(withKnownDates(await store.copyObject(request))),
    async listParts(request) {
      const page = await store.listParts(request);
      // An ETag is not optional there: one that is empty makes the part one to be copied again.
      return { ...page, parts: page.parts.map(withKnownDates) };
    },
    completeMultipartUpload: async (request) => withKnownEtag(await store.completeMultipartUpload(request)),
    async listMultipartUploads(request) {
      const page = await store.listMultipartUploads(request);
      return { ...page, uploads: page.uploads.map(withKnownDates) };
    },
  };
  // It passes every field on, so that what its store listens to still arrives.
  if (listensToCancellations(given)) listenToCancellations(tidyStore);
  tidyStores.set(given, tidyStore);
  return tidyStore;
}

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
