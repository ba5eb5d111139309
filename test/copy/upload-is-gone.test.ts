import { describe, expect, it } from 'vitest';
import { type CopyStore, copyLargeObject, type StoreOperation } from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { interrupt, memoryCheckpoints } from './memory-checkpoints.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

type Refusal = readonly [kind: 'permanent' | 'transient', status: number, code?: string];
const FORBIDDEN: Refusal = ['permanent', 403, 'AccessDenied'];

/** What stores answer for an upload that is gone; `empty` lists nothing. */
const DIALECTS: readonly {
  readonly name: string;
  readonly part: Refusal;
  readonly list: Refusal | 'empty';
  readonly abort: Refusal;
  readonly uploads: Refusal | 'listed';
  /** Said beside that the checkpoint was discarded: what nothing shows to be gone may be left. */
  readonly warnings?: readonly string[];
}[] = [
  {
    name: '403, nothing listed, uploads not listed',
    part: FORBIDDEN,
    list: 'empty',
    abort: FORBIDDEN,
    uploads: ['permanent', 501],
    warnings: ['UPLOAD_LEFT'],
  },
  {
    name: '403 to everything',
    part: FORBIDDEN,
    list: FORBIDDEN,
    abort: FORBIDDEN,
    uploads: FORBIDDEN,
    warnings: ['PARTS_NOT_KEPT', 'UPLOAD_LEFT'],
  },
  { name: '403', part: FORBIDDEN, list: FORBIDDEN, abort: FORBIDDEN, uploads: 'listed' },
  {
    name: '500 in HTML',
    part: ['transient', 500],
    list: ['transient', 500],
    abort: ['transient', 500],
    uploads: 'listed',
  },
  {
    name: '500 to parts',
    part: ['transient', 500],
    list: 'empty',
    abort: ['permanent', 404, 'NoSuchUpload'],
    uploads: ['permanent', 501],
  },
  {
    name: '400 in JSON',
    part: ['permanent', 400],
    list: ['permanent', 400],
    abort: ['permanent', 400],
    uploads: 'listed',
  },
  {
    name: '410',
    part: ['permanent', 410],
    list: ['permanent', 410],
    abort: ['permanent', 410],
    uploads: 'listed',
  },
];

describe.each(['abort', 'keep'] as const)('an upload of a checkpoint that is gone (onFailure: %s)', (onFailure) => {
  it.each(DIALECTS)(
    'is seen by $name, and the copy begins afresh',
    async ({ part, list, abort, uploads, warnings = [] }) => {
      const checkpoint = memoryCheckpoints();
      const { fake, options } = setUpCopy(
        {},
        { checkpoint, onFailure, retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 2 } },
      );
      await interrupt(options);
      const [gone = ''] = fake.uploads.keys();
      fake.uploads.delete(gone);
      const refuse = (operation: StoreOperation, [kind, status, code]: Refusal) =>
        Promise.reject(failure(operation, kind, status, code));
      const store: CopyStore = {
        ...fake.store,
        copyPart: (request) => (request.uploadId === gone ? refuse('copyPart', part) : fake.store.copyPart(request)),
        listParts: (request) => {
          if (request.uploadId !== gone) return fake.store.listParts(request);
          return list === 'empty'
            ? Promise.resolve({ parts: [], nextPartNumberMarker: undefined })
            : refuse('listParts', list);
        },
        abortMultipartUpload: (request) =>
          request.uploadId === gone ? refuse('abortMultipartUpload', abort) : fake.store.abortMultipartUpload(request),
        listMultipartUploads: (request) =>
          uploads === 'listed' ? fake.store.listMultipartUploads(request) : refuse('listMultipartUploads', uploads),
      };
      const { result, error } = await endOf(copyLargeObject({ ...options, store }));
      expect(error).toBeUndefined();
      expect(result?.warnings.map(({ code }) => code).toSorted()).toEqual(['CHECKPOINT_DISCARDED', ...warnings]);
      expect(checkpoint.texts.size).toBe(0);
      expectWholeCopy(fake);
    },
  );
});

