import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CopyError,
  copyLargeObject,
  type CopyEvents,
  type CopyOptions,
  createLimiter,
  type StoreOperation,
} from '../../src/index.ts';
import { failure, type FakeStoreOptions, type Hook } from './fake-store.ts';
import { endOf, expectWholeCopy, openPromise, setUpCopy } from './set-up-copy.ts';

const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);
const timers = new Set<NodeJS.Timeout>();

beforeEach(() => {
  unhandled.length = 0;
  timers.clear();
  process.on('unhandledRejection', remember);
  const { setTimeout: start, clearTimeout: stop } = globalThis;
  vi.stubGlobal('setTimeout', (run: () => void, delayMs: number) => {
    const timer = start(() => {
      timers.delete(timer);
      run();
    }, delayMs);
    timers.add(timer);
    return timer;
  });
  vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout | undefined) => {
    if (timer !== undefined) timers.delete(timer);
    stop(timer);
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  process.off('unhandledRejection', remember);
  expect(unhandled).toEqual([]);
  expect(timers.size).toBe(0);
});

const REASONS: readonly unknown[] = [
  new Error('enough'),
  'a text',
  undefined,
  null,
  { an: 'object' },
  failure('copyPart', 'transient', 500, 'InternalError'),
  failure('copyPart', 'permanent', 404, 'NoSuchKey'),
  Object.freeze(new CopyError('frozen')),
];

interface Setting {
  readonly fakeOptions?: FakeStoreOptions;
  readonly more?: Partial<CopyOptions>;
  readonly hook?: Hook;
  /** `resolved` where it is too late to cancel. */
  readonly ends?: 'rejected' | 'resolved';
}

/** Copies, cancels when `arm` calls back, and checks that nothing is left. */
async function expectCleanEnd(
  reason: unknown,
  by: 'signal' | 'abort',
  setting: Setting,
  arm: (copy: ReturnType<typeof copyLargeObject>, cancel: () => void, set: (hook: Hook) => void) => unknown,
): Promise<void> {
  let extra: Hook | undefined;
  const controller = new AbortController();
  const { fake, options } = setUpCopy(
    {
      ...setting.fakeOptions,
      hook: async (call) => {
        await extra?.(call);
        return setting.hook?.(call);
      },
    },
    { ...setting.more, signal: controller.signal },
  );
  const copy = copyLargeObject(options);
  let cancelled = false;
  const cancel = (): void => {
    if (cancelled) return;
    cancelled = true;
    if (by === 'signal') controller.abort(reason);
    else copy.abort(reason);
  };
  arm(copy, cancel, (hook) => {
    extra = hook;
  });
  const ends: string[] = [];
  copy.on('complete', () => ends.push('complete'));
  copy.on('failed', () => ends.push('failed'));
  const { result, error } = await endOf(copy);
  expect(cancelled).toBe(true);
  if (setting.ends === 'resolved') {
    expect(error).toBeUndefined();
    expect(result?.verified).toBe('etag');
    expectWholeCopy(fake);
    expect(ends).toEqual(['complete']);
  } else {
    expect(result).toBeUndefined();
    if (reason === undefined) expect(error).toMatchObject({ name: 'AbortError' });
    else expect(error).toBe(reason);
    expect(fake.objects.has('dst/b')).toBe(false);
    expect(ends).toEqual(['failed']);
  }
  expect(fake.uploads.size).toBe(0);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  expect(fake.countListeners()).toBe(0);
}

/** A part that fails once, so that there are retries, and throttling. */
const failing: Hook = ({ operation, count }) => {
  if (operation === 'copyPart' && count === 2) throw failure('copyPart', 'throttled', 503, 'SlowDown');
  if (operation === 'copyPart' && count === 4) throw failure('copyPart', 'transient', 500, 'InternalError');
};

