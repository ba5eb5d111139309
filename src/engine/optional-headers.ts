import type { NormalizedCopyOptions } from '../options/normalize-copy-options.ts';
import type { CopyStore, ObjectProperties } from '../store/copy-store.ts';
import { CONTENT_PROPERTIES } from '../store/content-properties.ts';
import { amend, isStoreError, type StoreError } from '../store/store-error.ts';

export type OptionalHeader =
  | 'tags'
  | 'tagging-directive'
  | 'website-redirect'
  | 'source-condition'
  | 'if-none-match'
  | 'if-match'
  | 'object-size'
  | 'checksum'
  | 'metadata-directive';

interface Rule {
  readonly named: RegExp;
  /** What stores answer that refuse it without a word about it. */
  readonly statuses: readonly number[];
  /** Code and message of a refusal that isn't about the header, but about what it says. */
  readonly isMeant?: RegExp;
}

/** A 403 without the store's word for a missing permission may be a firewall's, for a header that it doesn't know. */
const CONDITION_REFUSALS: readonly number[] = [400, 403, 411, 412, 501];
const ACCESS_DENIED = /^AccessDenied /;

/** In the order in which they are left out. */
const RULES: Readonly<Record<OptionalHeader, Rule>> = {
  /** Set on the finished object instead. */
  tags: { named: /tagging(?![- ]?directive)/i, statuses: [400, 403, 411, 431, 501] },
  /** Left out, the store copies the source's tags, or has none. */
  'tagging-directive': { named: /tagging[- ]?directive/i, statuses: [400, 403, 411, 501] },
  /** Left out, the object is no redirect. R2 answers 501. */
  'website-redirect': { named: /website-redirect/i, statuses: [501] },
  /** The source is read again before the copy counts. Swift answers 412 for each source in parts, R2 501 for each part. */
  'source-condition': { named: /copy-source-if/i, statuses: CONDITION_REFUSALS, isMeant: ACCESS_DENIED },
  /** HEAD takes its place. CloudServer judges it by the source, so that it refuses each fresh key with 412. */
  'if-none-match': { named: /(?<!source-)if-none-match/i, statuses: CONDITION_REFUSALS, isMeant: ACCESS_DENIED },
  'if-match': { named: /(?<!source-)if-match/i, statuses: CONDITION_REFUSALS, isMeant: ACCESS_DENIED },
  /** The size is verified once the copy is made. S3 answers InvalidRequest to a size that isn't the joined one. */
  'object-size': {
    named: /(?:unsupported|unknown|not (?:supported|implemented)).*mp-object-size/i,
    statuses: [400, 411, 501],
    isMeant: /^InvalidRequest |match/i,
  },
  checksum: { named: /checksum/i, statuses: [400, 501] },
  /** Left out, the store carries the source's metadata over by itself, and its tags. */
  'metadata-directive': { named: /metadata[- ]?directive/i, statuses: [501] },
};

const ORDER = Object.keys(RULES) as OptionalHeader[];

/** What callers demand of a request, by the names of their options. */
const DEMANDS: Readonly<Record<string, (options: NormalizedCopyOptions) => unknown>> = {
  'preserve.tags': ({ preserve }) => preserve.tags === true || undefined,
  'destination.tags': ({ overrides }) => overrides.tags,
  'destination.acl': ({ overrides }) => overrides.acl,
  'destination.grants': ({ overrides }) => overrides.grants,
  'destination.storageClass': ({ overrides }) => overrides.storageClass,
  'destination.objectLock': ({ overrides }) => overrides.objectLock,
  'destination.websiteRedirectLocation': ({ overrides }) => overrides.websiteRedirectLocation,
  'destination.sse': ({ sse }) => sse,
  'preserve.acl': ({ preserve }) => preserve.acl === true || undefined,
  'preserve.storageClass': ({ preserve }) => preserve.storageClass === true || undefined,
  'preserve.objectLock': ({ preserve }) => preserve.objectLock === true || undefined,
  requestPayer: ({ requestPayer }) => requestPayer,
  expectedBucketOwner: (options) => options.expectedBucketOwner,
  expectedSourceBucketOwner: (options) => options.expectedSourceBucketOwner,
};