/** A copy whose upload goes away after two parts, in a store that answers parts of it so. */
function setUpVanishing(part: Refusal, listParts?: CopyStore['listParts']) {
  const { fake, options } = setUpCopy({}, { concurrency: 1 });
  const [kind, status, code] = part;
  const store: CopyStore = {
    ...fake.store,
    copyPart: (request) => {
      if (request.partNumber === 3) fake.uploads.clear();
      return request.partNumber < 3
        ? fake.store.copyPart(request)
        : fake.store.copyPart(request).catch(() => Promise.reject(failure('copyPart', kind, status, code)));
    },
    ...(listParts && { listParts }),
  };
  return { fake, options: { ...options, store } };
}

describe('an upload that somebody aborts during the copy', () => {
  it.each<readonly [string, Refusal, CopyStore['listParts'] | undefined, number]>([
    ['500 to parts, gone to ListParts', ['transient', 500], undefined, 3],
    [
      '500 to parts, nothing listed',
      ['transient', 500, 'InternalError'],
      () => Promise.resolve({ parts: [], nextPartNumberMarker: undefined }),
      3,
    ],
    [
      '403 to parts, nothing listed',
      FORBIDDEN,
      () => Promise.resolve({ parts: [], nextPartNumberMarker: undefined }),
      1,
    ],
    ['400 to parts, gone to ListParts', ['permanent', 400], undefined, 1],
  ])('is told by %s', async (_, part, listParts, attempts) => {
    const { options } = setUpVanishing(part, listParts);
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toMatchObject({ name: 'PartFailedError', attempts, cause: { vendorCode: 'NoSuchUpload' } });
    expect((error as Error).message).toMatch(/upload upload-\d does not exist any more: injected/);
  });

  it('is not said to be left, too, if the store refuses its abort', async () => {
    const { options } = setUpVanishing(FORBIDDEN, () =>
      Promise.resolve({ parts: [], nextPartNumberMarker: undefined }),
    );
    const store: CopyStore = {
      ...options.store,
      abortMultipartUpload: () => Promise.reject(failure('abortMultipartUpload', ...FORBIDDEN)),
      listMultipartUploads: () => Promise.reject(failure('listMultipartUploads', 'permanent', 501, 'NotImplemented')),
    };
    const copy = copyLargeObject({ ...options, store });
    const warnings: string[] = [];
    copy.on('warning', ({ code }) => warnings.push(code));
    const { error } = await endOf(copy);
    expect(error).toMatchObject({ message: expect.stringContaining('does not exist any more') as string });
    expect(error).not.toHaveProperty('abortError');
    expect(warnings).toEqual([]);
  });

  it('is not looked for after a single 500, and not where it was never seen', async () => {
    const once = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === 'copyPart' && count === 5) throw failure(operation, 'transient', 500, 'InternalError');
      },
    });
    await copyLargeObject(once.options);
    expect(once.fake.count('listParts')).toBe(0);
    const never = setUpCopy({
      hook: ({ operation }) => {
        if (operation === 'copyPart') throw failure(operation, 'permanent', 403, 'AccessDenied');
      },
    });
    const { error } = await endOf(copyLargeObject(never.options));
    expect(error).toMatchObject({ cause: { vendorCode: 'AccessDenied' } });
  });
});

it('an upload that may have been completed, and is gone, is not aborted: Adobe S3Mock deletes the object then', async () => {
  const { fake, options } = setUpCopy({
    hook: ({ operation, count }) =>
      operation === 'completeMultipartUpload' && count === 1
        ? {
            after: () => {
              // Somebody else replaces the object at once.
              fake.put('dst/b', 300);
              throw failure(operation, 'ambiguous', 504);
            },
          }
        : undefined,
  });
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'unknown' });
  expect(fake.count('abortMultipartUpload')).toBe(0);
  expect(fake.objects.get('dst/b')?.size).toBe(300);
});

it('an upload whose Complete may have worked is kept if nobody can see it', async () => {
  const { fake, options } = setUpCopy({
    hook: ({ operation, count }) => {
      const isLater = fake.count('completeMultipartUpload') > 0;
      if (operation === 'completeMultipartUpload') throw failure(operation, 'ambiguous', 504);
      if (isLater && (operation === 'listParts' || operation === 'headObject') && count > 0)
        throw failure(operation, 'permanent', 403, 'AccessDenied');
    },
  });
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toMatchObject({ name: 'CompleteFailedError', outcome: 'unknown', uploadId: 'upload-2' });
  expect(fake.count('abortMultipartUpload')).toBe(0);
});
