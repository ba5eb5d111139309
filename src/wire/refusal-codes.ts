import type { StoreErrorKind } from '../store/store-error.ts';

/** What a store answers if the signature's time is far from its own. Some say no more than that the signature is wrong. */
export const CLOCK_CODES: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** What a store answers to credentials that have run out or were replaced. */
export const EXPIRED_CODES: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidSecurity',
  'InvalidToken',
  'TokenRefreshRequired',
]);

/** The kind of a refusal if new credentials can be fetched: those of the next request may be good. */
export function kindOfRenewable(code: string | undefined): StoreErrorKind | undefined {
  return code === 'ExpiredToken' || code === 'ExpiredTokenException' ? 'transient' : undefined;
}
