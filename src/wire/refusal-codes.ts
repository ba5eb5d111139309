import type { StoreErrorKind } from '../store/store-error.ts';

/** What a store answers if the signature's time is far from its own. Some say no more than that the signature is wrong. */
const CLOCK_CODES: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** What a store answers to credentials that have run out or were replaced. */
const EXPIRED_CODES: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidSecurity',
  'InvalidToken',
  'TokenRefreshRequired',
]);

/**
 * What may be wrong with a refused request besides the request itself: each can be put right at once. The refusal of a HEAD has no body:
 * without a code the status has to do, 403, and on AWS 400 for an expired token.
 */
export function suspect(
  method: string,
  statusCode: number,
  code: string | undefined,
): { readonly clock: boolean; readonly credentials: boolean } {
  if (code !== undefined) return { clock: CLOCK_CODES.has(code), credentials: EXPIRED_CODES.has(code) };
  const isBare = method === 'HEAD' && (statusCode === 400 || statusCode === 403);
  return { clock: isBare, credentials: isBare };
}

/** The kind of a refusal if new credentials can be fetched: those of the next request may be good. */
export function kindOfRenewable(code: string | undefined): StoreErrorKind | undefined {
  return code === 'ExpiredToken' || code === 'ExpiredTokenException' ? 'transient' : undefined;
}
