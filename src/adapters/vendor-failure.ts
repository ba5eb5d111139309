import { redactor } from '../wire/redact.ts';
import { describeSubject, printable, type RequestSubject } from '../wire/response-error.ts';
import { classifyFailure } from '../store/classify-failure.ts';
import type { SseCustomerKey } from '../store/copy-store.ts';
import { StoreError, type StoreErrorKind } from '../store/store-error.ts';

/** A failed call of a vendor's client. */
export interface VendorFailure {
  readonly subject: RequestSubject;
  /** Ends the message behind `as …`. */
  readonly why: string;
  readonly statusCode?: number | undefined;
  readonly vendorCode?: string | undefined;
  readonly networkCode?: string | undefined;
  /** Overrides the kind that the table gives. */
  readonly kind?: StoreErrorKind | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly serverTime?: Date | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Only what holds no request: the errors of the SDKs lead to headers with keys and signatures in them. */
  readonly cause?: unknown;
  /** Texts that must not appear in the message. */
  readonly secrets?: readonly string[];
}

/** The `StoreError` for a failed call. */
export function storeErrorOf(failure: VendorFailure): StoreError {
  const { subject, statusCode, vendorCode, networkCode } = failure;
  const redact = redactor(failure.secrets ?? []);
  const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : redact(text));
  const why = printable(redact(failure.why));
  return new StoreError(`${describeSubject(subject)} as ${why}`, {
    operation: subject.operation,
    kind: failure.kind ?? classifyFailure({ operation: subject.operation, statusCode, vendorCode, networkCode }),
    statusCode,
    vendorCode: clean(vendorCode ?? networkCode),
    requestId: clean(failure.requestId),
    retryAfterMs: failure.retryAfterMs,
    serverTime: failure.serverTime,
    region: clean(failure.region),
    endpoint: clean(failure.endpoint),
    cause: failure.cause,
  });
}

/** The error for a request that a vendor's client can't send as it must be. */
export function refusal(subject: RequestSubject, why: string, vendorCode?: string): StoreError {
  return storeErrorOf({ subject, why, vendorCode, kind: 'permanent' });
}

/** What must not be repeated from the answer to a request that a vendor's client signed: its session token, and its signature. */
export function secretsOfRequest(header: (name: string) => unknown): readonly string[] {
  const authorization = header('authorization');
  const signature = typeof authorization === 'string' ? /[:=]([^\s,:=]+=*)$/.exec(authorization)?.[1] : undefined;
  return ['x-amz-security-token', 'x-obs-security-token', 'x-amz-s3session-token']
    .map(header)
    .concat(signature)
    .filter((secret) => typeof secret === 'string');
}

/** What must not be repeated from a vendor's message: an SSE-C key in the form that is sent. */
export function secretsOf(
  ...keys: readonly (SseCustomerKey | { readonly type: string } | undefined)[]
): readonly string[] {
  return keys.flatMap((sse) =>
    sse !== undefined && 'key' in sse
      ? [Buffer.from(sse.key).toString('base64'), Buffer.from(sse.key).toString('hex')]
      : [],
  );
}
