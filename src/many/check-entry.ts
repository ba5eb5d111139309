import { integer, optional, readFields, refuse, type Rule, text, anyText, date } from '../check-options.ts';
import type { ObjectEntry, ObjectTarget } from './copy-objects-options.ts';

/** Databases give null for what isn't known. */
const known = <T>(rule: Rule<T>): Rule<T | undefined> =>
  optional((value, place) => (value === null ? undefined : rule(value, place)));

/** A place; its properties are checked when the object is copied. */
export const target: Rule<ObjectTarget> = (value, place) => {
  readFields(value, { bucket: optional(text), key: text }, place);
  return value as ObjectTarget;
};

const RULES = {
  bucket: known(text),
  key: text,
  versionId: known(text),
  size: known(integer(0)),
  // Clients give it in quotes.
  etag: known((value, place) => anyText(value, place).replaceAll('"', '') || undefined),
  lastModified: known(date),
  storageClass: known(anyText),
  destination: known(target),
} satisfies Record<keyof ObjectEntry, Rule<unknown>>;

/**
 * Checks what a caller's list gives.
 *
 * @param index - of the object in the list
 * @param prefix - what its key must begin with
 * @throws CopyOptionsError that names the object and what is wrong with it
 */
export function checkEntry(given: ObjectEntry | string, index: number, prefix: string): ObjectEntry {
  const path = `source.objects[${index}]`;
  const entry = readFields(typeof given === 'string' ? { key: given } : given, RULES, { path });
  if (entry.key.startsWith(prefix)) return entry;
  return refuse({ path: `${path}.key` }, `a whole key that begins with ${JSON.stringify(prefix)}`, entry.key);
}

/** A list whose entries are right: they need not be checked again one by one, which costs more than all else of a list. */
export class CheckedEntries extends Array<ObjectEntry> {}
