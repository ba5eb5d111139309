import { describe, expect, it } from 'vitest';
import { classifyFailure, type Failure } from '../../src/store/classify-failure.ts';
import { parseRetryAfterMs } from '../../src/wire/response-error.ts';
import type { StoreErrorKind } from '../../src/store/store-error.ts';

const rows: readonly [string, Omit<Failure, 'operation'>, StoreErrorKind][] = [
  ['503 SlowDown', { statusCode: 503, vendorCode: 'SlowDown' }, 'throttled'],
  ['429 without a code', { statusCode: 429 }, 'throttled'],
  ['503 without a code', { statusCode: 503, vendorCode: '' }, 'throttled'],
  ['200 + SlowDown', { statusCode: 200, vendorCode: 'SlowDown' }, 'throttled'],
  ['400 RequestTimeout (S3)', { statusCode: 400, vendorCode: 'RequestTimeout' }, 'transient'],
  ['503 RequestTimeout (MinIO)', { statusCode: 503, vendorCode: 'RequestTimeout' }, 'transient'],
  ['400 XMinioBackendDown', { statusCode: 400, vendorCode: 'XMinioBackendDown' }, 'transient'],
  ['403 RequestTimeTooSkewed', { statusCode: 403, vendorCode: 'RequestTimeTooSkewed' }, 'transient'],
  ['500 with an unknown code', { statusCode: 500, vendorCode: 'Oops' }, 'transient'],
  ['200 with an unknown code', { statusCode: 200, vendorCode: 'Oops' }, 'transient'],
  ['200 without an ETag', { statusCode: 200 }, 'ambiguous'],
  ['504', { statusCode: 504 }, 'ambiguous'],
  ['499 of a proxy that another one left', { statusCode: 499 }, 'ambiguous'],
  ['460 of a load balancer', { statusCode: 460 }, 'ambiguous'],
  ['598 of a proxy', { statusCode: 598 }, 'ambiguous'],
  ['599 of a proxy', { statusCode: 599 }, 'ambiguous'],
  ['503 AccessDenied', { statusCode: 503, vendorCode: 'AccessDenied' }, 'permanent'],
  ['200 + AccessDenied', { statusCode: 200, vendorCode: 'AccessDenied' }, 'permanent'],
  ['501 without a code', { statusCode: 501 }, 'permanent'],
  ['301 without a code', { statusCode: 301 }, 'permanent'],
  ['404 with an unknown code', { statusCode: 404, vendorCode: 'Oops' }, 'permanent'],
  ['ECONNRESET', { networkCode: 'ECONNRESET' }, 'ambiguous'],
  ['a timeout of the vendor’s client', { vendorCode: 'ETIMEDOUT' }, 'ambiguous'],
  ['ECONNREFUSED', { networkCode: 'ECONNREFUSED' }, 'transient'],
  ['a host that has no address', { networkCode: 'ENOTFOUND' }, 'transient'],
  ['no file descriptors left', { networkCode: 'EMFILE' }, 'throttled'],
  ['none left on the machine', { networkCode: 'ENFILE' }, 'throttled'],
  ['a bad certificate', { networkCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'permanent'],
  ['a header that can’t be written', { networkCode: 'ERR_INVALID_CHAR' }, 'permanent'],
  ['nothing known', {}, 'ambiguous'],
];

describe('classifyFailure()', () => {
  it.each(rows)('%s', (_name, failure, kind) => {
    expect(classifyFailure({ operation: 'completeMultipartUpload', ...failure })).toBe(kind);
  });

  it.each(rows)('%s: an operation that is safe to repeat has no ambiguous outcome', (_name, failure, kind) => {
    expect(classifyFailure({ operation: 'copyPart', ...failure })).toBe(kind === 'ambiguous' ? 'transient' : kind);
  });

  it('retries ConditionalRequestConflict on CopyObject, but not on Complete', () => {
    const failure = { statusCode: 409, vendorCode: 'ConditionalRequestConflict' };
    expect(classifyFailure({ operation: 'copyObject', ...failure })).toBe('transient');
    expect(classifyFailure({ operation: 'completeMultipartUpload', ...failure })).toBe('permanent');
  });
});

describe('parseRetryAfterMs()', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['2', 2000],
    [' 1.5 ', 1500],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:00:03 GMT', 3000],
    ['Wed, 31 Dec 2025 23:59:59 GMT', 0],
    ['1e9', undefined],
    ['999999999', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s', (header, expected) => {
    expect(parseRetryAfterMs(header, now)).toBe(expected);
  });
});
