import { isStoreError, type StoreError } from '../store/store-error.ts';
import { chooseDialect, type Dialect } from '../wire/dialect.ts';
import type { Carrier } from '../wire/operation-store.ts';
import { redactor } from '../wire/redact.ts';
import { adviseRegion } from '../wire/redirect.ts';
import { kindOfRenewable, suspect } from '../wire/refusal-codes.ts';
import type { Draft } from '../wire/request-draft.ts';
import { errorOfCredentials, errorOfRequest, errorOfResponse, readErrorDocument } from '../wire/response-error.ts';
import type { WireResponse } from '../wire/send-request.ts';
import type { Port } from '../wire/speaks-tls.ts';
import { secretsOfHeaders } from '../wire/sse-headers.ts';
import { S3_COMMANDS, type S3ClientLike, type S3Commands, loadS3Commands } from './aws-sdk-commands.ts';
import { S3Exchange, type Signing } from './aws-sdk-exchange.ts';
import { CredentialRenewal } from './aws-sdk-renewal.ts';
import { unanswered, VendorCalls } from './vendor-call.ts';

/** A clock further off than this is a reason; stores refuse at 15 minutes. */
const TOLERANCE_MS = 5 * 60_000;

interface S3Answer extends WireResponse {
  readonly secrets: readonly string[];
  /** The client has fetched other credentials, so that those that ran out may be good ones next time. */
  readonly credentialsRenewed: boolean;
  readonly hostname: string | undefined;
}

export interface S3CarrierOptions {
  readonly commands: S3Commands | undefined;
  /** SSE-C keys may be sent, whatever the endpoint. */
  readonly keysAllowed: boolean;
  readonly requestTimeoutMs: number | undefined;
  /** Is called after each request, with its host and its protocol. */
  readonly onSent: (hostname: string, protocol: string | undefined) => void;
}

/** Sends drafts as commands of one client of the AWS SDK. */
export class S3Carrier implements Carrier<S3Answer> {
  readonly #client: S3ClientLike;
  readonly #keysAllowed: boolean;
  readonly #calls: VendorCalls;
  readonly #renewal: CredentialRenewal;
  readonly #onSent: S3CarrierOptions['onSent'];
  #commands: S3Commands | Promise<S3Commands> | undefined;
  #wasAnswered = false;

  constructor(client: S3ClientLike, { commands, keysAllowed, requestTimeoutMs, onSent }: S3CarrierOptions) {
    this.#client = client;
    this.#onSent = onSent;
    this.#commands = commands;
    this.#keysAllowed = keysAllowed;
    this.#calls = new VendorCalls(requestTimeoutMs);
    this.#renewal = new CredentialRenewal(client);
  }