describe('cancelling at an event', () => {
  /** Warns before the upload is begun, as the tags can't be read. */
  const warning: Setting = {
    fakeOptions: { knowsTags: true },
    hook: ({ operation }) => {
      if (operation === 'getObjectTagging') throw failure(operation, 'permanent', 403, 'AccessDenied');
    },
  };
  const events = ['plan', 'upload', 'part', 'progress', 'retry', 'throttle', 'warning'] as const;
  for (const event of events satisfies readonly (keyof CopyEvents)[]) {
    const setting = event === 'warning' ? warning : { hook: failing };
    for (const by of ['signal', 'abort'] as const) {
      for (const reason of REASONS) {
        it(`${event}, by ${by}, with ${inspect(reason).split('\n')[0] ?? ''}`, () =>
          expectCleanEnd(reason, by, setting, (copy, cancel) => copy.once(event, cancel)));
      }
    }
  }

  it('complete is too late', () =>
    expectCleanEnd(new Error('late'), 'abort', { ends: 'resolved' }, (copy, cancel) => copy.once('complete', cancel)));

  it('part, the last one, is in time', () =>
    expectCleanEnd(new Error('last'), 'signal', {}, (copy, cancel) => {
      let parts = 0;
      copy.on('part', () => {
        if (++parts === 20) cancel();
      });
    }));
});

describe('cancelling before the start', () => {
  it('sends no request', async () => {
    for (const reason of REASONS) {
      const { fake, options } = setUpCopy({}, { signal: AbortSignal.abort(reason) });
      const { error } = await endOf(copyLargeObject(options));
      if (reason !== undefined) expect(error).toBe(reason);
      expect(fake.calls).toEqual([]);
    }
  });

  it('in the same tick sends no request', async () => {
    const { fake, options } = setUpCopy();
    const copy = copyLargeObject(options);
    copy.abort('at once');
    expect((await endOf(copy)).error).toBe('at once');
    expect(fake.calls).toEqual([]);
  });
});

describe('cancelling while a request is in flight', () => {
  const rows: readonly (readonly [
    name: string,
    operation: StoreOperation,
    count: number,
    setting?: Setting & { readonly where?: (request: Record<string, unknown>) => boolean },
  ])[] = [
    ['the first HEAD of the source', 'headObject', 1],
    ['the look at the destination', 'headObject', 2, { more: { ifExists: 'fail' } }],
    ['the reading of the tags', 'getObjectTagging', 1, { fakeOptions: { knowsTags: true } }],
    ['Create', 'createMultipartUpload', 1],
    ['the first part', 'copyPart', 1],
    ['a part in the middle', 'copyPart', 10],
    ['the last part', 'copyPart', 20],
    ['a part that is sent again', 'copyPart', 5, { hook: failing }],
    [
      'the probe of a key that might be decoded twice',
      'copyPart',
      1,
      { more: { source: { bucket: 'src', key: 'a%2Fb' } } },
    ],
    ['the HEAD of the source before Complete', 'headObject', 2],
    ['Complete', 'completeMultipartUpload', 1, { ends: 'resolved' }],
    ['the HEAD of the finished object', 'headObject', 3, { ends: 'resolved' }],
  ];
  for (const [name, operation, count, setting = {}] of rows) {
    for (const by of ['signal', 'abort'] as const) {
      for (const reason of [REASONS[0], REASONS[1], REASONS[2], REASONS[5]]) {
        it(`${name}, by ${by}, with ${inspect(reason).split('\n')[0] ?? ''}`, () =>
          expectCleanEnd(reason, by, setting, (_copy, cancel, set) => {
            let done = false;
            set(async (call) => {
              if (call.operation !== operation || call.count !== count || done) return;
              done = true;
              // In flight for a tick, then cancelled; what can be cut off is, the others go on.
              await new Promise((resolve) => {
                setImmediate(resolve);
              });
              cancel();
              await new Promise((resolve) => {
                setImmediate(resolve);
              });
            });
          }));
      }
    }
  }

  for (const [operation, kind] of [
    ['createMultipartUpload', 'transient'],
    ['createMultipartUpload', 'ambiguous'],
    ['createMultipartUpload', 'permanent'],
    ['copyPart', 'transient'],
    ['copyPart', 'permanent'],
    ['headObject', 'transient'],
  ] as const) {
    it(`${operation} that then fails (${kind}) ends with the caller’s reason`, () =>
      expectCleanEnd(new Error('mine'), 'signal', { fakeOptions: {} }, (_copy, cancel, set) => {
        set((call) => {
          if (call.operation !== operation || call.count > 1) return;
          cancel();
          throw failure(operation, kind, kind === 'ambiguous' ? undefined : 500);
        });
      }));
  }
});

