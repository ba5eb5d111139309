import {
  type CheckedCredentials,
  type CredentialClock,
  type CredentialProvider,
  type Credentials,
  type CredentialSource,
  readCredentials,
} from './credentials.ts';

/** Credentials are fetched anew this long before they run out; short-lived ones in the second half of their time. */
const REFRESH_BEFORE_MS = 60_000;

/** Between two calls of the provider for credentials that are still good. */
const REFRESH_PAUSE_MS = 2000;

/** A call that takes longer than this is not waited for by requests that come later: it may be lost. */
const LOST_AFTER_MS = 30_000;

/** How long credentials that look run out even when they are fresh are used: by the clock they can't be judged. */
const UNJUDGED_FOR_MS = 60_000;

const MOST_REPLACED = 8;

interface ProviderCall {
  readonly number: number;
  readonly forced: boolean;
  readonly beganAtMs: number;
  readonly promise: Promise<Credentials>;
}

/**
 * Credentials from a function. Those in hand are used until they really run out: towards their end new ones are fetched beside the
 * requests, and a provider that fails then is asked again before anyone has to wait for it.
 */
export class ProvidedCredentials implements CredentialSource {
  readonly #provider: CredentialProvider;
  #held: CheckedCredentials | undefined;
  #refreshAtMs = Infinity;
  readonly #replaced: Credentials[] = [];
  #call: ProviderCall | undefined;
  #calls = 0;
  /** Number of the call that brought what is held. */
  #heldSince = 0;
  #refreshedAtMs = -Infinity;
  /** Calls in a row that brought what had run out by the clock already. */
  #runOut = 0;
  #unjudgedUntilMs = -Infinity;

  constructor(provider: CredentialProvider) {
    this.#provider = provider;
  }

  current(clock: CredentialClock): Credentials | Promise<Credentials> {
    if (this.#held === undefined) return this.#fetch(clock, false);
    const { credentials, expiresAtMs } = this.#held;
    const nowMs = clock.nowMs();
    if (nowMs < this.#refreshAtMs) return credentials;
    if (nowMs < expiresAtMs) this.#refresh(clock);
    else if (performance.now() >= this.#unjudgedUntilMs) return this.#fetch(clock, this.#runOut > 0);
    return credentials;
  }

  known(): readonly Credentials[] {
    return this.#held === undefined ? this.#replaced : [this.#held.credentials, ...this.#replaced];
  }

  renew(stale: Credentials, clock: CredentialClock): Promise<Credentials> {
    // Of many requests that were refused together, the first one fetches and the others use what it got.
    const held = this.#held?.credentials;
    if (held !== undefined && held !== stale) return Promise.resolve(held);
    return this.#fetch(clock, true);
  }

  giveUp(fetching: Promise<Credentials>): void {
    if (this.#call?.promise === fetching) this.#call = undefined;
  }

  #refresh(clock: CredentialClock): void {
    const nowMs = performance.now();
    if (nowMs - this.#refreshedAtMs < REFRESH_PAUSE_MS) return;
    this.#refreshedAtMs = nowMs;
    // A failure matters once the credentials have run out: then the provider is asked again, and waited for.
    this.#fetch(clock, false).catch(() => {});
  }

  #fetch(clock: CredentialClock, forced: boolean): Promise<Credentials> {
    const nowMs = performance.now();
    const under = this.#call;
    if (under !== undefined && (under.forced || !forced) && nowMs - under.beganAtMs < LOST_AFTER_MS) {
      return under.promise;
    }
    const number = ++this.#calls;
    const promise = this.#load(number, forced, clock).finally(() => {
      if (this.#call?.number === number) this.#call = undefined;
    });
    this.#call = { number, forced, beganAtMs: nowMs, promise };
    return promise;
  }

  async #load(number: number, forced: boolean, clock: CredentialClock): Promise<Credentials> {
    const given = await (forced ? this.#provider({ forceRefresh: true }) : this.#provider());
    const fetched = readCredentials(given, 'credentials()');
    // An answer that was given up for lost is as good as any, unless a later call was faster.
    if (number > this.#heldSince) this.#hold(number, fetched, clock.nowMs());
    return fetched.credentials;
  }

  #hold(number: number, { credentials, expiresAtMs }: CheckedCredentials, nowMs: number): void {
    const old = this.#held?.credentials;
    const isSame = old !== undefined && isSameKey(old, credentials);
    if (old !== undefined && !isSame) {
      this.#replaced.push(old);
      if (this.#replaced.length > MOST_REPLACED) this.#replaced.shift();
    }
    // The same object for the same key: who was refused with it must not take it for a new one.
    this.#held = { credentials: isSame ? old : credentials, expiresAtMs };
    this.#heldSince = number;
    const lifetimeMs = expiresAtMs - nowMs;
    this.#refreshAtMs =
      expiresAtMs - (lifetimeMs > 0 ? Math.min(REFRESH_BEFORE_MS, lifetimeMs / 2) : REFRESH_BEFORE_MS);
    this.#runOut = lifetimeMs > 0 ? 0 : this.#runOut + 1;
    // Once it may be an old answer that the provider remembered; twice it is this machine's clock that is off.
    if (this.#runOut > 1) this.#unjudgedUntilMs = performance.now() + UNJUDGED_FOR_MS;
  }
}

function isSameKey(a: Credentials, b: Credentials): boolean {
  return (
    a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey && a.sessionToken === b.sessionToken
  );
}
