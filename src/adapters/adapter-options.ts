import { CopyOptionsError } from '../errors.ts';

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

type Kind = 'object' | 'text' | 'milliseconds';

const CHECKS: Readonly<Record<Kind, readonly [fits: (value: unknown) => boolean, wanted: string]>> = {
  object: [(value) => typeof value === 'object' && value !== null, 'an object'],
  text: [(value) => typeof value === 'string' && value !== '', 'a non-empty string'],
  milliseconds: [
    (value) => typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_MS,
    `milliseconds, more than 0 and at most ${MAX_TIMEOUT_MS}`,
  ],
};

/**
 * Checks the options of an adapter: the names, and what the values are.
 *
 * @throws CopyOptionsError
 */
export function checkAdapterOptions(adapter: string, options: unknown, kinds: Readonly<Record<string, Kind>>): void {
  if (!CHECKS.object[0](options)) throw new CopyOptionsError(`The options of ${adapter} must be an object`);
  for (const [name, value] of Object.entries(options as object)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      throw new CopyOptionsError(
        `Unknown option ${JSON.stringify(name)} of ${adapter}: it takes ${Object.keys(kinds).join(', ')}`,
      );
    }
    const [fits, wanted] = CHECKS[kind];
    if (value !== undefined && !fits(value)) {
      const shown = typeof value === 'string' || typeof value === 'number' ? String(value) : `of type ${typeof value}`;
      throw new CopyOptionsError(
        `${name} must be ${wanted}, but is ${value === null ? 'null' : value === '' ? 'empty' : shown}`,
      );
    }
  }
}
