import type { Draft } from '../wire/request-draft.ts';
import { CLOCK_CODES, EXPIRED_CODES } from '../wire/refusal-codes.ts';
import { errorOfCredentials, readErrorDocument } from '../wire/response-error.ts';
import type { WireResponse } from '../wire/send-request.ts';
import type { S3ClientLike } from './aws-sdk-commands.ts';
import type { Signing } from './aws-sdk-exchange.ts';

/** A clock further off than this is a reason; stores refuse at 15 minutes. */
const TOLERANCE_MS = 5 * 60_000;

/** Credentials of the SDK: what its client keeps, and fetches anew when told to. */
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

/** What was put right for one request; each thing once. */
export class Remedies {
  readonly #renewal: CredentialRenewal;
  #clockCorrected = false;
  #credentialsRenewed = false;

  constructor(renewal: CredentialRenewal) {
    this.#renewal = renewal;
  }

  /** Whether there were other credentials, so that there may be others again. */
  get credentialsRenewed(): boolean {
    return this.#credentialsRenewed;
  }

  /**
   * Puts right what the refusal says is wrong with the signature and not with the request. The SDK does so by itself only where it
   * retries, or (credentials) not at all.
   *
   * @returns whether the same request may go better now
   * @throws StoreError where the credentials can't be fetched
   */
  async apply(draft: Draft, refused: WireResponse, signing: Signing | undefined): Promise<boolean> {
    const { statusCode } = refused;
    if (statusCode < 400 || signing === undefined) return false;
    const { code = '', serverTime } = readErrorDocument(refused, []);
    // A HEAD is refused without a reason.
    const bare = draft.method === 'HEAD' && (statusCode === 400 || statusCode === 403);
    const storeMs = Date.parse(serverTime ?? refused.headers.get('date') ?? '');
    const wasSkewed = Math.abs(storeMs - signing.timeMs) > TOLERANCE_MS;
    if (wasSkewed && !this.#clockCorrected && (bare || CLOCK_CODES.has(code))) {
      // The SDK itself has taken the store's time over from the answer.
      this.#clockCorrected = true;
      return true;
    }
    if (this.#credentialsRenewed || !(bare || EXPIRED_CODES.has(code))) return false;
    this.#credentialsRenewed = await this.#renewal.renew(signing).catch((error: unknown) => {
      throw errorOfCredentials(draft, error);
    });
    return this.#credentialsRenewed;
  }
}
