import { CopyOptionsError } from './errors.ts';

/** Names the option that a value was given for. */
export interface Place {
  /** `retry.maxAttempts` or `objects[2].size`; empty for the options as a whole. */
  readonly path: string;
  /** Whose options they are, unless a copy's: `s3Store`. */
  readonly owner?: string | undefined;
  /** @default 'Option' */
  readonly noun?: string | undefined;
}

/**
 * Reads the value of one option and returns it as it is used from then on.
 *
 * @throws CopyOptionsError that names the option, the rule and the value found
 */
export type Rule<T> = (value: unknown, place: Place) => T;

/** The rule of each option; a name that isn't in the table is refused. */
export type Rules = Readonly<Record<string, Rule<unknown>>>;

/** What a table of rules makes of a caller's options. A name whose value is undefined is left out. */
export type Values<R extends Rules> = { readonly [Name in keyof R]: ReturnType<R[Name]> };

/** What a value is, without the value: for messages about what may hold a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of ${value.length} characters`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

/** Throws an error that names the option; `problem` continues the sentence. */
export function fail({ path, owner, noun = 'Option' }: Place, problem: string): never {
  const name = path === '' ? 'The options' : `${noun} '${path}'`;
  throw new CopyOptionsError(`${name}${owner === undefined ? '' : ` of ${owner}`} ${problem}`);
}

/** Throws the error for a value that breaks the rule. `shown` stands for a value that may be a secret. */
export function refuse(place: Place, rule: string, value: unknown, shown: string = show(value)): never {
  return fail(place, `must be ${rule}: current value is ${shown}`);
}

export function readOptions<R extends Rules>(value: unknown, rules: R, place: Place): Values<R> {
  const fields = anObject(value, place);
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) failUnknown(unknown, Object.keys(rules), place);
  return readFields(fields, rules, place);
}

/** As {@link readOptions}, but overlooks names that aren't in the table. */
export function readFields<R extends Rules>(value: unknown, rules: R, place: Place): Values<R> {
  const fields = anObject(value, place);
  const values: Record<string, unknown> = {};
  // Not `in`: that also takes what others have added to every object.
  for (const name of Object.keys(rules)) {
    const read = rules[name]?.(fields[name], inside(place, name));
    if (read !== undefined) values[name] = read;
  }
  return Object.freeze(values) as Values<R>;
}

/** Without spreading, as there is one for each option of each copy. */
export function inside({ path, owner, noun }: Place, name: string): Place {
  return { path: path === '' ? name : `${path}.${name}`, owner, noun };
}

function failUnknown(name: string, known: readonly string[], place: Place): never {
  const near = known.find((candidate) => isMisspelling(name, candidate));
  const hint = near === undefined ? 'known are' : `did you mean '${near}'? Known are`;
  const { path, owner } = inside(place, name);
  const whose = owner === undefined ? '' : ` of ${owner}`;
  throw new CopyOptionsError(`Unknown option '${path}'${whose}: ${hint} ${known.join(', ')}`);
}

/** Equal but for the case of its letters, or by at most two letters that are wrong, missing or too many (Levenshtein). */
function isMisspelling(name: string, known: string): boolean {
  const wanted = known.toLowerCase();
  if (Math.abs(name.length - known.length) > 2) return false;
  let row = Array.from({ length: known.length + 1 }, (_, index) => index);
  for (const letter of name.toLowerCase()) {
    const next = [(row[0] ?? 0) + 1];
    for (const [index, other] of Array.from(wanted).entries()) {
      const changed = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) <= Math.min(2, known.length / 3);
}

export function record<R extends Rules>(rules: R): Rule<Values<R>> {
  return (value, place) => readOptions(value, rules, place);
}

/** Values of one kind under names that the caller chooses. */
export function dictionary<T>(rule: Rule<T>): Rule<Readonly<Record<string, T>>> {
  return (value, place) => {
    const entries = Object.entries(anObject(value, place));
    return Object.freeze(Object.fromEntries(entries.map(([name, entry]) => [name, rule(entry, inside(place, name))])));
  };
}

export function list<T>(rule: Rule<T>): Rule<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return refuse(place, 'an array', value);
    return value.map((item: unknown, index) => rule(item, { ...place, path: `${place.path}[${index}]` }));
  };
}

/** What may be left out. */
export function optional<T>(rule: Rule<T>): Rule<T | undefined>;
export function optional<T>(rule: Rule<T>, fallback: T): Rule<T>;
export function optional<T>(rule: Rule<T>, fallback?: T): Rule<T | undefined> {
  return (value, place) => (value === undefined ? fallback : rule(value, place));
}

export const anObject: Rule<Readonly<Record<string, unknown>>> = (value, place) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : refuse(place, 'an object', value);

/** A string of at least one character. */
export const text: Rule<string> = (value, place) =>
  typeof value === 'string' && value !== '' ? value : refuse(place, 'a string that is not empty', value);

/** A string, which may be empty. */
export const anyText: Rule<string> = (value, place) =>
  typeof value === 'string' ? value : refuse(place, 'a string', value);

export const date: Rule<Date> = (value, place) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? value : refuse(place, 'a valid Date', value);

export const flag: Rule<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : refuse(place, 'true or false', value);

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Rule<number> {
  const rule = `a whole number from ${min} to ${max === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : max}`;
  return (value, place) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : refuse(place, rule, value);
}

export function number(min: number, max: number = Number.MAX_VALUE): Rule<number> {
  const rule = max === Number.MAX_VALUE ? `a number from ${min}` : `a number from ${min} to ${max}`;
  return (value, place) =>
    typeof value === 'number' && value >= min && value <= max ? value : refuse(place, rule, value);
}

/** The longest delay of a timer, in milliseconds. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

export const timeLimit: Rule<number> = (value, place) =>
  typeof value === 'number' && value > 0 && value <= LONGEST_TIMER_MS
    ? value
    : refuse(place, `milliseconds, more than 0 and at most ${LONGEST_TIMER_MS}`, value);

export function choice<const T extends string>(...words: readonly T[]): Rule<T> {
  const quoted = words.map((word) => `'${word}'`).join(', ');
  return (value, place) =>
    words.find((word) => word === value) ?? refuse(place, words.length > 1 ? `one of ${quoted}` : quoted, value);
}

export function methods<T>(names: readonly (keyof T & string)[], what: string): Rule<T> {
  return (value, place) => {
    if (typeof value !== 'object' || value === null) refuse(place, what, value);
    const missing = names.find((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
    return missing === undefined ? (value as T) : fail(place, `must be ${what}: it has no method '${missing}'`);
  };
}
