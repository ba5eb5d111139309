import type { StoreOperation } from './copy-store.ts';
import type { StoreErrorKind } from './store-error.ts';

/**
 * Code for a whole answer of the store itself that says neither that the request failed nor what came of it: an empty body, a document
 * without an ETag. The store would answer so again, and has finished: look what is there, and don't repeat the request.
 */
export const EMPTY_ANSWER = 'EmptyAnswer';

/** Whether repeating the request brings the same: the answer was whole and holds nothing usable, or is longer than any result. */
export function isAnsweredForNothing({ vendorCode }: { readonly vendorCode?: string | undefined }): boolean {
  return vendorCode === EMPTY_ANSWER || vendorCode === 'BodyTooLarge';
}

/** Whether a store says that it has no such call, whatever it is called for. */
export function lacksCall({
  statusCode = 0,
  vendorCode = '',
  message,
}: Pick<Failure, 'statusCode' | 'vendorCode'> & { readonly message: string }): boolean {
  if (statusCode === 405 || statusCode === 501 || vendorCode.endsWith('NotImplemented')) return true;
  return statusCode === 400 && /not (?:supported|implemented|allowed)|unsupported/i.test(answerIn(message));
}

/** What the store said, without the keys that a message names before it. */
export function answerIn(message: string): string {
  return message.slice(message.lastIndexOf(' answered ') + 1);
}

export interface Failure {
  readonly operation: StoreOperation;
  /** HTTP status; left out if no answer came. A 2xx is a failure that the body reports, or a body without the ETag. */
  readonly statusCode?: number | undefined;
  /** The store's own code: `SlowDown`, `NoSuchKey`, … */
  readonly vendorCode?: string | undefined;
  /** The network's or the HTTP client's code: `ECONNRESET`, `UND_ERR_CONNECT_TIMEOUT`, … */
  readonly networkCode?: string | undefined;
}

/**
 * Says what sort of failure it was. The store's own code counts first, as it comes with different statuses (`RequestTimeout` is 400 on
 * S3, 408 on OBS, 503 on MinIO) and inside `200 OK`. If the code is unknown, the status counts; without an answer, the network's
 * code. An unknown outcome is `ambiguous` only if it matters: for an operation that is safe to repeat it is `transient`.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0115.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function classifyFailure(failure: Failure): StoreErrorKind {
  const kind = classifyAnswer(failure);
  return kind === 'ambiguous' && !NOT_REPEATABLE.has(failure.operation) ? 'transient' : kind;
}

/** Operations that do something else when they are done twice: without an answer, what they did is unknown. */
const NOT_REPEATABLE: ReadonlySet<StoreOperation> = new Set([
  'copyObject',
  'createMultipartUpload',
  'completeMultipartUpload',
]);

/** Whether no (complete) answer of the store came, so that it may still be at the request. */
export function wasUnanswered(error: Failure & { readonly kind: StoreErrorKind }): boolean {
  return error.kind !== 'permanent' && error.vendorCode !== EMPTY_ANSWER && classifyAnswer(error) === 'ambiguous';
}

function classifyAnswer(failure: Failure): StoreErrorKind {
  const { operation, statusCode, vendorCode, networkCode } = failure;
  if (vendorCode !== undefined && vendorCode !== '') {
    // On Complete the vendor asks to begin a new upload; on CopyObject to try again.
    if (vendorCode === 'ConditionalRequestConflict' && operation !== 'completeMultipartUpload') return 'transient';
    const kind = kindOfCode(vendorCode);
    if (kind !== undefined) return kind;
  }
  if (statusCode === undefined) return classifyNetworkFailure(networkCode ?? vendorCode);
  // What fails after `200 OK` was sent has passed every check of the request before.
  if (statusCode < 300) {
    return vendorCode === undefined || vendorCode === '' || vendorCode === EMPTY_ANSWER ? 'ambiguous' : 'transient';
  }
  const kind = KIND_OF_STATUS.get(statusCode);
  if (kind !== undefined) return kind;
  return statusCode >= 500 ? 'transient' : 'permanent';
}

