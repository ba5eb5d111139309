import type { ReadBody } from '../wire/copy-results.ts';
import { type Dialect, chooseDialect } from '../wire/dialect.ts';
import type { WireResponse } from '../wire/http-client.ts';
import { type RequestSubject, errorOfContent, errorOfResponse } from '../wire/response-error.ts';
import type { StoreRequest } from '../store/copy-store.ts';
import type { StoreError } from '../store/store-error.ts';
import { callTimeoutMs } from './adapter-options.ts';
import { ObsExchange } from './obs-sdk-exchange.ts';
import { UnsupportedError, UnsupportedTagsError, type VendorRequest } from './obs-sdk-request.ts';
import { CallTimeoutError, type VendorCalls } from './vendor-call.ts';
import { refusal, storeErrorOf } from './vendor-failure.ts';

/** A method of the vendor's client, which gives a promise where it isn't given a callback. */
export type VendorMethod = (params: never) => unknown;

/** Huawei's `ObsClient` of `esdk-obs-nodejs`, as far as it is used. */
export interface ObsSdkClientLike {
  getObjectMetadata: VendorMethod;
  copyObject: VendorMethod;
  initiateMultipartUpload: VendorMethod;
  copyPart: VendorMethod;
  listParts: VendorMethod;
  completeMultipartUpload: VendorMethod;
  abortMultipartUpload: VendorMethod;
  listMultipartUploads: VendorMethod;
  getObjectTagging: VendorMethod;
  setObjectTagging: VendorMethod;
  getObjectAcl: VendorMethod;
}

/** One call of a method of the vendor's client. */
export interface VendorMethodCall<Result> {
  readonly subject: RequestSubject;
  readonly method: keyof ObsSdkClientLike;
  readonly request: StoreRequest;
  readonly build: () => VendorRequest;
  readonly read: (response: WireResponse, dialect: Dialect) => ReadBody<Result>;
  /** What the answer must be, where it is nothing of the kind. */
  readonly wanted: string;
  readonly secrets?: readonly string[];
}

/**
 * Makes one call of the vendor's client, and reads the answer off the wire.
 *
 * @throws StoreError, or the signal's own reason
 */
export async function callVendor<Result>(
  client: ObsSdkClientLike,
  calls: VendorCalls,
  call: VendorMethodCall<Result>,
  requestTimeoutMs: number | undefined,
): Promise<Result> {
  const { subject } = call;
  const { signal } = call.request;
  const timeoutMs = callTimeoutMs(subject.operation, call.request, requestTimeoutMs);
  const { params, ...demands } = buildOrRefuse(subject, call.build);
  const exchange = new ObsExchange(subject.bucket, demands);
  let thrown: unknown;
  try {
    await calls.run({ signal, timeoutMs }, async (abort) => {
      abort.addEventListener('abort', () => exchange.end(), { once: true });
      const method = client[call.method] as (params: object) => unknown;
      // What it resolves with is not used, and the parameters are its own: it changes them.
      await method.call(client, { ...params, ...exchange.hooks });
    });
  } catch (error) {
    if (signal?.aborted === true && error === signal.reason) throw error;
    thrown = error;
  }
  const { answer } = exchange;
  const secrets = [...(call.secrets ?? []), ...exchange.secrets];
  if (answer === undefined || thrown instanceof CallTimeoutError) throw failureOf(subject, exchange, thrown, secrets);
  return readAnswer(call, exchange, answer, secrets);
}

function buildOrRefuse(subject: RequestSubject, build: () => VendorRequest): VendorRequest {
  try {
    return build();
  } catch (error) {
    // What stores answer to tags that they don't take with a copy.
    if (error instanceof UnsupportedTagsError) throw refusal(subject, error.message, 'NotImplemented');
    if (error instanceof UnsupportedError) throw refusal(subject, error.message);
    if (error instanceof URIError)
      throw refusal(subject, 'a name or value holds a lone surrogate, which has no UTF-8 form');
    throw error;
  }
}

function readAnswer<Result>(
  call: VendorMethodCall<Result>,
  exchange: ObsExchange,
  answer: WireResponse,
  secrets: readonly string[],
): Result {
  const { subject, wanted } = call;
  const isRedirect = answer.statusCode >= 300 && answer.statusCode < 400;
  const { redirectedTo } = exchange;
  const advice =
    redirectedTo === undefined
      ? undefined
      : `use endpoint ${JSON.stringify(redirectedTo)} for bucket ${subject.bucket}`;
  const kind = isRedirect ? ({ kind: 'permanent' } as const) : {};
  const failed = (): StoreError =>
    errorOfResponse(subject, answer, { secrets, endpoint: redirectedTo, advice, ...kind });
  if (answer.statusCode >= 300) throw failed();
  const read = call.read(answer, chooseDialect('obs', exchange.signature));
  if (read === 'error') throw failed();
  if (read === 'unknown') throw errorOfContent(subject, answer, `a body that is not ${wanted}`, secrets);
  return read.result;
}

/** The error for a call that brought no answer. */
function failureOf(
  subject: RequestSubject,
  exchange: ObsExchange,
  thrown: unknown,
  secrets: readonly string[],
): StoreError {
  const { failure } = exchange;
  if (thrown instanceof CallTimeoutError) {
    return storeErrorOf({ subject, why: `${thrown.message} (${thrown.code})`, networkCode: thrown.code, secrets });
  }
  if (failure !== undefined) {
    return storeErrorOf({ subject, why: `${failure.message} (${failure.code})`, networkCode: failure.code, secrets });
  }
  if (exchange.refusal !== undefined) return refusal(subject, exchange.refusal);
  if (thrown === undefined) {
    return refusal(
      subject,
      "the client called no ResponseHook, as an ObsClient of 'esdk-obs-nodejs' (3.1.4 and later) does",
    );
  }
  const { message, code } = thrown as { message?: unknown; code?: unknown };
  const networkCode = typeof code === 'string' ? code : undefined;
  return storeErrorOf({
    subject,
    why: `esdk-obs-nodejs failed: ${typeof message === 'string' ? message : 'no reason given'}`,
    networkCode,
    // Nothing of the request was seen, so that nothing was sent: a parameter that won't do, or a client that isn't ready.
    kind: networkCode === undefined ? 'permanent' : undefined,
    secrets,
  });
}
