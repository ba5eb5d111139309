import { CopyOptionsError } from '../errors.ts';
import { classifyFailure } from '../store/classify-failure.ts';
import type { StoreOperation } from '../store/copy-store.ts';
import { redactor } from './redact.ts';
import { StoreError, type StoreErrorDetails, type StoreErrorKind } from '../store/store-error.ts';
import { readDate } from './object-headers.ts';
import type { WireResponse } from './send-request.ts';
import type { TransportError } from './transport-error.ts';
import { readXml } from '../xml-tree.ts';
import { NOTHING, textOf } from './xml.ts';

/** What a request was for, as far as its error names it. */
export interface RequestSubject {
  readonly operation: StoreOperation;
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly partNumber?: number | undefined;
  /** Names and values in turn, as they were sent. */
  readonly headers?: readonly string[] | undefined;
}

export interface ErrorDocument {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
  readonly hostId: string | undefined;
  /** Where the bucket really is, on a redirect. */
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  /** The store's clock, in an error that says that ours is wrong. */
  readonly serverTime: string | undefined;
}

const ACTIONS: Readonly<Record<StoreOperation, string>> = {
  headObject: 'read the properties of',
  copyObject: 'copy to',
  createMultipartUpload: 'begin an upload to',
  copyPart: 'copy a part to',
  listParts: 'list the parts of the upload to',
  completeMultipartUpload: 'complete the upload to',
  abortMultipartUpload: 'abort the upload to',
  listMultipartUploads: 'list the uploads in',
  getObjectTagging: 'read the tags of',
  putObjectTagging: 'write the tags of',
  getObjectAcl: 'read the grants of',
  listObjects: 'list the objects of',
  deleteObjects: 'delete objects of',
  listObjectVersions: 'list the versions of',
  getBucketVersioning: 'read whether versions are kept of',
  headBucket: 'read of which sort is',
  getObject: 'read',
  listAnnotations: 'list the annotations of',
  getAnnotation: 'read an annotation of',
  putAnnotation: 'write an annotation of',
  updateObjectEncryption: 'change the key of',
  putObjectRetention: 'set the retention of',
  putObjectLegalHold: 'set the legal hold of',
  putObject: 'write',
};

const MAX_TEXT_LENGTH = 500;

/** Text from outside, fit for one line of a log. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  const line = text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ').trim();
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH)}…` : line;
}

/** `Cannot copy part 3 to bucket/key`, the beginning of every message. */
function describeSubject(subject: RequestSubject): string {
  const action = subject.partNumber === undefined ? ACTIONS[subject.operation] : `copy part ${subject.partNumber} to`;
  const where = subject.key === undefined ? subject.bucket : `${subject.bucket}/${subject.key}`;
  return `Cannot ${action} ${printable(where)}`;
}

/**
 * Reads what a store says about a failure: from its XML or JSON document, or for a HEAD from its headers.
 *
 * @param secrets - what is taken out of every field: a store may echo the request in any of them
 */
export function readErrorDocument(response: WireResponse, secrets: readonly string[]): ErrorDocument {
  const redact = redactor(secrets);
  const clean = (text: unknown): string | undefined => (typeof text === 'string' ? redact(text) : undefined);
  const headers = (name: string): string | undefined => clean(response.headers.get(name));
  const header = (name: string): string | undefined => headers(`x-obs-${name}`) ?? headers(`x-amz-${name}`);
  const document = readXml(response.body);
  const root = document?.name === 'Error' ? document : NOTHING;
  const element = (name: string): string | undefined => clean(textOf(root, name));
  const json = readJsonError(response.body);
  return {
    code: readCode(element('Code') ?? clean(json.code) ?? header('error-code') ?? headers('x-minio-error-code')),
    message: element('Message') ?? clean(json.message) ?? header('error-message') ?? headers('x-minio-error-desc'),
    requestId: readToken(header('request-id') ?? element('RequestId')),
    hostId: readToken(element('HostId') ?? header('id-2')),
    region: readToken(headers('x-amz-bucket-region') ?? header('bucket-location') ?? element('Region')),
    endpoint: readToken(element('Endpoint')),
    serverTime: readToken(element('ServerTime')),
  };
}

/** The store's own id of a request, from the headers of its answer; none if it isn't a plain word, or repeats a secret. */
export function readRequestId({ headers }: WireResponse, secretsOf: () => readonly string[]): string | undefined {
  const id = headers.get('x-amz-request-id') ?? headers.get('x-obs-request-id') ?? '';
  if (!/^[\w.:/+=~-]{1,200}$/.test(id)) return undefined;
  const text = id.toLowerCase();
  return secretsOf().some((secret) => text.includes(secret.toLowerCase())) ? undefined : id;
}

function readJsonError(body: string): { readonly code?: unknown; readonly message?: unknown } {
  if (!body.startsWith('{') || body.length > 65_536) return {};
  try {
    return Object((JSON.parse(body) as { readonly error?: unknown }).error ?? {}) as object;
  } catch {
    return {};
  }
}

// A code is compared and printed; anything but a plain word isn't one.
function readCode(text: string | undefined): string | undefined {
  const code = text?.trim();
  return code !== undefined && /^[\w.:-]{1,100}$/.test(code) ? code : undefined;
}

function readToken(text: string | undefined): string | undefined {
  const token = text === undefined ? '' : printable(text).slice(0, 200);
  return token === '' ? undefined : token;
}