/** Demands that a refusal is about only if it names the directive for metadata. */
const METADATA_DEMANDS = ['metadata', ...CONTENT_PROPERTIES] as const;

/** Codes that say that something other than an optional header is wrong. */
const UNRELATED =
  /^(?:NoSuch|EntityToo|KeyTooLong|Expired|KMS|Malformed(?:XML|ACL)|Authorization|SignatureDoes|IncompleteBody|InvalidPart|Invalid(?:AccessKeyId|BucketName|BucketState|Digest|Encryption\w*|ObjectState|Range|Security|StorageClass|Token|URI)$)/;

/** Codes for a request whose headers are too long, which tags alone can make them. */
const TOO_LONG = new Set(['RequestHeaderSectionTooLarge', 'MetadataTooLarge', 'HeaderTooLarge']);

/** AWS S3 takes 8 KB of headers in all. */
const MOST_TAG_BYTES = 6144;

/** What each store has refused in this process; a 403 counts for its bucket alone. */
const refusedBy = new WeakMap<CopyStore, Set<string>>();

/** Notes what a store was seen to do, for all later copies in this process. */
export function remember(store: CopyStore, what: string): void {
  const known = refusedBy.get(store) ?? new Set();
  refusedBy.set(store, known.add(what));
}

export function isRemembered(store: CopyStore, what: string): boolean {
  return refusedBy.get(store)?.has(what) === true;
}

export function fitHeader(tags: Readonly<Record<string, string>>): boolean {
  return new URLSearchParams(tags).toString().length <= MOST_TAG_BYTES;
}

/** What a request carries of an object's properties, with these headers. */
export function propertiesSent(
  { tags, websiteRedirectLocation, ...others }: ObjectProperties,
  sent: ReadonlySet<OptionalHeader>,
): ObjectProperties {
  return {
    ...others,
    ...(sent.has('tags') && { tags }),
    ...(sent.has('website-redirect') && { websiteRedirectLocation }),
  };
}

/** Whether the caller demands tags, rather than leaving them to the library. */
export function demandsTags({ preserve, overrides }: NormalizedCopyOptions): boolean {
  return preserve.tags === true || overrides.tags !== undefined;
}

/** Whether the copy is to have what the source has, tags aside, and nothing else. */
function leavesProperties({ preserve, overrides, store }: NormalizedCopyOptions): boolean {
  const isLeft = preserve.metadata === undefined && preserve.acl !== true;
  const keepsDefaults = preserve.storageClass !== true && preserve.objectLock !== true;
  const settable = store.putObjectTagging === undefined ? [] : ['tags'];
  return isLeft && keepsDefaults && Object.keys(overrides).every((name) => settable.includes(name));
}

/** The optional headers of one copy: which are sent, and which the store has refused. */
export class OptionalHeaders {
  readonly #options: NormalizedCopyOptions;
  readonly #leftOut = new Set<OptionalHeader>();
  /** The last one: what it was for is known when a request has worked without the header. */
  #refusal: { readonly header: OptionalHeader; readonly error: StoreError } | undefined;

  constructor(options: NormalizedCopyOptions) {
    this.#options = options;
  }

  lacks(header: OptionalHeader): boolean {
    return this.#leftOut.has(header);
  }

  leaveOut(header: OptionalHeader): void {
    this.#leftOut.add(header);
  }

  isRefused(header: OptionalHeader): boolean {
    const { store, destination } = this.#options;
    return isRemembered(store, header) || isRemembered(store, `${header} ${destination.bucket}`);
  }

