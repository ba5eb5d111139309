import { describe, expect, it } from 'vitest';
import { copyLargeObject, createLimiter } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const later = (run: () => void, delayMs: number): void => void setTimeout(run, delayMs);

describe('time that a copy waits by its caller’s wish doesn’t count towards retry.maxElapsedMs', () => {
  const retry = { minDelayMs: 1, maxDelayMs: 5, maxElapsedMs: 400 };

  it('while it is paused', async () => {
    let failures = 0;
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (operation === 'copyPart' && request['partNumber'] === 3 && ++failures <= 2)
            throw failure('copyPart', 'transient', 500, 'InternalError');
        },
      },
      { retry, concurrency: 1 },
    );
    const copy = copyLargeObject(options);
    copy.once('retry', () => {
      copy.pause();
      later(() => copy.resume(), 600);
    });
    expect((await endOf(copy)).error).toBeUndefined();
    expectWholeCopy(fake);
  });

  it('while its parts wait for their turns of a shared limit', async () => {
    let failures = 0;
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (operation === 'copyPart' && request['partNumber'] === 20 && ++failures === 1)
            throw failure('copyPart', 'transient', 500, 'InternalError');
        },
      },
      { retry, concurrency: 20, limiter: createLimiter({ maxRequestsPerSecond: 25 }) },
    );
    expect((await endOf(copyLargeObject(options))).error).toBeUndefined();
    expect(failures).toBe(2);
    expectWholeCopy(fake);
  });

  it('while another operation waits for its turn', async () => {
    const limiter = createLimiter({ maxConcurrency: 1 });
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, count }) => {
          if (operation === 'headObject' && count === 1) throw failure(operation, 'transient', 500, 'InternalError');
        },
      },
      { retry, limiter },
    );
    const release = await limiter.acquire();
    later(release, 600);
    expect((await endOf(copyLargeObject(options))).error).toBeUndefined();
    expectWholeCopy(fake);
  });

  it('but all other time does', async () => {
    const { options } = setUpCopy(
      {
        hook: async ({ operation, request }) => {
          if (operation !== 'copyPart' || request['partNumber'] !== 3) return;
          await new Promise<void>((resolve) => later(resolve, 60));
          throw failure('copyPart', 'transient', 500, 'InternalError');
        },
      },
      { retry: { ...retry, maxAttempts: 1000, maxElapsedMs: 150 } },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 3 });
  });
});