function readRetryAfterMs(response: WireResponse): number | undefined {
  const exactMs = response.headers.get('x-amz-retry-after');
  if (exactMs !== undefined && /^\d{1,9}$/.test(exactMs)) return Math.min(Number(exactMs), MAX_RETRY_AFTER_MS);
  const serverTimeMs = Date.parse(response.headers.get('date') ?? '');
  return parseRetryAfterMs(response.headers.get('retry-after'), Number.isNaN(serverTimeMs) ? Date.now() : serverTimeMs);
}

export interface FailureContext {
  /** Texts that must not appear in a message: keys, tokens, signatures. */
  readonly secrets: readonly string[];
  /** Overrides the kind that the table gives. */
  readonly kind?: StoreErrorKind | undefined;
  /** Ends the message: what the caller can do. */
  readonly advice?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

const NO_SUCH_KEY =
  'or no such key, as without permission to list the bucket (s3:ListBucket) a missing key is refused, too';

/** What may be wrong, or what to do, if the answer itself doesn't say. */
function adviceFor(
  { operation, headers = [] }: RequestSubject,
  { statusCode, body }: WireResponse,
  code: string | undefined,
): string | undefined {
  if (statusCode === 400 && /HTTP request (?:was )?(?:sent )?to (?:an )?HTTPS/i.test(body)) {
    return 'the port speaks https: use an endpoint with https://';
  }
  if (code === 'InvalidObjectState') return 'the object is archived: restore it first';
  if (statusCode !== 403) return undefined;
  if (operation === 'headObject') {
    if (code === 'AccessDenied') return `no permission to read the object, ${NO_SUCH_KEY}`;
    if (code !== undefined) return undefined;
    return `a HEAD is refused without a reason: wrong keys, region or signature, no permission to read the object, ${NO_SUCH_KEY}`;
  }
  const isWithKey = headers.some((name) => name.endsWith('server-side-encryption-customer-key'));
  if (code !== 'AccessDenied' || !isWithKey) return undefined;
  return 'no permission, or the bucket blocks SSE-C (see its encryption settings): allow it there, or leave out destination.sse';
}

function failure(subject: RequestSubject, problem: string, details: Omit<StoreErrorDetails, 'operation'>): StoreError {
  return new StoreError(`${describeSubject(subject)}${problem}`, { operation: subject.operation, ...details });
}

/** The error for an answer that says, by status or by body, that the request failed. */
export function errorOfResponse(subject: RequestSubject, response: WireResponse, context: FailureContext): StoreError {
  const { statusCode } = response;
  const { code, message, requestId, endpoint, region } = readErrorDocument(response, context.secrets);
  // The store also says where a redirect leads.
  const clean = redactor(context.secrets);
  const what = code === undefined ? statusCode : `${statusCode} ${code}`;
  const why = message === undefined || message.trim() === '' ? '' : `: ${printable(message)}`;
  const hint = context.advice ?? adviceFor(subject, response, code);
  const advice = hint === undefined ? '' : `; ${clean(hint)}`;
  return failure(subject, ` as the store answered ${what}${why}${advice}`, {
    kind: context.kind ?? classifyFailure({ operation: subject.operation, statusCode, vendorCode: code }),
    statusCode,
    vendorCode: code,
    requestId,
    retryAfterMs: readRetryAfterMs(response),
    serverTime: readDate(response.headers.get('date')),
    endpoint: context.endpoint === undefined ? endpoint : clean(context.endpoint),
    region: context.region ?? region,
  });
}

/** The error for a 2xx answer whose body isn't the result: empty, cut off, HTML, or without what the result must have. */
export function errorOfContent(
  subject: RequestSubject,
  response: WireResponse,
  problem: string,
  secrets: readonly string[],
  vendorCode?: string,
): StoreError {
  const { statusCode, headers } = response;
  return failure(subject, ` as the store answered ${statusCode} with ${problem}`, {
    kind: classifyFailure({ operation: subject.operation, statusCode, vendorCode }),
    statusCode,
    vendorCode,
    serverTime: readDate(headers.get('date')),
    requestId: readErrorDocument(response, secrets).requestId,
  });
}

export function errorOfTransport(subject: RequestSubject, error: TransportError, endpoint: string): StoreError {
  const { code, maybeSent, cause } = error;
  const kind = classifyFailure({ operation: subject.operation, networkCode: code });
  return failure(subject, ` at ${endpoint} as ${printable(error.message)} (${code})`, {
    kind: kind === 'ambiguous' && !maybeSent ? 'transient' : kind,
    vendorCode: code,
    cause,
  });
}

/** The error for credentials that could not be fetched. A provider that failed may work in a moment, one that is wrong won't. */
export function errorOfCredentials(subject: RequestSubject, error: unknown): StoreError {
  const reason = error instanceof Error ? printable(error.message) : 'of an unknown error';
  return failure(subject, ` as the credentials could not be fetched: ${reason}`, {
    kind: error instanceof CopyOptionsError ? 'permanent' : 'transient',
    vendorCode: 'CredentialsError',
    cause: error,
  });
}

export function errorOfRequest(
  subject: RequestSubject,
  problem: string,
  cause?: unknown,
  vendorCode?: string,
): StoreError {
  return failure(subject, `: ${problem}`, { kind: 'permanent', vendorCode, cause });
}

/** Longest wait that a store may ask for; what asks for more is mistaken or hostile. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date. Returns milliseconds, or undefined if it says nothing usable.
 *
 * @param nowMs - the current time, by the server's clock if it is known
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const delayMs = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (!Number.isFinite(delayMs)) return undefined;
  return Math.round(Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS));
}
