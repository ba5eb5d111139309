import { describe, expect, test } from 'vitest';
import { formatError } from '../../src/cli/describe-error.ts';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { InterruptedError } from '../../src/cli/interruption.ts';
import {
  CompleteFailedError,
  CopyError,
  CopyOptionsError,
  describeError,
  DestinationExistsError,
  PartFailedError,
  SourceChangedError,
  SourceNotFoundError,
  VerificationError,
} from '../../src/errors.ts';
import { StoreError } from '../../src/store/store-error.ts';

const denied = new StoreError('copyPart answered 403 AccessDenied', {
  operation: 'copyPart',
  kind: 'permanent',
  statusCode: 403,
  vendorCode: 'AccessDenied',
  requestId: 'r1',
});
const partFailed = new PartFailedError('Cannot copy part 3', {
  partNumber: 3,
  start: 10,
  end: 19,
  attempts: 1,
  elapsedMs: 12,
  cause: denied,
});

describe('formatError', () => {
  test('says what failed, why, and what to do', () => {
    expect(formatError(partFailed)).toBe(
      'Error: Cannot copy part 3\n  because: copyPart answered 403 AccessDenied\n' +
        'Hint: the credentials lack a permission for this request: read the source, or write the destination; without permission to list, a missing key is refused, too',
    );
  });

  test('shows no stack unless asked', () => {
    expect(formatError(partFailed)).not.toContain('describe-error.test');
    expect(formatError(partFailed, true)).toContain('describe-error.test');
  });

  test.each([
    [new DestinationExistsError('x'), /--if-exists/],
    [new SourceNotFoundError('x', { cause: denied }), /bucket, key and endpoint/],
    [new StoreError('x', { operation: 'headObject', kind: 'transient', vendorCode: 'ECONNREFUSED' }), /--endpoint/],
    [new StoreError('x', { operation: 'headObject', kind: 'permanent', vendorCode: 'constructor' }), /^Error: x$/],
    [
      new StoreError('x', { operation: 'headObject', kind: 'permanent', vendorCode: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      /NODE_EXTRA_CA/,
    ],
    [new CompleteFailedError('x', { outcome: 'unknown', uploadId: 'u' }), /--resume/],
    [new CompleteFailedError('x', { outcome: 'unknown' }), /look at the destination: if it is not there, copy again$/],
    ['just text', /^Error: just text$/],
    [undefined, /^Error: undefined$/],
  ])('has a hint for %s', (error, hint) => {
    expect(formatError(error)).toMatch(hint);
  });
});

test('a hint names --resume only where it was given', () => {
  const gone = new StoreError('x', {
    operation: 'completeMultipartUpload',
    kind: 'permanent',
    vendorCode: 'NoSuchUpload',
  });
  expect(formatError(gone)).toMatch(/: copy again$/);
  expect(formatError(gone, false, true)).toMatch(/: copy again without --resume$/);
});

test('says to copy without --resume when the upload is of no use', () => {
  const error = new CopyError('x', { resumable: false });
  expect(formatError(error, false, true)).toMatch(/Hint: copy again without --resume$/);
  expect(formatError(new CopyError('x'), false, true)).toBe('Error: x');
});

describe('describeError', () => {
  test('gives the fields that are known, of the causes too', () => {
    expect(describeError(partFailed)).toEqual({
      name: 'PartFailedError',
      message: 'Cannot copy part 3',
      code: 'ERR_COPY_PART_FAILED',
      partNumber: 3,
      start: 10,
      end: 19,
      attempts: 1,
      elapsedMs: 12,
      cause: {
        name: 'StoreError',
        message: 'copyPart answered 403 AccessDenied',
        code: 'ERR_STORE',
        operation: 'copyPart',
        kind: 'permanent',
        statusCode: 403,
        vendorCode: 'AccessDenied',
        requestId: 'r1',
        retryable: false,
      },
    });
  });

  test('leaves out what it does not know, and ends', () => {
    const error = Object.assign(new Error('x'), { secretAccessKey: 'secret' });
    error.cause = error;
    expect(JSON.stringify(describeError(error))).not.toContain('secret');
  });
});

describe('exitCodeOf', () => {
  test.each([
    [new CopyOptionsError('x'), 2],
    [new CopyError('x'), 1],
    [new CopyError('x', { destinationWritten: true }), 3],
    [new SourceChangedError('x'), 1],
    [new SourceChangedError('x', { destinationWritten: true }), 3],
    [partFailed, 1],
    [new VerificationError('x', { expected: 1, actual: 2 }), 3],
    [new CompleteFailedError('x', { outcome: 'unknown' }), 3],
    [new CompleteFailedError('x', { outcome: 'failed' }), 1],
    [new InterruptedError('SIGINT'), 130],
    [new InterruptedError('SIGTERM'), 143],
    [new TypeError('x'), 1],
  ])('of %s', (error, exitCode) => {
    expect(exitCodeOf(error)).toBe(exitCode);
  });
});
