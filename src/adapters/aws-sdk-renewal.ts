import type { S3ClientLike } from './aws-sdk-commands.ts';
import type { Signing } from './aws-sdk-exchange.ts';

/** Credentials of the SDK: what its client keeps, and fetches anew on request. */
type IdentityProvider = (options?: { readonly forceRefresh: boolean }) => Promise<Identity>;
interface Identity {
  readonly accessKeyId?: unknown;
  readonly sessionToken?: unknown;
}

/** Fetches the credentials of a client anew; of many requests that were refused together, for all of them once. */
export class CredentialRenewal {
  readonly #client: S3ClientLike;
  #fetching: Promise<Identity> | undefined;
  #fetched = 0;

  constructor(client: S3ClientLike) {
    this.#client = client;
  }

  /** Whether the client has other credentials now than those, which a store refused as run out. */
  async renew(stale: Signing): Promise<boolean> {
    const { credentials } = (this.#client.config ?? {}) as { readonly credentials?: unknown };
    if (typeof credentials !== 'function') return false;
    const provide = credentials as IdentityProvider;
    const isOther = ({ accessKeyId, sessionToken }: Identity): boolean =>
      accessKeyId !== stale.accessKeyId || (sessionToken ?? '') !== stale.sessionToken;
    let held: Identity;
    let fetched: number;
    do {
      fetched = this.#fetched;
      held = await provide();
    } while (fetched !== this.#fetched);
    if (isOther(held)) return true;
    this.#fetching ??= provide({ forceRefresh: true }).finally(() => {
      this.#fetching = undefined;
      this.#fetched++;
    });
    return isOther(await this.#fetching);
  }
}
