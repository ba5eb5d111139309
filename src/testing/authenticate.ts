import type { CredentialsBook } from './credentials-book.ts';
import { ServiceError } from './service-error.ts';
import { plainHeader, type StoreRequest } from './store-request.ts';
import { verifySignatureV2 } from './verify-signature-v2.ts';
import { verifySignatureV4, type VerifiedV4 } from './verify-signature-v4.ts';

/** How far a request's clock may be off. */
const MAX_SKEW_MS = 15 * 60 * 1000;

/** Who sent the request, and what of its body the signature covers. */
export interface Authenticated {
  readonly anonymous: boolean;
  readonly v4: VerifiedV4 | undefined;
}

/**
 * Verifies a request's signature, of whichever kind it bears, and its clock.
 *
 * @throws {ServiceError} what the vendors answer to a wrong signature, key, token or clock
 */
export function authenticate(
  request: StoreRequest,
  credentialsBook: CredentialsBook,
  region: string | undefined,
  nowMs: number,
): Authenticated {
  const { authorization } = request.headers;
  const { query } = request;
  if (authorization?.startsWith('AWS4-HMAC-SHA256') || query.has('X-Amz-Algorithm')) {
    // The clock is judged first, as by S3: a wrong one is what the client can mend.
    if (authorization !== undefined) refuseSkew(Date.parse(amzDateToIso(request)), nowMs);
    const v4 = verifySignatureV4(request, credentialsBook, region, nowMs);
    return { anonymous: false, v4 };
  }
  if (/^(AWS|OBS) /.test(authorization ?? '') || query.has('AccessKeyId') || query.has('AWSAccessKeyId')) {
    const signedAtMs = verifySignatureV2(request, credentialsBook, nowMs);
    if (signedAtMs !== undefined) refuseSkew(signedAtMs, nowMs);
    return { anonymous: false, v4: undefined };
  }
  if (authorization !== undefined) {
    throw new ServiceError('InvalidArgument', 'The authorization header is of no known kind');
  }
  return { anonymous: true, v4: undefined };
}

function refuseSkew(signedAtMs: number, nowMs: number): void {
  if (Number.isNaN(signedAtMs)) throw new ServiceError('AccessDenied', 'The request bears no valid date');
  if (Math.abs(signedAtMs - nowMs) <= MAX_SKEW_MS) return;
  throw new ServiceError('RequestTimeTooSkewed', undefined, {
    details: {
      RequestTime: new Date(signedAtMs).toISOString(),
      ServerTime: new Date(nowMs).toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    },
  });
}

function amzDateToIso(request: StoreRequest): string {
  const amzDate = plainHeader(request, 'x-amz-date');
  if (amzDate === undefined) return request.headers.date ?? '';
  return amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
}