describe('cancelling while nothing is in flight', () => {
  const always = (operation: StoreOperation, kind: 'transient' | 'throttled'): Hook => {
    return (call) => {
      if (call.operation === operation) throw failure(operation, kind, 503);
    };
  };
  const slow = { minDelayMs: 2 ** 30, maxDelayMs: 2 ** 30, maxElapsedMs: 2 ** 31 };

  for (const operation of ['headObject', 'createMultipartUpload', 'copyPart', 'getObjectTagging'] as const) {
    for (const kind of ['transient', 'throttled'] as const) {
      it(`in the wait before ${operation} is sent again (${kind})`, () =>
        expectCleanEnd(
          new Error('no more'),
          'signal',
          { fakeOptions: { knowsTags: true }, hook: always(operation, kind), more: { retry: slow } },
          (copy, cancel) => {
            copy.once('retry', () => setImmediate(cancel));
          },
        ));
    }
  }

  it('in the hold after throttling', () =>
    expectCleanEnd(new Error('no more'), 'signal', { hook: always('copyPart', 'throttled') }, (copy, cancel) => {
      copy.once('throttle', () => setImmediate(cancel));
    }));

  it('while paused', () =>
    expectCleanEnd(new Error('no more'), 'abort', {}, (copy, cancel) => {
      copy.once('part', () => {
        copy.pause();
        setTimeout(cancel, 5);
      });
    }));

  it('while paused from the start', () =>
    expectCleanEnd(new Error('no more'), 'abort', {}, (copy, cancel) => {
      copy.pause();
      copy.once('upload', () => setTimeout(cancel, 5));
    }));

  it('while it waits for a turn of a shared limit', async () => {
    const limiter = createLimiter({ maxRequestsPerSecond: 5 });
    await expectCleanEnd(new Error('no more'), 'signal', { more: { limiter } }, (copy, cancel) => {
      copy.once('upload', () => setTimeout(cancel, 5));
    });
  });
});

describe('parts in flight', () => {
  const SLOW_MS = 30;

  it('end by themselves, as one that is cut off may land after the abort', async () => {
    const { fake, options } = setUpCopy({}, { concurrency: 4 });
    const controller = new AbortController();
    let cut = 0;
    let ended = 0;
    const store = {
      ...fake.store,
      copyPart: async (request: Parameters<typeof fake.store.copyPart>[0]) => {
        const result = await fake.store.copyPart({ ...request, signal: undefined });
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        if (request.signal?.aborted === true) cut++;
        ended++;
        return result;
      },
    };
    const copy = copyLargeObject({ ...options, store, signal: controller.signal });
    copy.once('part', () => controller.abort(new Error('enough')));
    const { error } = await endOf(copy);
    expect(error).toMatchObject({ message: 'enough' });
    expect(cut).toBe(0);
    expect(ended).toBe(fake.count('copyPart'));
    expect(fake.uploads.size).toBe(0);
  });

  it('are cut off where they take longer than they usually do', async () => {
    const { fake, options } = setUpCopy({}, { concurrency: 4 });
    const controller = new AbortController();
    let cutAt = Number.POSITIVE_INFINITY;
    const store = {
      ...fake.store,
      copyPart: (request: Parameters<typeof fake.store.copyPart>[0]) =>
        request.partNumber < 15
          ? fake.store.copyPart({ ...request, signal: undefined })
          : new Promise<never>((_, reject) => {
              request.signal?.addEventListener('abort', () => {
                cutAt = performance.now();
                reject(request.signal?.reason as Error);
              });
              if (request.partNumber === 15) controller.abort(new Error('enough'));
            }),
    };
    const startedAt = performance.now();
    const { error } = await endOf(copyLargeObject({ ...options, store, signal: controller.signal }));
    expect(error).toMatchObject({ message: 'enough' });
    expect(cutAt - startedAt).toBeLessThan(1000);
    expect(fake.uploads.size).toBe(0);
  });
});

