import { CopyOptionsError } from '../errors.ts';

/** An access key, with its session token where it is a temporary one. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Credentials that may run out. */
export interface ExpiringCredentials extends Credentials {
  /** When they run out: a Date, or text that `Date` reads. Left out: never. */
  readonly expiration?: Date | string | undefined;
}

/** Fetches credentials; called again before they run out, and when a store says that they have. The AWS SDK's providers fit. */
export type CredentialProvider = () => Promise<ExpiringCredentials>;

/** Credentials are fetched anew this long before they run out, so that no request is sent with a dying key. */
const REFRESH_BEFORE_MS = 60_000;

const ENVIRONMENT_NAMES = {
  AWS: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  OBS: ['OBS_ACCESS_KEY_ID', 'OBS_SECRET_ACCESS_KEY', 'OBS_SECURITY_TOKEN'],
} as const;

/** Where a store's credentials come from. */
export interface CredentialSource {
  /** Those to sign with now; `undefined` for anonymous requests. */
  current(): Credentials | undefined | Promise<Credentials>;
  /** Those that were used last, without fetching any. */
  held(): Credentials | undefined;
  /** Whether {@link renew} can bring others. */
  readonly renewable: boolean;
  /** Others than `stale`, which a store refused as run out; `undefined` where there are no others. */
  renew(stale: Credentials): Promise<Credentials> | undefined;
}

function readCredentials(value: unknown, describe: string): ExpiringCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (value ?? {}) as Record<string, unknown>;
  for (const [name, text] of Object.entries({ accessKeyId, secretAccessKey })) {
    if (typeof text !== 'string' || text === '') {
      throw new CopyOptionsError(`${describe}.${name} must be a non-empty string, but is ${describeKind(text)}`);
    }
  }
  if (sessionToken !== undefined && typeof sessionToken !== 'string') {
    throw new CopyOptionsError(`${describe}.sessionToken must be a string, but is ${describeKind(sessionToken)}`);
  }
  // An empty token is what an unset variable of a shell script gives.
  const token = sessionToken === '' ? undefined : sessionToken;
  return {
    accessKeyId: accessKeyId as string,
    secretAccessKey: secretAccessKey as string,
    sessionToken: token,
    expiration: expiration as Date | string | undefined,
  };
}

// Never the value itself: a secret in the wrong field would end up in a log.
function describeKind(value: unknown): string {
  if (value === '') return 'an empty string';
  return value === null || value === undefined ? String(value) : `of type ${typeof value}`;
}

function environmentCredentials(families: readonly ('AWS' | 'OBS')[]): Credentials {
  for (const family of families) {
    const [idName, secretName, tokenName] = ENVIRONMENT_NAMES[family];
    const accessKeyId = process.env[idName];
    const secretAccessKey = process.env[secretName];
    if (!accessKeyId || !secretAccessKey) continue;
    return readCredentials({ accessKeyId, secretAccessKey, sessionToken: process.env[tokenName] }, 'credentials');
  }
  const looked = families.map((family) => ENVIRONMENT_NAMES[family].slice(0, 2).join(' and ')).join(', nor ');
  throw new CopyOptionsError(
    `No credentials: the environment has no ${looked}. Pass credentials: { accessKeyId, secretAccessKey }, an async function that returns them, or false for anonymous requests`,
  );
}

class FixedCredentials implements CredentialSource {
  readonly renewable = false;
  readonly #credentials: Credentials | undefined;

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  current(): Credentials | undefined {
    return this.#credentials;
  }

  held(): Credentials | undefined {
    return this.#credentials;
  }

  renew(): undefined {
    return undefined;
  }
}

class ProvidedCredentials implements CredentialSource {
  readonly renewable = true;
  readonly #provider: CredentialProvider;
  #held: Credentials | undefined;
  #refreshAtMs = Infinity;
  #fetching: Promise<Credentials> | undefined;

  constructor(provider: CredentialProvider) {
    this.#provider = provider;
  }

  current(): Credentials | Promise<Credentials> {
    if (this.#held !== undefined && Date.now() < this.#refreshAtMs) return this.#held;
    return this.#fetch();
  }

  held(): Credentials | undefined {
    return this.#held;
  }

  renew(stale: Credentials): Promise<Credentials> {
    // Of many requests that were refused together, the first one fetches and the others use what it got.
    if (this.#held !== undefined && this.#held !== stale) return Promise.resolve(this.#held);
    return this.#fetch();
  }

  #fetch(): Promise<Credentials> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<Credentials> {
    const { expiration, ...credentials } = readCredentials(await this.#provider(), 'credentials()');
    const expiresAtMs = expiration === undefined ? Infinity : new Date(expiration).getTime();
    if (Number.isNaN(expiresAtMs)) throw new CopyOptionsError('credentials().expiration is not a date');
    // Short-lived ones would otherwise be fetched for every request.
    const lifetimeMs = expiresAtMs - Date.now();
    this.#refreshAtMs = expiresAtMs - Math.min(REFRESH_BEFORE_MS, Math.max(lifetimeMs, 0) / 2);
    this.#held = credentials;
    return credentials;
  }
}

/**
 * Makes the credential source of a store from its option.
 *
 * @param families - environment variables to look at, in order, where `option` is left out
 * @throws CopyOptionsError where the option is malformed, or left out and the environment has none either
 */
export function createCredentialSource(option: unknown, families: readonly ('AWS' | 'OBS')[]): CredentialSource {
  if (option === false) return new FixedCredentials(undefined);
  if (option === undefined) return new FixedCredentials(environmentCredentials(families));
  if (typeof option === 'function') return new ProvidedCredentials(option as CredentialProvider);
  if (typeof option !== 'object' || option === null) {
    throw new CopyOptionsError(
      `credentials must be { accessKeyId, secretAccessKey, sessionToken? }, an async function that returns them, or false for anonymous requests, but is ${describeKind(option)}`,
    );
  }
  const { expiration: _, ...credentials } = readCredentials(option, 'credentials');
  return new FixedCredentials(credentials);
}
