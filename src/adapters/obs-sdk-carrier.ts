import type { RequestOf, StoreOperation } from '../store/copy-store.ts';
import type { StoreError } from '../store/store-error.ts';
import { type Dialect, chooseDialect } from '../wire/dialect.ts';
import type { Carrier } from '../wire/operation-store.ts';
import { redactor } from '../wire/redact.ts';
import type { Draft } from '../wire/request-draft.ts';
import { adviseRegion } from '../wire/redirect.ts';
import { errorOfRequest, errorOfResponse, readErrorDocument } from '../wire/response-error.ts';
import type { WireResponse } from '../wire/send-request.ts';
import { secretsOfHeaders } from '../wire/sse-headers.ts';
import { ObsExchange } from './obs-sdk-exchange.ts';
import { METHODS, type VendorMethod, vendorInputOf } from './obs-sdk-input.ts';
import { unanswered, VendorCalls } from './vendor-call.ts';

/** Huawei's `ObsClient` of `esdk-obs-nodejs`, as far as it is used. */
export type ObsSdkClientLike = Record<(typeof METHODS)[keyof typeof METHODS], VendorMethod>;

/** An answer, and what else is known of its exchange. */
interface ObsAnswer extends WireResponse {
  readonly exchange: ObsExchange;
}

/** Sends drafts as calls of the vendor's client. */
export class ObsCarrier implements Carrier<ObsAnswer> {
  readonly #client: ObsSdkClientLike;
  readonly #areKeysAllowed: () => boolean;
  readonly #calls: VendorCalls;
  #wasAnswered = false;
  /** The client's constructor leaves its work to the next tick. */
  readonly #ready: Promise<void> = new Promise((resolve) => setImmediate(resolve));

  /** @param areKeysAllowed - whether SSE-C keys may be sent, whatever the endpoint */
  constructor(client: ObsSdkClientLike, areKeysAllowed: () => boolean, requestTimeoutMs: number | undefined) {
    this.#client = client;
    this.#areKeysAllowed = areKeysAllowed;
    this.#calls = new VendorCalls(requestTimeoutMs);
  }

  async send(draft: Draft, request: RequestOf<StoreOperation>): Promise<ObsAnswer> {
    draft.signal?.throwIfAborted();
    const hasRetention = typeof this.#client[METHODS.putObjectRetention] === 'function';
    if (draft.operation === 'putObjectRetention' && !hasRetention) {
      throw errorOfRequest(
        draft,
        'esdk-obs-nodejs before 3.26.8 has no setObjectRetention',
        undefined,
        'NotImplemented',
      );
    }
    const { params, ...demands } = vendorInputOf(draft, request, hasRetention);
    await this.#ready;
    const holdsKeys = secretsOfHeaders(draft.headers).length > 0 && !this.#areKeysAllowed();
    const exchange = new ObsExchange(draft, { ...demands, isSecret: holdsKeys });
    let thrown: unknown;
    await this.#calls.run(draft, async (abort) => {
      abort.addEventListener('abort', () => exchange.end(), { once: true });
      // OBS has no annotations, and so its stores no calls for them.
      const method = this.#client[METHODS[draft.operation as keyof typeof METHODS]] as (params: object) => unknown;
      try {
        // What it resolves with is not used, and the parameters are its own: it changes them.
        await method.call(this.#client, { ...params, ...exchange.hooks });
      } catch (error) {
        thrown = error;
      }
    });
    const { answer } = exchange;
    if (answer === undefined) throw await failureOf(draft, exchange, thrown, this.#wasAnswered);
    this.#wasAnswered = true;
    return { ...answer, exchange };
  }

  errorOf(draft: Draft, answer: ObsAnswer): StoreError {
    const { redirectedTo } = answer.exchange;
    const secrets = this.secretsOf(draft, answer);
    const { endpoint, region } = readErrorDocument(answer, secrets);
    const isRedirect = answer.statusCode >= 300 && answer.statusCode < 400;
    return errorOfResponse(draft, answer, {
      secrets,
      endpoint: redirectedTo,
      advice: isRedirect ? adviseRegion(draft.bucket, redirectedTo ?? endpoint, region) : undefined,
      kind: isRedirect ? 'permanent' : undefined,
    });
  }

  secretsOf(draft: Draft, { exchange }: ObsAnswer): readonly string[] {
    return [...secretsOfHeaders(draft.headers), ...exchange.secrets];
  }

  dialectOf({ exchange }: ObsAnswer): Dialect {
    return chooseDialect('obs', exchange.signature);
  }
}

async function failureOf(
  draft: Draft,
  exchange: ObsExchange,
  thrown: unknown,
  wasAnswered: boolean,
): Promise<StoreError> {
  const { failure, refusal } = exchange;
  const port = wasAnswered || draft.method !== 'HEAD' ? undefined : exchange.plainPort;
  const secrets = [...secretsOfHeaders(draft.headers), ...exchange.secrets];
  if (failure !== undefined) return unanswered(draft, failure.message, failure.code, secrets, undefined, port);
  if (refusal !== undefined) return errorOfRequest(draft, refusal);
  if (thrown === undefined) {
    return errorOfRequest(
      draft,
      "the client called no ResponseHook, as an ObsClient of 'esdk-obs-nodejs' (3.1.4 and later) does",
    );
  }
  const { message, code } = thrown as { message?: unknown; code?: unknown };
  const text = `esdk-obs-nodejs failed: ${typeof message === 'string' ? message : 'no reason given'}`;
  if (typeof code === 'string') return unanswered(draft, text, code, secrets);
  // Nothing of the request was seen, so that nothing was sent: a parameter that won't do, or a client that isn't ready.
  return errorOfRequest(draft, redactor(secrets)(text));
}