describe('cancelling a store that doesn’t listen', () => {
  it('waits for what is in flight, then leaves no upload', async () => {
    const gate = openPromise();
    const { fake, options } = setUpCopy({
      hook: ({ operation, count }) => (operation === 'copyPart' && count > 2 ? gate.promise : undefined),
    });
    const store = {
      ...fake.store,
      copyPart: (request: Parameters<typeof fake.store.copyPart>[0]) =>
        fake.store.copyPart({ ...request, signal: undefined }),
    };
    const copy = copyLargeObject({ ...options, store });
    let settled = false;
    const ending = endOf(copy).finally(() => {
      settled = true;
    });
    copy.once('part', () => {
      copy.abort(new Error('enough'));
      setTimeout(() => {
        expect(settled).toBe(false);
        expect(fake.count('abortMultipartUpload')).toBe(0);
        gate.resolve();
      }, 5);
    });
    const { error } = await ending;
    expect(error).toMatchObject({ message: 'enough' });
    expect(fake.uploads.size).toBe(0);
  });

  it('waits for the duplicate of a hedged part too', async () => {
    const gate = openPromise();
    let late = 0;
    const { fake, options } = setUpCopy({}, { hedge: { factor: 1, minDelayMs: 0, maxRatio: 1 }, concurrency: 4 }, 400);
    const store = {
      ...fake.store,
      copyPart: async (request: Parameters<typeof fake.store.copyPart>[0]) => {
        const isLate = request.partNumber === 30 && late++ === 0;
        if (isLate) await gate.promise;
        const result = await fake.store.copyPart({ ...request, signal: undefined });
        if (isLate) late = -1;
        return result;
      },
    };
    let lateAtComplete: number | undefined;
    const completing: typeof store = {
      ...store,
      completeMultipartUpload: (request) => {
        lateAtComplete = late;
        return store.completeMultipartUpload(request);
      },
    };
    const copy = copyLargeObject({ ...options, store: completing });
    let partsCopied = 0;
    copy.on('part', () => {
      if (++partsCopied === 40) setTimeout(gate.resolve, 5);
    });
    const result = await copy;
    gate.resolve();
    if (result.hedges > 0) expect(lateAtComplete).toBe(-1);
    expectWholeCopy(fake, 400);
  });
});

