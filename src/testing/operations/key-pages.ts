/** One page of a listing. */
export interface KeyPage<Item> {
  readonly items: readonly Item[];
  /** Beginnings of keys up to the delimiter, each standing for all keys that share it. */
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
}

/**
 * Cuts a page out of items in key order: keys that have the delimiter after the prefix are rolled up into one common prefix.
 * A common prefix that is the marker itself, or lies before it, was on an earlier page.
 */
export function rollUp<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  prefix: string,
  delimiter: string,
  marker: string,
  maxItems: number,
): KeyPage<Item> {
  const page: Item[] = [];
  const prefixes: string[] = [];
  for (const item of items) {
    const key = keyOf(item);
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const rolled = cut === -1 ? undefined : key.slice(0, cut + delimiter.length);
    if (rolled !== undefined && (rolled === prefixes.at(-1) || (marker !== '' && marker.startsWith(rolled)))) continue;
    if (page.length + prefixes.length >= maxItems) return { items: page, prefixes, truncated: maxItems > 0 };
    if (rolled === undefined) page.push(item);
    else prefixes.push(rolled);
  }
  return { items: page, prefixes, truncated: false };
}
