/** How many encoded keys are remembered. A copy uses two (source and destination), a thousand at once two thousand. */
const CACHE_SIZE = 4096;

const RESERVED = /[!'()*]/g;
const UNRESERVED_ONLY = /^[\w.~-]*$/;

const encodedKeys = new Map<string, string>();

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/**
 * Percent-encodes everything but `A-Z a-z 0-9 - . _ ~`, in UTF-8, as the signatures want it.
 *
 * @throws URIError if the text has a lone surrogate, which has no UTF-8 form.
 */
export function encodeComponent(text: string): string {
  if (UNRESERVED_ONLY.test(text)) return text;
  return encodeURIComponent(text).replace(RESERVED, percentEncode);
}

/**
 * Percent-encodes an object key for a path or a copy source: every segment once, `/` kept, so that `//`, `.` and `..` stay as
 * they are.
 *
 * @throws URIError if the key has a lone surrogate.
 */
export function encodeKey(key: string): string {
  const known = encodedKeys.get(key);
  if (known !== undefined) return known;
  const encoded = encodeComponent(key).replaceAll('%2F', '/');
  // Every part of a copy asks for the same two keys; forgetting all of them now and then is cheaper than an LRU.
  if (encodedKeys.size >= CACHE_SIZE) encodedKeys.clear();
  encodedKeys.set(key, encoded);
  return encoded;
}

export function isArn(bucket: string): boolean {
  return bucket.startsWith('arn:');
}

/**
 * The value of the `copy-source` header. A version is always last, and a `?` inside the key is encoded, so that the two can't
 * be confused.
 */
export function encodeCopySource(source: { bucket: string; key: string; versionId?: string | undefined }): string {
  const { bucket, key } = source;
  // The object of an access point has an ARN of its own.
  const object = isArn(bucket) ? encodeKey(`${bucket}/object/${key}`) : `${encodeComponent(bucket)}/${encodeKey(key)}`;
  return source.versionId === undefined ? object : `${object}?versionId=${encodeComponent(source.versionId)}`;
}

/** Query parameters as a flat list of name, value, name, value …; an empty value is a parameter without `=`. */
export type QueryParameters = readonly string[];

/** A query string, as it is sent and as SigV4 wants it. Both start without `?`. */
export interface EncodedQuery {
  /** Names and values in turn, sorted by name, values not encoded. */
  readonly sorted: QueryParameters;
  readonly wire: string;
  /** Sorted by name, and with `=` behind every name. */
  readonly canonical: string;
}

const EMPTY_QUERY: EncodedQuery = { sorted: [], wire: '', canonical: '' };

/** Encodes query parameters. They are sent sorted by name, as SigV4 wants them. */
export function encodeQuery(query: QueryParameters): EncodedQuery {
  if (query.length === 0) return EMPTY_QUERY;
  let wire = '';
  let canonical = '';
  let previous = '';
  for (let index = 0; index < query.length; index += 2) {
    const name = query[index] as string;
    if (name < previous) return encodeQuery(sortByName(query));
    previous = name;
    const value = encodeComponent(query[index + 1] as string);
    const separator = index === 0 ? '' : '&';
    canonical += `${separator}${name}=${value}`;
    wire += value === '' ? separator + name : `${separator}${name}=${value}`;
  }
  return { sorted: query, wire, canonical };
}

export function sortByName(pairs: readonly string[]): string[] {
  const sorted: string[] = [];
  for (let from = 0; from < pairs.length; from += 2) {
    const name = pairs[from] as string;
    // An insertion sort: the lists are short and mostly sorted already.
    let to = sorted.length;
    while (to > 0 && (sorted[to - 2] as string) > name) {
      sorted[to] = sorted[to - 2] as string;
      sorted[to + 1] = sorted[to - 1] as string;
      to -= 2;
    }
    sorted[to] = name;
    sorted[to + 1] = pairs[from + 1] as string;
  }
  return sorted;
}