  /** The header to leave out after a failure: the one that it names, or the first that it can be about. */
  suspect(error: unknown, sent: Iterable<OptionalHeader>): OptionalHeader | undefined {
    if (!isStoreError(error)) return undefined;
    const { statusCode = 0, vendorCode = '', message } = error;
    // A client that can't send a header says so by this code, without a status.
    const status = vendorCode.endsWith('NotImplemented') ? 501 : statusCode;
    if (status < 400 || (status >= 500 && status !== 501)) return undefined;
    const candidates = ORDER.filter((header) => [...sent].includes(header) && this.#canLeaveOut(header, error));
    const named = candidates.find((header) => RULES[header].named.test(message));
    if (named !== undefined || UNRELATED.test(vendorCode)) return named;
    return candidates.find((header) => {
      const { statuses, isMeant } = RULES[header];
      return statuses.includes(status) && isMeant?.test(`${vendorCode} ${message}`) !== true;
    });
  }

  /**
   * Sends a request; without the header that the store refuses it for, if there is one. What it refuses is remembered once the
   * request has worked without it.
   *
   * @param headers - those that the request has, if nothing is left out
   * @param before - looks whether the header may be left out; throws if not
   * @throws StoreError that names the demanded options which the request carries
   */
  async send<T>(
    headers: readonly OptionalHeader[],
    request: (sent: ReadonlySet<OptionalHeader>) => Promise<T>,
    before?: (header: OptionalHeader) => Promise<void>,
  ): Promise<T> {
    const sent = new Set(headers.filter((header) => !this.lacks(header) && !this.isRefused(header)));
    for (const header of headers) if (!sent.has(header)) this.leaveOut(header);
    let first: unknown;
    for (;;) {
      try {
        const result = await request(sent);
        const refusal = this.#refusal;
        if (refusal !== undefined && headers.includes(refusal.header)) this.refused(refusal.header, refusal.error);
        return result;
      } catch (error) {
        first ??= error;
        const header = this.suspect(error, sent);
        if (header === undefined) throw this.explain(isStoreError(error) && !error.retryable ? first : error);
        await before?.(header);
        this.#refusal = { header, error: error as StoreError };
        sent.delete(header);
        this.leaveOut(header);
      }
    }
  }

  /** Remembers a refusal. The next source may meet a condition, and the next tags may be short enough. */
  refused(header: OptionalHeader, { statusCode, vendorCode = '' }: StoreError): void {
    const { store, destination } = this.#options;
    const isOfObject = header === 'source-condition' && statusCode === 412;
    if (isOfObject || statusCode === 431 || TOO_LONG.has(vendorCode)) return;
    remember(store, statusCode === 403 ? `${header} ${destination.bucket}` : header);
  }

  #canLeaveOut(header: OptionalHeader, { vendorCode = '', statusCode }: StoreError): boolean {
    const { preserve, overrides } = this.#options;
    if (header === 'website-redirect')
      return preserve.metadata !== true && overrides.websiteRedirectLocation === undefined;
    if (header === 'metadata-directive') return leavesProperties(this.#options);
    const isOfTags = header === 'tags' || header === 'tagging-directive';
    if (!isOfTags || !demandsTags(this.#options)) return true;
    if (this.#options.store.putObjectTagging === undefined) return false;
    if (TOO_LONG.has(vendorCode) || statusCode === 431) return true;
    return header === 'tagging-directive' && statusCode === 501;
  }

  /** The failure of a request, with the demanded options that it may be about; those of properties only for requests that write. */
  explain(error: unknown): unknown {
    if (!isStoreError(error) || ![400, 403, 411, 412, 501].includes(error.statusCode ?? 0)) return error;
    if (UNRELATED.test(error.vendorCode ?? '')) return error;
    const isRead = error.operation === 'headObject';
    const isWritten = (name: string): boolean => /^(?:destination|preserve)\./.test(name);
    const demanded = Object.keys(DEMANDS).filter(
      (name) => DEMANDS[name]?.(this.#options) !== undefined && !(isRead && isWritten(name)),
    );
    if (RULES['metadata-directive'].named.test(error.message)) {
      const { overrides, preserve } = this.#options;
      const set = METADATA_DEMANDS.filter((name) => overrides[name] !== undefined);
      demanded.push(...set.map((name) => `destination.${name}`));
      if (preserve.metadata !== undefined) demanded.push('preserve.metadata');
    }
    if (demanded.length === 0) return error;
    const names = demanded.map((name) => `'${name}'`).join(', ');
    const options = `option${demanded.length > 1 ? 's' : ''} ${names}`;
    return amend(error, ` (the store may refuse what the request carries for ${options})`);
  }
}
