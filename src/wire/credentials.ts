import { kindOf, readFields, refuse, type Rule } from '../check-options.ts';
import type { StoreClock } from './store-clock.ts';

/** An access key, with its session token if it is a temporary one. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Credentials that may run out. */
export interface ExpiringCredentials extends Credentials {
  /** When they run out: a Date, or text that `Date` reads. Left out, or null: never. */
  readonly expiration?: Date | string | null | undefined;
}

/**
 * Fetches credentials; called again before they run out, and when a store says that they have: then with `forceRefresh`, as one that
 * remembers its answer would give the same again. The AWS SDK's providers fit: some know that option, others have options of their own.
 */
export type CredentialProvider = (options?: ProviderOptions) => Promise<ExpiringCredentials>;

/** What a provider may be given. */
export interface ProviderOptions {
  readonly forceRefresh?: boolean;
  /** Never passed: an option of the AWS SDK's providers, so that these fit. */
  // oxlint-disable-next-line typescript/no-explicit-any -- its type is theirs, and differs between their versions
  readonly callerClientConfig?: any;
}

/** The time by which credentials run out: the store's, as soon as that is known. */
export type CredentialClock = Pick<StoreClock, 'nowMs'>;

export interface CredentialSource {
  /** Those to sign with now; `undefined` for anonymous requests. */
  current(clock: CredentialClock): Credentials | undefined | Promise<Credentials>;
  /** Those that were used last, and those that they replaced: requests signed with any of them may still be under way. */
  known(): readonly Credentials[];
  /** Others than `stale`, which a store refused as run out. Credentials that stay what they are have no others. */
  renew?(stale: Credentials, clock: CredentialClock): Promise<Credentials>;
  /** Gives up what `current` or `renew` promised, as it took too long: the next request asks anew. */
  giveUp?(fetching: Promise<Credentials>): void;
}

export interface CheckedCredentials {
  readonly credentials: Credentials;
  /** `Infinity`: never. */
  readonly expiresAtMs: number;
}

/** Its value never enters a message, whatever it is. Files and Kubernetes secrets end in a line break, which shows only as a 403. */
const secret: Rule<string> = (value, place) => {
  if (typeof value !== 'string' || value === '') return refuse(place, 'a non-empty string', value, kindOf(value));
  if (/^[^\s\p{Cc}]+$/u.test(value)) return value;
  const shown = /\s$/.test(value) ? 'text that ends in one' : 'text with one';
  return refuse(place, 'without blanks and line breaks', value, shown);
};

// An empty token is what an unset variable of a shell script gives.
const token: Rule<string | undefined> = (value, place) =>
  value === undefined || value === '' ? undefined : secret(value, place);

// A number is refused, as it may count seconds or milliseconds.
const expiry: Rule<number> = (value, place) => {
  if (value === undefined || value === null) return Infinity;
  const time = value instanceof Date || typeof value === 'string' ? new Date(value).getTime() : Number.NaN;
  return Number.isNaN(time) ? refuse(place, 'a Date or text that Date reads', value, kindOf(value)) : time;
};

const FIELDS = { accessKeyId: secret, secretAccessKey: secret, sessionToken: token, expiration: expiry };

/**
 * Checks what a caller gave, or his function; other fields of it are overlooked.
 * @throws CopyOptionsError, which never shows a value
 */
export function readCredentials(value: unknown, path: string): CheckedCredentials {
  const fields = readFields(Object(value ?? {}), FIELDS, { path });
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = fields;
  return { credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresAtMs: expiration };
}
