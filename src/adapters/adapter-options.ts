import { CopyOptionsError } from '../errors.ts';
import { defaultTimeoutMs } from '../wire/request-timeout.ts';
import type { StoreOperation, StoreRequest } from '../store/copy-store.ts';

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

/** What tells how much a store has to copy, and so how long it may take. */
interface TimedRequest extends StoreRequest {
  readonly sourceSize?: number | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** How long a call may take. The vendors' clients have either no limit, or one that knows nothing of how large a part is. */
export function callTimeoutMs(
  operation: StoreOperation,
  request: TimedRequest,
  requestTimeoutMs: number | undefined,
): number {
  const { timeoutMs, sourceSize, start, end } = request;
  const copySize = start === undefined || end === undefined ? sourceSize : end - start + 1;
  return timeoutMs ?? requestTimeoutMs ?? defaultTimeoutMs({ operation, copySize });
}
