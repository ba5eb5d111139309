import { readDate } from '../wire/object-headers.ts';
import { adviceForBareAnswer, type RequestSubject } from '../wire/response-error.ts';
import { parseRetryAfterMs } from '../store/retry-after.ts';
import type { StoreError } from '../store/store-error.ts';
import { storeErrorOf } from './vendor-failure.ts';

/** What is known of the answer beside the SDK's error. */
export interface AnswerFacts {
  readonly statusCode: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The parts of the SDK's errors that are read. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly Region?: unknown;
  readonly Endpoint?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
}

const EXPIRED_CODES: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException']);

/** Names that the SDK makes up where the answer had no code, e.g. for a HEAD. */
const NO_CODE: ReadonlySet<string> = new Set(['Unknown', 'UnknownError', 'S3ServiceException', 'Error', '']);

/**
 * The `StoreError` for what a command of the AWS SDK rejected with.
 *
 * @param mayRenew - the client can fetch other credentials, so that those that ran out may be good ones next time
 */
export function awsFailure(
  subject: RequestSubject,
  error: unknown,
  { statusCode: wireStatus, headers }: AnswerFacts,
  secrets: readonly string[],
  mayRenew = false,
): StoreError {
  const sdkError = (typeof error === 'object' && error !== null ? error : { message: error }) as SdkError;
  const name = textOr(sdkError.name) ?? '';
  const message = textOr(sdkError.message) ?? '';
  const { httpStatusCode, requestId } = sdkError.$metadata ?? {};
  // The wire's own status first: the SDK makes 503 of a `200 OK` with an error inside.
  const statusCode = wireStatus ?? (typeof httpStatusCode === 'number' ? httpStatusCode : undefined);
  if (statusCode === undefined) return unansweredFailure(subject, sdkError, name, message, secrets);
  const vendorCode = sdkError.$metadata === undefined || NO_CODE.has(name) || isErrorClass(name) ? undefined : name;
  const serverTime = readDate(headers['date']);
  const advice = adviceForBareAnswer(subject, statusCode, vendorCode);
  return storeErrorOf({
    subject,
    why: `the store answered ${[statusCode, vendorCode].filter((part) => part !== undefined).join(' ')}${
      message === '' || message === name || message === 'UnknownError' ? '' : `: ${message}`
    }${advice === undefined ? '' : `; ${advice}`}`,
    statusCode,
    vendorCode,
    kind: mayRenew && vendorCode !== undefined && EXPIRED_CODES.has(vendorCode) ? 'transient' : undefined,
    requestId: typeof requestId === 'string' ? requestId : headers['x-amz-request-id'],
    retryAfterMs: parseRetryAfterMs(headers['retry-after'], serverTime?.getTime() ?? Date.now()),
    serverTime,
    region: headers['x-amz-bucket-region'] ?? textOr(sdkError.Region),
    endpoint: textOr(sdkError.Endpoint),
    secrets,
  });
}

function unansweredFailure(
  subject: RequestSubject,
  error: SdkError,
  name: string,
  message: string,
  secrets: readonly string[],
): StoreError {
  const code = isTimeout(error, name) ? 'TimeoutError' : textOr(error.code);
  // No credentials, no region, a bad parameter: nothing was sent, and nothing will be.
  const neverSent = code === undefined;
  return storeErrorOf({
    subject,
    why: neverSent ? `the AWS SDK didn't send the request: ${message}` : `${message} (${code})`,
    networkCode: code,
    kind: neverSent ? 'permanent' : undefined,
    cause: error,
    secrets,
  });
}

/** The SDK's own limits. It gives the same name to a connection that was reset, and the network may time out by itself. */
function isTimeout({ code, syscall }: SdkError, name: string): boolean {
  return name === 'TimeoutError' && syscall === undefined && (code === undefined || code === 'ETIMEDOUT');
}

/** JavaScript's own errors (a SyntaxError of the XML parser) are no codes of a store. */
function isErrorClass(name: string): boolean {
  return /^(?:Syntax|Type|Range|Reference)Error$/.test(name);
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
