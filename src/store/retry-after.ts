/** Longest wait that a store may ask for; what asks for more is mistaken or hostile. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date. Returns milliseconds, or undefined if it says nothing usable.
 *
 * @param nowMs - the current time, by the server's clock if it is known
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const delayMs = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (!Number.isFinite(delayMs)) return undefined;
  return Math.round(Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS));
}