  async send(draft: Draft): Promise<S3Answer> {
    const commands = await (this.#commands ??= loadS3Commands());
    return this.#calls.run(draft, (abort) => this.#sendUntilRight(draft, commands, abort));
  }

  errorOf(draft: Draft, answer: S3Answer): StoreError {
    const { secrets, credentialsRenewed } = answer;
    const { code, region, endpoint } = readErrorDocument(answer, secrets);
    const isElsewhere = answer.statusCode === 301 || code === 'AuthorizationHeaderMalformed';
    const place = region === undefined ? endpoint : undefined;
    const advice = isElsewhere ? adviseRegion(draft.bucket, place, region) : undefined;
    const kind = credentialsRenewed ? kindOfRenewable(code) : undefined;
    return errorOfResponse(draft, answer, { secrets, kind, advice, region });
  }

  /** What the names of storage classes mean depends on whose store it is, and nothing but a request shows that. */
  dialectOf({ hostname }: S3Answer): Dialect {
    return chooseDialect('s3', 'v4', hostname);
  }

  secretsOf(_draft: Draft, { secrets }: S3Answer): readonly string[] {
    return secrets;
  }

  /**
   * Sends a command once, and again if the refusal says that the signature is wrong and not the request: the clock, which the SDK has
   * taken from the answer by then, or the credentials, which are fetched anew. Each is put right once.
   */
  async #sendUntilRight(draft: Draft, commands: S3Commands, abort: AbortSignal): Promise<S3Answer> {
    let clockCorrected = false;
    let credentialsRenewed = false;
    // Grows by what each attempt is signed with: a store may repeat the token of the one before.
    const secrets = new Set(secretsOfHeaders(draft.headers));
    for (;;) {
      const { answer, signing, hostname } = await this.#sendOnce(draft, commands, abort, secrets);
      const result = { ...answer, secrets: [...secrets], credentialsRenewed, hostname };
      if (abort.aborted || answer.statusCode < 400 || signing === undefined) return result;
      const { code, serverTime } = readErrorDocument(answer, []);
      const suspicion = suspect(draft.method, answer.statusCode, code);
      const storeMs = Date.parse(serverTime ?? answer.headers.get('date') ?? '');
      if (suspicion.clock && !clockCorrected && Math.abs(storeMs - signing.timeMs) > TOLERANCE_MS) {
        clockCorrected = true;
      } else if (
        suspicion.credentials &&
        !credentialsRenewed &&
        (await this.#renew(draft, signing)) &&
        !abort.aborted
      ) {
        credentialsRenewed = true;
      } else {
        return result;
      }
    }
  }

  async #sendOnce(
    draft: Draft,
    commands: S3Commands,
    abort: AbortSignal,
    secrets: Set<string>,
  ): Promise<Pick<S3Exchange, 'signing' | 'hostname'> & { readonly answer: WireResponse }> {
    const exchange = new S3Exchange(draft, this.#keysAllowed, secrets);
    // Bucket and key make the path; all else of the request is the draft's.
    const input = { Bucket: draft.bucket, Key: draft.key };
    const command = new commands[S3_COMMANDS[draft.operation]](input as never);
    exchange.attach(command);
    let thrown: unknown;
    try {
      await this.#client.send(command as never, { abortSignal: abort } as never);
    } catch (error) {
      thrown = error;
    }
    const { answer, signing, hostname, protocol, port = '' } = exchange;
    if (hostname !== undefined) this.#onSent(hostname, protocol);
    if (answer === undefined) {
      const isNew = !this.#wasAnswered && draft.method === 'HEAD' && protocol === 'http:' && hostname !== undefined;
      const asked = isNew ? ({ protocol, hostname, port: `:${port}` } as const) : undefined;
      throw await failureOf(draft, thrown, [...secrets], asked);
    }
    this.#wasAnswered = true;
    return { answer, signing, hostname };
  }

  async #renew(draft: Draft, stale: Signing): Promise<boolean> {
    try {
      return await this.#renewal.renew(stale);
    } catch (error) {
      throw errorOfCredentials(draft, error);
    }
  }
}

async function failureOf(draft: Draft, thrown: unknown, secrets: readonly string[], port?: Port): Promise<StoreError> {
  if (isStoreError(thrown)) return thrown;
  const { message, name, code, syscall } = (thrown ?? { message: 'no HTTP answer came' }) as Record<string, unknown>;
  const text = typeof message === 'string' ? message : 'no reason given';
  // The SDK's own limits. It gives the same name to a connection that was reset, and the network may time out by itself.
  const isTimeout = name === 'TimeoutError' && syscall === undefined && (code === undefined || code === 'ETIMEDOUT');
  if (isTimeout) return unanswered(draft, text, 'TimeoutError', secrets, thrown);
  if (typeof code === 'string' && code !== '') return unanswered(draft, text, code, secrets, thrown, port);
  // No credentials, no region, a bad parameter: nothing was sent, and nothing will be.
  return errorOfRequest(draft, `the AWS SDK didn't send the request: ${redactor(secrets)(text)}`, thrown);
}
