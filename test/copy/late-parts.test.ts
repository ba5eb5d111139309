import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { copyLargeObject, type CopyPartRequest, type CopyStore } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { endInFakeTime } from './fake-time.ts';
import { setUpCopy } from './set-up-copy.ts';

const UNANSWERED_PART = 3;
const LATE_MS = 40;
const ENDS_WITHIN_MS = 20_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/**
 * A copy in which the last part fails for good, and the answer to one part gets lost before that, in a store that does the work of
 * that part only after the abort and thereby brings the upload back.
 */
function setUpLateCopy(loseAnswer: (request: CopyPartRequest) => Promise<never>, more = {}) {
  const { fake, options } = setUpCopy({}, { concurrency: 4, ...more });
  let landed = false;
  let lost = false;
  let copied = (): void => undefined;
  const copying = new Promise<void>((resolve) => (copied = resolve));
  let aborted = (): void => undefined;
  const abort = new Promise<void>((resolve) => (aborted = resolve));
  const landLate = async ({ uploadId }: CopyPartRequest): Promise<void> => {
    const upload = fake.uploads.get(uploadId);
    await abort;
    setTimeout(() => {
      landed = true;
      if (upload !== undefined) fake.uploads.set(uploadId, upload);
    }, LATE_MS);
  };
  const store: CopyStore = {
    ...fake.store,
    copyPart: async (request) => {
      if (request.partNumber === UNANSWERED_PART && !lost) {
        lost = true;
        void landLate(request);
        return loseAnswer(request);
      }
      if (request.partNumber === 20) {
        await copying;
        throw failure('copyPart', 'permanent', 400, 'InvalidArgument');
      }
      const result = await fake.store.copyPart(request);
      if (request.partNumber === UNANSWERED_PART) copied();
      return result;
    },
    abortMultipartUpload: async (request) => {
      await fake.store.abortMultipartUpload(request);
      aborted();
    },
  };
  return { fake, options: { ...options, store }, hasLanded: () => landed };
}

type UploadOf<Fake> = Fake extends { readonly uploads: Map<string, infer Upload> } ? Upload : never;

/** Rejects when the request is cut off, and not before. */
function untilCutOff({ signal }: CopyPartRequest): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

it.each([
  ['was lost', () => Promise.reject(failure('copyPart', 'ambiguous', undefined, 'ECONNRESET'))],
  ['did not come in time', () => Promise.reject(failure('copyPart', 'transient', undefined, 'TimeoutError'))],
  ['was lost by a gateway', () => Promise.reject(failure('copyPart', 'transient', 504, 'GatewayTimeout'))],
])('a part whose answer %s, and that lands after the abort, leaves no upload', async (_, loseAnswer) => {
  const { fake, options, hasLanded } = setUpLateCopy(loseAnswer);
  const { error } = await endInFakeTime(copyLargeObject(options), ENDS_WITHIN_MS);
  expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 20 });
  expect(hasLanded()).toBe(true);
  expect(fake.uploads.size).toBe(0);
});

it('a straggler that lost to its duplicate, and lands after the abort, leaves no upload', async () => {
  const { fake, options, hasLanded } = setUpLateCopy(untilCutOff, {
    hedge: { factor: 1, minDelayMs: 0, maxRatio: 1 },
  });
  const { error } = await endInFakeTime(copyLargeObject(options), ENDS_WITHIN_MS);
  expect(error).toMatchObject({ name: 'PartFailedError', partNumber: 20 });
  expect(hasLanded()).toBe(true);
  expect(fake.uploads.size).toBe(0);
});

it('a part that was cut off as the caller cancelled, and lands after the abort, leaves no upload', async () => {
  const { fake, options, hasLanded } = setUpLateCopy(untilCutOff);
  const copy = copyLargeObject(options);
  copy.once('part', () => copy.abort('enough'));
  expect((await endInFakeTime(copy, ENDS_WITHIN_MS)).error).toBe('enough');
  expect(hasLanded()).toBe(true);
  expect(fake.uploads.size).toBe(0);
});

