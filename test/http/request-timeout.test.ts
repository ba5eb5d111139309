import { expect, it } from 'vitest';
import { defaultTimeoutMs } from '../../src/http/request-timeout.ts';

const MIB = 1024 * 1024;

it.each([
  [{ operation: 'headObject' }, 60_000],
  [{ operation: 'createMultipartUpload' }, 60_000],
  [{ operation: 'copyPart', copySize: 1 }, 60_001],
  [{ operation: 'copyPart', copySize: 8 * MIB }, 61_000],
  [{ operation: 'copyPart', copySize: 5 * 1024 * MIB }, 700_000],
  // Nobody knows how large the source is: it gets the time of the largest.
  [{ operation: 'copyPart' }, 700_000],
  [{ operation: 'copyObject' }, 700_000],
  [{ operation: 'completeMultipartUpload' }, 600_000],
] as const)('%j may take %d ms', (request, timeoutMs) => {
  expect(defaultTimeoutMs(request)).toBe(timeoutMs);
});
