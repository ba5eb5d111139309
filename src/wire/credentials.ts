import { CopyOptionsError } from '../errors.ts';

/** An access key, with its session token where it is a temporary one. */
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
 * remembers its answer would give the same again. The AWS SDK's providers fit, and know that option.
 */
export type CredentialProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<ExpiringCredentials>;

/** The time by which credentials run out: the store's, as soon as that is known. */
export interface CredentialClock {
  nowMs(): number;
}

/** Where a store's credentials come from. */
export interface CredentialSource {
  /** Those to sign with now; `undefined` for anonymous requests. */
  current(clock: CredentialClock): Credentials | undefined | Promise<Credentials>;
  /** Those that were used last, without fetching any. */
  held(): Credentials | undefined;
  /** The last ones that were replaced: requests signed with them may still be under way, and a store may remember them. */
  replaced(): readonly Credentials[];
  /** Whether {@link renew} can bring others. */
  readonly renewable: boolean;
  /** Others than `stale`, which a store refused as run out; `undefined` where there are no others. */
  renew(stale: Credentials, clock: CredentialClock): Promise<Credentials> | undefined;
  /** Gives up what `current` or `renew` promised, as it took too long: the next request asks anew. */
  giveUp(fetching: Promise<Credentials>): void;
}

/** Credentials that were checked, with the time when they run out. */
export interface CheckedCredentials {
  readonly credentials: Credentials;
  /** `Infinity`: never. */
  readonly expiresAtMs: number;
}

/** Checks what a caller gave. `describe` is how messages call it. @throws CopyOptionsError, which never shows a value */
export function readCredentials(value: unknown, describe: string): CheckedCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (value ?? {}) as Record<string, unknown>;
  for (const [name, text] of Object.entries({ accessKeyId, secretAccessKey })) {
    if (typeof text !== 'string' || text === '') {
      throw new CopyOptionsError(`${describe}.${name} must be a non-empty string, but is ${describeKind(text)}`);
    }
  }
  if (sessionToken !== undefined && typeof sessionToken !== 'string') {
    throw new CopyOptionsError(`${describe}.sessionToken must be a string, but is ${describeKind(sessionToken)}`);
  }
  // A number may count seconds or milliseconds, and nobody could tell.
  const isTime = expiration instanceof Date || typeof expiration === 'string';
  if (expiration !== undefined && expiration !== null && !(isTime && !Number.isNaN(new Date(expiration).getTime()))) {
    const shown = isTime ? 'is not a date' : `is ${describeKind(expiration)}`;
    throw new CopyOptionsError(`${describe}.expiration must be a Date or text that Date reads, but ${shown}`);
  }
  // An empty token is what an unset variable of a shell script gives.
  const token = sessionToken === '' ? undefined : sessionToken;
  return {
    credentials: {
      accessKeyId: accessKeyId as string,
      secretAccessKey: secretAccessKey as string,
      sessionToken: token,
    },
    expiresAtMs: isTime ? new Date(expiration).getTime() : Infinity,
  };
}

// Never the value itself: a secret in the wrong field would end up in a log.
export function describeKind(value: unknown): string {
  if (value === '') return 'an empty string';
  return value === null || value === undefined ? String(value) : `of type ${typeof value}`;
}
