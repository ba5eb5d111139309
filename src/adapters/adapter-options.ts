import { anObject, optional, type Rule, text, timeLimit } from '../check-options.ts';
import { defaultTimeoutMs } from '../wire/request-timeout.ts';
import type { StoreOperation, StoreRequest } from '../store/copy-store.ts';

/** The options that every adapter has. */
export const ADAPTER_RULES: Readonly<Record<'name' | 'limits' | 'traits' | 'requestTimeoutMs', Rule<unknown>>> = {
  name: optional(text),
  limits: optional(anObject),
  traits: optional(anObject),
  requestTimeoutMs: optional(timeLimit),
};

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
