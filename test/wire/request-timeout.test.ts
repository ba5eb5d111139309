import { afterEach, expect, it, vi } from 'vitest';
import { defaultTimeoutMs } from '../../src/wire/request-timeout.ts';
import { s3Store } from '../../src/wire/http-store.ts';
import { copyLargeObject } from '../../src/index.ts';
import { MD5, answer, startScriptedServer } from './scripted-server.ts';

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
  [{ operation: 'copyObject', copySize: 8 * MIB }, 61_000],
  [{ operation: 'completeMultipartUpload' }, 600_000],
] as const)('%j may take %d ms', (request, timeoutMs) => {
  expect(defaultTimeoutMs(request)).toBe(timeoutMs);
});

afterEach(() => {
  vi.useRealTimers();
});

it('a CopyObject of 1 KiB that is never answered is noticed after a minute, not after that of 5 GiB', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  let reportSent = (): void => {};
  const sent = new Promise<void>((resolve) => {
    reportSent = resolve;
  });
  const source = { 'content-length': '1024', etag: `"${MD5}"`, 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
  const { endpoint } = await startScriptedServer((seen, ...rest) => {
    if (seen.method === 'PUT') reportSent();
    else answer(seen.url.startsWith('/s/') ? 200 : 404, '', seen.url.startsWith('/s/') ? source : {})(seen, ...rest);
  });
  const outcome = copyLargeObject({
    store: s3Store({ endpoint, credentials: false }),
    source: { bucket: 's', key: 'k' },
    destination: { bucket: 'd', key: 'k' },
    preserve: { tags: false },
    retry: { maxAttempts: 1 },
  }).then(
    () => 'copied',
    (error: unknown) => error,
  );
  await sent;
  const sentAt = performance.now();
  let hasEnded = false;
  void outcome.then(() => {
    hasEnded = true;
  });
  // A minute until it is given up, and as long again in which the store may be at it.
  while (!hasEnded) {
    vi.advanceTimersByTime(1000);
    await new Promise(setImmediate);
  }
  expect(performance.now() - sentAt).toBeGreaterThan(60_000);
  expect(performance.now() - sentAt).toBeLessThan(300_000);
  // The store may be at it even now, so nobody knows how it ends.
  expect(await outcome).toMatchObject({
    outcome: 'unknown',
    cause: { operation: 'copyObject', vendorCode: 'TimeoutError', retryable: true },
  });
});
