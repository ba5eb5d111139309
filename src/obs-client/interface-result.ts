import type { WireResponse } from '../wire/send-request.ts';
import { redactor } from '../wire/redact.ts';
import { printable, readErrorDocument } from '../wire/response-error.ts';
import { classifyFailure } from '../store/classify-failure.ts';
import type { StoreOperation } from '../store/copy-store.ts';
import type { StoreError } from '../store/store-error.ts';

/** What every result says about the request. */
export interface CommonMsg {
  /**
   * HTTP status; 300 and more is a failure. An error that came inside `200 OK`, or a `200 OK` without its result, has the
   * status that the error would have had by itself, so that `Status < 300` means success.
   */
  Status: number;
  /** The store's error code; empty for success, and if the store gave none. */
  Code: string;
  Message: string;
  HostId: string;
  RequestId: string | undefined;
  /** Always null; kept for the vendor's shape. */
  InterfaceResult: null;
  /** How long OBS held the request back, in milliseconds; empty if it didn't. */
  QosDelayTime: string;
  Id2?: string | undefined;
  Indicator?: string | undefined;
}

/** Fields of every successful result. */
export interface InterfaceResultHeader {
  ContentLength?: string;
  Date?: string;
  Reserved?: string;
  RequestId: string | undefined;
  Id2?: string | undefined;
}

/** What a method of `ObsClient` resolves with. `InterfaceResult` is there only if `CommonMsg.Status` is below 300. */
export interface ObsResult<Fields> {
  CommonMsg: CommonMsg;
  InterfaceResult?: InterfaceResultHeader & Fields;
}

/** A header of the vendor, by whichever prefix the store uses. */
export function vendorHeader({ headers }: WireResponse, name: string): string | undefined {
  return headers.get(`x-obs-${name}`) ?? headers.get(`x-amz-${name}`);
}

export function resultOfAnswer<Fields>(response: WireResponse, fields: Fields): ObsResult<Fields> {
  const { headers, statusCode } = response;
  const RequestId = vendorHeader(response, 'request-id');
  const Id2 = vendorHeader(response, 'id-2');
  const QosDelayTime = vendorHeader(response, 'qos-delay-time') ?? '';
  const header = { ContentLength: 'content-length', Date: 'date', Reserved: 'x-reserved' };
  return {
    CommonMsg: commonMsg({ Status: statusCode, RequestId, QosDelayTime, Id2 }),
    InterfaceResult: { ...headerFields(header, (name) => headers.get(name)), RequestId, Id2, ...fields },
  };
}

/** Fields of which each is a header; one that the answer lacks is left out. */
export function headerFields(
  names: Readonly<Record<string, string>>,
  get: (name: string) => string | undefined,
): Record<string, string> {
  const values = Object.entries(names).map(([field, name]) => [field, get(name)] as const);
  return Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function commonMsg(known: Pick<CommonMsg, 'Status' | 'RequestId'> & Partial<CommonMsg>): CommonMsg {
  return { Code: '', Message: '', HostId: '', InterfaceResult: null, QosDelayTime: '', ...known };
}

/**
 * The result for an answer that says, by its status or in its body, that the request failed; or for a 2xx answer that isn't what was
 * asked for: empty, HTML, cut off, without an ETag.
 *
 * @param secrets - what must not be repeated from it: a store may echo them in any header
 * @param lacks - what a 2xx answer does without
 */
export function resultOfFailure(
  operation: StoreOperation,
  response: WireResponse,
  secrets: readonly string[],
  lacks?: string,
): ObsResult<never> {
  const { statusCode, headers } = response;
  const { code = '', message = '', hostId = '', requestId } = readErrorDocument(response, secrets);
  const redact = redactor(secrets);
  const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : redact(text));
  const refusal = {
    Status: statusCode >= 300 ? statusCode : statusOfCode(operation, code),
    Code: code,
    Message: printable(message),
    HostId: hostId,
  };
  const nonsense = {
    Status: 500,
    Code: 'InternalError',
    Message: `The store answered ${statusCode} without ${lacks}`,
  };
  return {
    CommonMsg: commonMsg({
      ...(lacks === undefined ? refusal : nonsense),
      RequestId: requestId,
      QosDelayTime: clean(vendorHeader(response, 'qos-delay-time')) ?? '',
      Id2: clean(vendorHeader(response, 'id-2')),
      Indicator: clean(headers.get('x-reserved-indicator')),
    }),
  };
}

/** The result for an answer that the client underneath has turned into an error: a redirect that must not be followed. */
export function resultOfError(error: StoreError, statusCode: number): ObsResult<never> {
  const { vendorCode: Code = '', message: Message, requestId: RequestId } = error;
  return { CommonMsg: commonMsg({ Status: statusCode, RequestId, Code, Message }) };
}

/** Statuses of the codes that callers look at. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  OperationAborted: 409,
  PreconditionFailed: 412,
  InvalidRange: 416,
  TooManyRequests: 429,
};

function statusOfCode(operation: StoreOperation, code: string): number {
  if (Object.hasOwn(STATUS_OF_CODE, code)) return STATUS_OF_CODE[code] as number;
  const kind = classifyFailure({ operation, statusCode: 200, vendorCode: code });
  if (kind === 'throttled') return 503;
  return kind === 'permanent' ? 400 : 500;
}