it('the probe of a key that might be decoded twice, cut off and landing after the abort, leaves no upload', async () => {
  let cancel = (): void => undefined;
  const { fake, options, hasLanded } = setUpLateCopy(
    (request) => {
      setImmediate(cancel);
      return untilCutOff(request);
    },
    { source: { bucket: 'src', key: 'a%2Fb' }, partSize: 100 },
  );
  // The probe is of the first part.
  const store: CopyStore = {
    ...options.store,
    copyPart: (request) => options.store.copyPart({ ...request, partNumber: request.partNumber + UNANSWERED_PART - 1 }),
  };
  const copy = copyLargeObject({ ...options, store });
  cancel = () => copy.abort('enough');
  expect((await endInFakeTime(copy, ENDS_WITHIN_MS)).error).toBe('enough');
  expect(hasLanded()).toBe(true);
  expect(fake.uploads.size).toBe(0);
});

it('a part that lands after a Complete that stored nothing leaves no upload', async () => {
  let late: { readonly uploadId: string; readonly upload: UploadOf<typeof fake> } | undefined;
  let landed = false;
  const { fake, options } = setUpCopy({
    hook: ({ operation, request }) => {
      const { uploadId = '', partNumber } = request as { uploadId?: string; partNumber?: number };
      const upload = fake.uploads.get(uploadId);
      if (operation === 'copyPart' && partNumber === UNANSWERED_PART && upload !== undefined && late === undefined) {
        late = { uploadId, upload };
        return { after: () => Promise.reject(failure(operation, 'ambiguous', undefined, 'ECONNRESET')) };
      }
      if (operation === 'completeMultipartUpload') return { after: () => fake.put('dst/b', 77) };
      // The look at what Complete has left.
      if (operation === 'listParts' && upload === undefined && late !== undefined && !landed) {
        const { uploadId: lateId, upload: lateUpload } = late;
        setTimeout(() => {
          landed = true;
          fake.uploads.set(lateId, lateUpload);
        }, LATE_MS);
      }
      return undefined;
    },
  });
  const { error } = await endInFakeTime(copyLargeObject(options), ENDS_WITHIN_MS);
  expect(error).toMatchObject({ name: 'VerificationError' });
  expect(landed).toBe(true);
  expect(fake.uploads.size).toBe(0);
  expect(fake.objects.get('dst/b')?.size).toBe(77);
});

it('nothing is waited for where every part was answered', async () => {
  const { fake, options } = setUpCopy({
    hook: ({ operation, count }) => {
      if (operation !== 'copyPart') return;
      if (count === 3) throw failure(operation, 'transient', 500, 'InternalError');
      if (count === 5) throw failure(operation, 'throttled', 503, 'SlowDown');
      if (count === 9) throw failure(operation, 'permanent', 403, 'AccessDenied');
    },
  });
  const { error, elapsedMs } = await endInFakeTime(copyLargeObject(options), ENDS_WITHIN_MS);
  expect(error).toMatchObject({ name: 'PartFailedError' });
  // An unanswered one would be waited for at least a second.
  expect(elapsedMs).toBeLessThan(900);
  expect(fake.uploads.size).toBe(0);
});

it('what would have to be waited for too long is reported', async () => {
  const { fake, options } = setUpLateCopy(async () => {
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    throw failure('copyPart', 'transient', undefined, 'TimeoutError');
  });
  const copy = copyLargeObject(options);
  const warnings: string[] = [];
  copy.on('warning', ({ code }) => warnings.push(code));
  expect(await endInFakeTime(copy, 80_000)).toMatchObject({ error: { name: 'PartFailedError', partNumber: 20 } });
  expect(warnings).toEqual(['PARTS_MAY_LAND']);
  expect(fake.uploads.size).toBe(0);
});

it.each(['throttled', 'transient'] as const)(
  'who cancels is not kept waiting for an abort that fails for a quarter of an hour (%s)',
  async (kind) => {
    const { fake, options } = setUpCopy({
      hook: ({ operation }) => {
        if (operation === 'abortMultipartUpload') throw failure(operation, kind, 503);
      },
    });
    const copy = copyLargeObject({ ...options, retry: { maxAttempts: 1000 } });
    const warnings: string[] = [];
    copy.on('warning', ({ code }) => warnings.push(code));
    copy.once('part', () => copy.abort('enough'));
    expect(await endInFakeTime(copy, 70_000)).toMatchObject({ error: 'enough' });
    expect(warnings).toEqual(['UPLOAD_LEFT']);
    expect(fake.uploads.size).toBe(1);
  },
);
