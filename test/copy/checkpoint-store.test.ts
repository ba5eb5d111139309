import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CheckpointError,
  type CheckpointStore,
  CopyError,
  copyLargeObject,
  type CopyOptions,
  type CopyTask,
} from '../../src/index.ts';
import { failure } from './fake-store.ts';
import { memoryCheckpoints } from './memory-checkpoints.ts';
import { endOf, expectWholeCopy, openPromise, setUpCopy } from './set-up-copy.ts';

async function interrupt(options: CopyOptions): Promise<void> {
  const copy = copyLargeObject(options);
  copy.once('part', () => copy.abort(new Error('interrupted')));
  await expect(copy).rejects.toThrow('interrupted');
}

describe('a checkpoint store that loads', () => {
  for (const [name, toBytes] of [
    ['a Buffer', (text: string) => Buffer.from(text)],
    ['a Uint8Array', (text: string) => new TextEncoder().encode(text)],
  ] as const) {
    it(`${name} is read as UTF-8, so that the copy goes on`, async () => {
      const checkpoint = memoryCheckpoints();
      const source = { bucket: 'src', key: 'ü😀' };
      const { fake, options } = setUpCopy({}, { checkpoint, source });
      await interrupt(options);
      const load = (id: string) => Promise.resolve(toBytes(checkpoint.texts.get(id) ?? ''));
      const result = await copyLargeObject({ ...options, checkpoint: { ...checkpoint, load } });
      expect(result).toMatchObject({ resumed: true, warnings: [] });
      expectWholeCopy(fake, 200, 'src/ü😀');
      expect(fake.uploads.size).toBe(0);
    });
  }

  it.each([
    ['an object (Object)', { text: 'x' }],
    ['an object (Array)', ['x']],
    ['a number', 7],
    ['a boolean', false],
  ])('%s is refused, and neither its checkpoint nor its upload is touched', async (kind, loaded) => {
    const checkpoint = memoryCheckpoints();
    const { fake, options } = setUpCopy({}, { checkpoint });
    await interrupt(options);
    const before = new Map(checkpoint.texts);
    const load = () => Promise.resolve(loaded as unknown as string);
    const { error } = await endOf(copyLargeObject({ ...options, checkpoint: { ...checkpoint, load } }));
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toContain(`gave ${kind}, and it must give the text that was saved last`);
    expect(checkpoint.texts).toEqual(before);
    expect(fake.uploads.size).toBe(1);
    expect(await copyLargeObject(options)).toMatchObject({ resumed: true });
  });
});

describe('a checkpoint store that never answers', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** A method that isn't answered from its call number `from` on, and the moment when that call is made. */
  function silent(from = 1): { call: () => Promise<never>; reached: Promise<void> } {
    const { promise: reached, resolve } = openPromise();
    let calls = 0;
    const call = (): Promise<never> => {
      if (++calls < from) return Promise.resolve() as Promise<never>;
      resolve();
      return new Promise<never>(() => undefined);
    };
    return { call, reached };
  }

  async function cancelAt(reached: Promise<void>, copy: CopyTask, reason: unknown): Promise<void> {
    await reached;
    copy.abort(reason);
    await vi.advanceTimersByTimeAsync(1000);
  }

  for (const [name, method, from] of [
    ['load', 'load', 1],
    ['lock', 'lock', 1],
    ['the first save', 'save', 1],
    ['the save of the upload id', 'save', 2],
  ] as const) {
    it(`to ${name} doesn't keep a copy from being cancelled, and no upload is left`, async () => {
      const { call, reached } = silent(from);
      const { fake, options } = setUpCopy({}, { checkpoint: { ...memoryCheckpoints(), [method]: call } });
      const copy = copyLargeObject(options);
      const ended = endOf(copy);
      const reason = new Error('cancelled');
      await cancelAt(reached, copy, reason);
      expect((await ended).error).toBe(reason);
      expect(fake.count('createMultipartUpload')).toBe(from - 1);
      expect(fake.uploads.size).toBe(0);
    });
  }

  it('to the save of an upload id that then can’t be aborted tells of that upload, and leaves the caller’s reason as it is', async () => {
    const { call, reached } = silent(2);
    const { options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
        },
      },
      { checkpoint: { ...memoryCheckpoints(), save: call } },
    );
    const copy = copyLargeObject(options);
    const warnings: string[] = [];
    copy.on('warning', ({ code, message }) => warnings.push(`${code}: ${message}`));
    const ended = endOf(copy);
    const reason = new CopyError('the caller’s own');
    await cancelAt(reached, copy, reason);
    expect((await ended).error).toBe(reason);
    expect(reason.uploadId).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('UPLOAD_LEFT: Upload upload-2 ')]);
  });

  it('to lock until the copy was cancelled gets its lock back as soon as it is there', async () => {
    const { promise: reached, resolve: reach } = openPromise();
    const { promise: released, resolve: release } = openPromise();
    let grant = (): void => undefined;
    const lock = () => {
      reach();
      return new Promise<() => Promise<void>>((resolve) => {
        grant = () => resolve(() => Promise.resolve(release()));
      });
    };
    const { fake, options } = setUpCopy({}, { checkpoint: { ...memoryCheckpoints(), lock } });
    const copy = copyLargeObject(options);
    const ended = endOf(copy);
    await cancelAt(reached, copy, new Error('cancelled'));
    await ended;
    grant();
    await released;
    expect(fake.calls).toEqual([]);
  });

  for (const method of ['delete', 'unlock'] as const) {
    it(`to ${method} is reported after 10 s, and the copy ends as it would have`, async () => {
      const { call, reached } = silent();
      const checkpoint: CheckpointStore = {
        ...memoryCheckpoints(),
        ...(method === 'unlock' ? { lock: () => Promise.resolve(call) } : { delete: call }),
      };
      const { fake, options } = setUpCopy({}, { checkpoint });
      const ended = endOf(copyLargeObject(options));
      await reached;
      await vi.advanceTimersByTimeAsync(10_000);
      const { result } = await ended;
      const message = `Cannot ${method} the checkpoint: its store has not answered for 10 s`;
      expect(result?.warnings).toEqual([{ code: 'CHECKPOINT_LEFT', message }]);
      expectWholeCopy(fake);
    });
  }

  it('to delete doesn’t hide why a copy failed', async () => {
    const { call, reached } = silent();
    const denied = failure('createMultipartUpload', 'permanent', 403, 'AccessDenied');
    const { options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'createMultipartUpload') throw denied;
        },
      },
      { checkpoint: { ...memoryCheckpoints(), delete: call }, onFailure: 'abort' },
    );
    const ended = endOf(copyLargeObject(options));
    await reached;
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await ended).error).toBe(denied);
  });

  it('at once, but a moment after the copy was cancelled, still has the upload on record', async () => {
    const checkpoint = memoryCheckpoints();
    const { promise: reached, resolve: reach } = openPromise();
    const { promise: saved, resolve: goOn } = openPromise();
    const save = async (id: string, text: string): Promise<void> => {
      if (text.includes('uploadId')) {
        reach();
        await saved;
      }
      await checkpoint.save(id, text);
    };
    const { fake, options } = setUpCopy({}, { checkpoint: { ...checkpoint, save } });
    const copy = copyLargeObject(options);
    const ended = endOf(copy);
    await reached;
    copy.abort(new Error('cancelled'));
    goOn();
    expect((await ended).error).toMatchObject({ message: 'cancelled' });
    expect(fake.uploads.size).toBe(1);
    expect(await copyLargeObject(options)).toMatchObject({ resumed: true });
  });
});
