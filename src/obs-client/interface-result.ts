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

/** The result for an answer that is what was asked for. */
export function resultOfAnswer<Fields>(response: WireResponse, fields: Fields): ObsResult<Fields> {
  const { headers, statusCode } = response;
  const requestId = vendorHeader(response, 'request-id');
  const id2 = vendorHeader(response, 'id-2');
  const header = (field: string, name: string): object => {
    const value = headers.get(name);
    return value === undefined ? {} : { [field]: value };
  };
  const qosDelay = vendorHeader(response, 'qos-delay-time');
  return {
    CommonMsg: { ...commonMsg(statusCode, requestId), QosDelayTime: qosDelay ?? '', Id2: id2 },
    InterfaceResult: {
      ...header('ContentLength', 'content-length'),
      ...header('Date', 'date'),
      ...header('Reserved', 'x-reserved'),
      RequestId: requestId,
      Id2: id2,
      ...fields,
    },
  };
}

function commonMsg(Status: number, RequestId: string | undefined): CommonMsg {
  return { Status, Code: '', Message: '', HostId: '', RequestId, InterfaceResult: null, QosDelayTime: '' };
}

/**
 * The result for an answer that says, by its status or in its body, that the request failed.
 *
 * @param secrets - what must not be repeated from it
 */
export function resultOfRefusal<Fields>(
  operation: StoreOperation,
  response: WireResponse,
  secrets: readonly string[],
): ObsResult<Fields> {
  const { code = '', message = '', hostId = '' } = readErrorDocument(response, secrets);
  const status = response.statusCode >= 300 ? response.statusCode : statusOfCode(operation, code);
  return failure(response, secrets, status, { Code: code, Message: printable(message), HostId: hostId });
}

/** The result for a 2xx answer that isn't what was asked for: empty, HTML, cut off, without an ETag. */
export function resultOfNonsense<Fields>(
  response: WireResponse,
  lacks: string,
  secrets: readonly string[],
): ObsResult<Fields> {
  const Message = `The store answered ${response.statusCode} without ${lacks}`;
  return failure(response, secrets, 500, { Code: 'InternalError', Message });
}

/** A result with what the headers tell beside a failure, without the secrets that a store may echo in them. */
function failure(
  response: WireResponse,
  secrets: readonly string[],
  status: number,
  what: Partial<CommonMsg>,
): ObsResult<never> {
  const redact = redactor(secrets);
  const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : redact(text));
  return {
    CommonMsg: {
      ...commonMsg(status, readErrorDocument(response, secrets).requestId),
      ...what,
      QosDelayTime: clean(vendorHeader(response, 'qos-delay-time')) ?? '',
      Id2: clean(vendorHeader(response, 'id-2')),
      Indicator: clean(response.headers.get('x-reserved-indicator')),
    },
  };
}

/** The result for an answer that the client underneath has turned into an error: a redirect that must not be followed. */
export function resultOfError<Fields>(error: StoreError, statusCode: number): ObsResult<Fields> {
  const { vendorCode: Code = '', message: Message, requestId } = error;
  return { CommonMsg: { ...commonMsg(statusCode, requestId), Code, Message } };
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