describe('an abort that fails', () => {
  it('is attached to the error, which names the upload; it never takes its place', async () => {
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
          if (operation === 'copyPart' && request['partNumber'] === 7)
            throw failure(operation, 'permanent', 400, 'Bad');
        },
      },
      {},
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({
      name: 'PartFailedError',
      partNumber: 7,
      uploadId: 'upload-2',
      abortError: { statusCode: 403 },
    });
    expect(fake.uploads.size).toBe(1);
  });

  it('after cancelling is told by a warning, as the reason is the caller’s own', async () => {
    const { options } = setUpCopy({
      hook: ({ operation }) => {
        if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
      },
    });
    const copy = copyLargeObject(options);
    const warnings: string[] = [];
    copy.on('warning', ({ code }) => warnings.push(code));
    copy.once('part', () => copy.abort('enough'));
    expect((await endOf(copy)).error).toBe('enough');
    expect(warnings).toEqual(['UPLOAD_LEFT']);
  });

  it('at first is repeated until no part is listed any more', async () => {
    const { fake, options } = setUpCopy();
    let aborts = 0;
    const store = {
      ...fake.store,
      abortMultipartUpload: async (request: Parameters<typeof fake.store.abortMultipartUpload>[0]) => {
        // A part that was in flight lands after the first abort.
        if (++aborts > 2) return fake.store.abortMultipartUpload(request);
        fake.uploads
          .get(request.uploadId)
          ?.parts.set(1, { etag: 'x', size: 1, range: { source: 'x', start: 0, end: 0 } });
        return undefined;
      },
    };
    const copy = copyLargeObject({ ...options, store });
    copy.once('part', () => copy.abort('enough'));
    await endOf(copy);
    expect(aborts).toBe(3);
    expect(fake.uploads.size).toBe(0);
  });

  it('that leaves an empty upload is repeated too', async () => {
    const { fake, options } = setUpCopy();
    let aborts = 0;
    const store = {
      ...fake.store,
      abortMultipartUpload: async (request: Parameters<typeof fake.store.abortMultipartUpload>[0]) => {
        if (++aborts > 1) return fake.store.abortMultipartUpload(request);
        fake.uploads.get(request.uploadId)?.parts.clear();
        return undefined;
      },
    };
    const copy = copyLargeObject({ ...options, store });
    copy.once('part', () => copy.abort('enough'));
    await endOf(copy);
    expect(fake.uploads.size).toBe(0);
  });
  it('by a 404 that is not true is repeated', async () => {
    const { fake, options } = setUpCopy();
    let aborts = 0;
    const store = {
      ...fake.store,
      abortMultipartUpload: async (request: Parameters<typeof fake.store.abortMultipartUpload>[0]) => {
        if (++aborts > 1) return fake.store.abortMultipartUpload(request);
        fake.uploads.get(request.uploadId)?.parts.clear();
        throw failure('abortMultipartUpload', 'permanent', 404, 'NoSuchUpload');
      },
    };
    const copy = copyLargeObject({ ...options, store });
    copy.once('part', () => copy.abort('enough'));
    await endOf(copy);
    expect(fake.uploads.size).toBe(0);
  });

  it('and is never done, though nothing is listed and no error comes, is reported', async () => {
    const { fake, options } = setUpCopy();
    const store = {
      ...fake.store,
      // What a proxy in between answers instead.
      abortMultipartUpload: (request: Parameters<typeof fake.store.abortMultipartUpload>[0]) => {
        fake.uploads.get(request.uploadId)?.parts.clear();
        return Promise.resolve();
      },
    };
    const copy = copyLargeObject({ ...options, store });
    const warnings: string[] = [];
    copy.on('warning', ({ code }) => warnings.push(code));
    copy.once('part', () => copy.abort('enough'));
    await endOf(copy);
    expect(fake.uploads.size).toBe(1);
    expect(warnings).toEqual(['UPLOAD_LEFT']);
  });

  it.each([
    ['is reported', ['abortMultipartUpload', 'listParts', 'listMultipartUploads'], 1, ['UPLOAD_LEFT']],
    ['is reported, where the listing shows it', ['abortMultipartUpload', 'listParts'], 1, ['UPLOAD_LEFT']],
    ['in the listings is no matter where the abort was accepted', ['listParts', 'listMultipartUploads'], 0, []],
  ] as const)('by a 404 that isn’t about the upload %s', async (_, operations, left, told) => {
    const { fake, options } = setUpCopy({
      hook: ({ operation }) => {
        // A proxy that has lost its way to the store answers everything so.
        if ((operations as readonly string[]).includes(operation)) throw failure(operation, 'permanent', 404);
      },
    });
    const copy = copyLargeObject(options);
    const warnings: string[] = [];
    copy.on('warning', ({ code }) => warnings.push(code));
    copy.once('part', () => copy.abort('enough'));
    expect((await endOf(copy)).error).toBe('enough');
    expect(fake.uploads.size).toBe(left);
    expect(warnings).toEqual(told);
  });
});