/** The store asks for fewer requests. `ServiceUnavailable`: the request rate is too high on S3, the server is overloaded on OBS. */
const THROTTLED_CODES: readonly RegExp[] = [
  /Throttl/,
  /^(?:SlowDown|TooManyRequests|ServiceUnavailable)/,
  /^(?:Bandwidth|Request)?LimitExceeded/,
  /^(?:PriorRequestNotComplete|ProvisionedThroughputExceeded|TransactionInProgress)/,
];

/** The same request may work in a moment. A clock that is off is right once the client has the server's time from the answer. */
const TRANSIENT_CODES: readonly RegExp[] = [
  /^(?:Internal(?:Error|Failure|ServerError)|IncompleteBody|OperationAborted)/,
  /^Request(?:Expired|InTheFuture|TimeTooSkewed|Timeout)/,
  /^XMinio(?:BackendDown|ServerNotInitialized)/,
];

/**
 * Refusals that another try can't change, also if they arrive inside `200 OK` or under a 5xx. A client that can fetch new
 * credentials knows better of an expired token, and says so itself.
 */
const PERMANENT_CODES: readonly RegExp[] = [
  /^(?:Access|AllAccess|Account|Auth|CredentialsNotSupported|ExpiredToken|NotSignedUp|SignatureDoesNotMatch|TooManyWrongSignature)/,
  /^(?:Bad(?:Digest|Request)|Illegal|Invalid|Malformed|Missing|PreconditionFailed|ConditionalRequestConflict)/,
  /^(?:EntityToo|KeyTooLong|MaxMessageLength|MetadataTooLarge|InsufficientStorageSpace|XMinioStorageFull)/,
  /^(?:NoSuch|NotFound|KMS\.(?:Disabled|NotFound))/,
  /(?:Denied|NotAllowed|NotImplemented|NotSupport(?:ed)?|Redirect|VirtualHostDomainRequired)$/,
];

const KINDS_OF_CODES: readonly (readonly [StoreErrorKind, readonly RegExp[]])[] = [
  ['throttled', THROTTLED_CODES],
  ['transient', TRANSIENT_CODES],
  ['permanent', PERMANENT_CODES],
];

function kindOfCode(code: string): StoreErrorKind | undefined {
  return KINDS_OF_CODES.find(([, patterns]) => patterns.some((pattern) => pattern.test(code)))?.[0];
}

const KIND_OF_STATUS: ReadonlyMap<number, StoreErrorKind> = new Map<number, StoreErrorKind>([
  [408, 'transient'],
  [425, 'transient'],
  [429, 'throttled'],
  // Proxies' words (a load balancer of AWS, nginx) for a client that has gone: one of them didn't wait for the store.
  [460, 'ambiguous'],
  [499, 'ambiguous'],
  [501, 'permanent'],
  // A gateway that got no (good) answer: what the store behind it did is unknown.
  [502, 'ambiguous'],
  [503, 'throttled'],
  [504, 'ambiguous'],
  [505, 'permanent'],
  [507, 'permanent'],
  [511, 'permanent'],
  [520, 'ambiguous'],
  [521, 'transient'],
  [522, 'transient'],
  [523, 'transient'],
  [524, 'ambiguous'],
  // Proxies' words for a time-out behind them.
  [598, 'ambiguous'],
  [599, 'ambiguous'],
]);

/** Codes that say that no connection was made, so the store has seen nothing. */
const UNSENT_CODES: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Node's and OpenSSL's codes for a certificate or protocol that won't do, and for a request that can't be written. */
const UNSENDABLE_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|ERR_PROXY_REFUSED|ERR_INVALID_|ERR_HTTP_INVALID|ERR_UNESCAPED|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|UND_ERR_INVALID_ARG|HOSTNAME_MISMATCH)/;

/** This process, or this machine, has no file descriptors left for a connection: fewer requests at a time need fewer. */
const OUT_OF_DESCRIPTORS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

function classifyNetworkFailure(code: string | undefined): StoreErrorKind {
  if (code === undefined) return 'ambiguous';
  if (OUT_OF_DESCRIPTORS.has(code)) return 'throttled';
  if (UNSENT_CODES.has(code)) return 'transient';
  return UNSENDABLE_CODE.test(code) ? 'permanent' : 'ambiguous';
}
