import { expect, it } from 'vitest';
import { CopyError, type PartFailedError, StoreError, VerificationError, copyLargeObject } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endOf, setUpCopy } from './set-up-copy.ts';

it('an error in JSON says all that it tells, and its causes do', async () => {
  const { options } = setUpCopy(
    {
      hook: ({ operation }) => {
        if (operation === 'copyPart') throw failure('copyPart', 'permanent', 403);
      },
    },
    { concurrency: 1 },
  );
  const { error } = await endOf(copyLargeObject(options));
  const { message, cause, elapsedMs } = error as PartFailedError;
  expect(JSON.parse(JSON.stringify({ error }))).toEqual({
    error: {
      name: 'PartFailedError',
      message,
      code: 'ERR_COPY_PART_FAILED',
      partNumber: 1,
      start: 0,
      end: 9,
      attempts: 1,
      elapsedMs,
      cause: expect.objectContaining({
        name: 'StoreError',
        message: (cause as StoreError).message,
        code: 'ERR_STORE',
        operation: 'copyPart',
        kind: 'permanent',
        statusCode: 403,
        retryable: false,
      }),
    },
  });
  expect(Number.isInteger(elapsedMs)).toBe(true);
});

it('an error in JSON tells of what it led to, and of foreign errors no more than name, message and code', () => {
  const foreign = Object.assign(new TypeError('fetch failed'), {
    code: 'ECONNRESET',
    request: { headers: { authorization: 'a secret' } },
    toJSON: () => ({ authorization: 'a secret' }),
  });
  const serverTime = new Date(0);
  const store = new StoreError('refused', { operation: 'copyPart', kind: 'transient', serverTime, cause: foreign });
  const error = new VerificationError('differs', {
    expected: 'a',
    actual: undefined,
    uploadId: 'u',
    abortError: store,
    cause: 'just text',
  });
  error.suppressed = [new CopyError('another part')];
  const told = JSON.stringify(error);
  expect(told).not.toContain('secret');
  expect(JSON.parse(told)).toEqual({
    name: 'VerificationError',
    message: 'differs',
    code: 'ERR_COPY_VERIFICATION',
    expected: 'a',
    uploadId: 'u',
    destinationWritten: true,
    cause: { message: 'just text' },
    abortError: {
      name: 'StoreError',
      message: 'refused',
      code: 'ERR_STORE',
      operation: 'copyPart',
      kind: 'transient',
      retryable: true,
      serverTime: '1970-01-01T00:00:00.000Z',
      cause: { name: 'TypeError', message: 'fetch failed', code: 'ECONNRESET' },
    },
    suppressedCount: 1,
    suppressed: [{ name: 'CopyError', message: 'another part', code: 'ERR_COPY' }],
  });
});

it('an error in JSON ends where its causes go round', () => {
  const error = new CopyError('round', { cause: new Error('and') });
  (error.cause as Error).cause = error;
  expect(JSON.stringify(error).length).toBeLessThan(1000);
});

it('an error in JSON has a count of the parts that failed with it, and the first three', () => {
  const error = new CopyError('a part failed');
  error.suppressed = Array.from({ length: 255 }, (_, index) => new CopyError(`part ${index + 2}`));
  const told = JSON.parse(JSON.stringify(error)) as { suppressedCount: number; suppressed: { message: string }[] };
  expect(told.suppressedCount).toBe(255);
  expect(told.suppressed.map(({ message }) => message)).toEqual(['part 2', 'part 3', 'part 4']);
});
