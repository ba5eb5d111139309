import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CheckpointError,
  type CheckpointStore,
  type CopyOptions,
  copyLargeObject,
  type CopyTask,
  fileCheckpointStore,
  type UploadEvent,
} from '../../src/index.ts';
import { failure, type FakeStoreOptions } from './fake-store.ts';
import { interrupt, memoryCheckpoints } from './memory-checkpoints.ts';
import { endOf, expectWholeCopy, openPromise, setUpCopy } from './set-up-copy.ts';

const directories: string[] = [];
async function fileCheckpoints(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copy-checkpoint-'));
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

function uploadEvents(copy: CopyTask): UploadEvent[] {
  const events: UploadEvent[] = [];
  copy.on('upload', (event) => events.push(event));
  return events;
}

async function setUpInterrupted(fakeOptions: FakeStoreOptions = {}, more: Partial<CopyOptions> = {}) {
  const checkpoint = memoryCheckpoints();
  const { fake, options } = setUpCopy(fakeOptions, { checkpoint, ...more });
  await interrupt(options);
  const [uploadId] = [...fake.uploads.keys()];
  if (uploadId === undefined) throw new Error('no upload was kept');
  return { checkpoint, fake, options, uploadId };
}

describe('a checkpoint', () => {
  for (const kind of ['memory', 'file'] as const) {
    it(`in ${kind} is there while the upload is, is gone with it, and saves the parts that were copied`, async () => {
      const directory = await fileCheckpoints();
      const memory = memoryCheckpoints();
      const checkpoint = kind === 'memory' ? memory : fileCheckpointStore(directory);
      const { fake, options } = setUpCopy({}, { checkpoint });
      await interrupt(options);
      expect(fake.uploads.size).toBe(1);
      const before = fake.count('copyPart');
      const copy = copyLargeObject({
        ...options,
        checkpoint: kind === 'memory' ? checkpoint : fileCheckpointStore(directory),
      });
      const events = uploadEvents(copy);
      const result = await copy;
      const kept = events[0]?.partsAlreadyCopied ?? 0;
      expect(events).toEqual([{ uploadId: 'upload-2', resumed: true, partsAlreadyCopied: kept }]);
      expect(kept).toBeGreaterThanOrEqual(8);
      expect(fake.count('copyPart') - before).toBe(20 - kept);
      expect(result).toMatchObject({ resumed: true, verified: 'etag', warnings: [] });
      expectWholeCopy(fake);
      expect(fake.uploads.size).toBe(0);
      expect(await readdir(directory)).toEqual([]);
      expect(memory.texts.size).toBe(0);
    });
  }

  it('takes all pages of the parts', async () => {
    const { fake, options } = await setUpInterrupted({ partsPerPage: 3 });
    const result = await copyLargeObject(options);
    expect(result.resumed).toBe(true);
    expectWholeCopy(fake);
  });

  it('keeps its own part layout when another one is asked for', async () => {
    const { fake, options } = await setUpInterrupted();
    const result = await copyLargeObject({ ...options, partSize: 40 });
    expect(result).toMatchObject({ resumed: true, parts: 20, partSize: 10 });
    expectWholeCopy(fake);
  });

  it('of another layout than the source’s own, which is asked for, does not fail the copy', async () => {
    const { fake, options } = setUpCopy({}, { checkpoint: memoryCheckpoints() });
    const source = fake.objects.get('src/a');
    if (source !== undefined) source.etag = `${'b'.repeat(32)}-4`;
    await interrupt(options);
    const store = {
      ...fake.store,
      headObject: async (request: Parameters<typeof fake.store.headObject>[0]) => {
        const head = await fake.store.headObject(request);
        if (request.bucket !== 'src') return head;
        return request.partNumber === undefined ? head : { ...head, size: 50, partsCount: 4 };
      },
    };
    const result = await copyLargeObject({ ...options, store, partSize: 'source', verify: 'size' });
    expect(result).toMatchObject({ resumed: false, parts: 4 });
    expect(result.warnings.map(({ code }) => code)).toEqual(['CHECKPOINT_DISCARDED', 'ETAG_DIFFERS']);
    expect(fake.uploads.size).toBe(0);
  });

  it('copies again what has another size, and what is older than the source', async () => {
    const { fake, options, uploadId } = await setUpInterrupted();
    const parts = fake.uploads.get(uploadId)?.parts;
    const [first, second] = [parts?.get(1), parts?.get(2)];
    if (first !== undefined) first.size = 9;
    if (second !== undefined) second.lastModified = new Date(Date.now() - 120_000);
    fake.calls.length = 0;
    const result = await copyLargeObject(options);
    const copied = fake.calls
      .filter(({ operation }) => operation === 'copyPart')
      .map(({ request }) => request['partNumber']);
    expect(copied).toEqual(expect.arrayContaining([1, 2]));
    expect(result.verified).toBe('etag');
    expectWholeCopy(fake);
  });

  it('whose upload is dead starts afresh, and says why', async () => {
    const { fake, options } = await setUpInterrupted();
    fake.uploads.clear();
    const result = await copyLargeObject(options);
    expect(result).toMatchObject({ resumed: false, warnings: [{ code: 'CHECKPOINT_DISCARDED' }] });
    expect(result.warnings[0]?.message).toContain('does not exist any more');
    expectWholeCopy(fake);
  });

  it('whose source changed starts afresh, says why, and drops the old upload', async () => {
    const { fake, options, uploadId } = await setUpInterrupted();
    fake.put('src/a', 200);
    const copy = copyLargeObject(options);
    const events = uploadEvents(copy);
    const result = await copy;
    expect(events[0]?.uploadId).not.toBe(uploadId);
    expect(result.warnings).toMatchObject([{ code: 'CHECKPOINT_DISCARDED' }]);
    expect(fake.uploads.size).toBe(0);
    expectWholeCopy(fake);
  });

  it('whose upload was created with other properties starts afresh', async () => {
    const { fake, options } = await setUpInterrupted();
    const result = await copyLargeObject({ ...options, destination: { ...options.destination, contentType: 'a/b' } });
    expect(result.resumed).toBe(false);
    expect(fake.objects.get('dst/b')?.properties.contentType).toBe('a/b');
    expect(fake.uploads.size).toBe(0);
  });

  it('whose upload has a part beyond the plan starts afresh and leaves no upload', async () => {
    const { fake, options, uploadId } = await setUpInterrupted();
    const upload = fake.uploads.get(uploadId);
    upload?.parts.set(21, { etag: 'f'.repeat(32), size: 10, range: { source: 'x', start: 0, end: 9 } });
    const result = await copyLargeObject(options);
    expect(result).toMatchObject({ resumed: false, warnings: [{ code: 'CHECKPOINT_DISCARDED' }] });
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
  });

  for (const [name, spoil] of [
    ['torn', (text: string) => text.slice(0, 40)],
    ['garbage', () => '\u0000\u0001'],
    ['empty', () => ''],
    ['foreign', () => '{"some":"thing"}'],
    ['of parts that make another size', (text: string) => text.replace('"count":20', '"count":19')],
  ] as const) {
    it(`that is ${name} starts afresh, and says why`, async () => {
      const { checkpoint, fake, options } = await setUpInterrupted();
      for (const [id, text] of checkpoint.texts) checkpoint.texts.set(id, spoil(text));
      const result = await copyLargeObject(options);
      expect(result).toMatchObject({ resumed: false, warnings: [{ code: 'CHECKPOINT_DISCARDED' }] });
      expectWholeCopy(fake);
    });
  }

  it('holds no SSE-C key', async () => {
    const key = Buffer.alloc(32, 'k').toString('base64');
    const { checkpoint } = await setUpInterrupted(
      {},
      {
        source: { bucket: 'src', key: 'a', sse: { type: 'SSE-C', key } },
        destination: { bucket: 'dst', key: 'b', sse: { type: 'SSE-C', key } },
      },
    );
    expect(checkpoint.texts.size).toBe(1);
    for (const text of checkpoint.texts.values()) {
      expect(text).not.toContain(key);
      expect(text).not.toContain('kkkk');
    }
  });

  for (const kind of ['one store', 'two stores on one directory'] as const) {
    it(`is refused to a second copy (${kind}), and the first goes on`, async () => {
      const directory = await fileCheckpoints();
      const gate = openPromise();
      const { fake, options } = setUpCopy({
        hook: ({ operation, count }) => (operation === 'copyPart' && count === 5 ? gate.promise : undefined),
      });
      const checkpoint = fileCheckpointStore(directory);
      const first = copyLargeObject({ ...options, checkpoint });
      const started = openPromise();
      first.once('part', started.resolve);
      await started.promise;
      const second = await endOf(
        copyLargeObject({ ...options, checkpoint: kind === 'one store' ? checkpoint : fileCheckpointStore(directory) }),
      );
      expect(second.error).toBeInstanceOf(CheckpointError);
      gate.resolve();
      expect((await first).verified).toBe('etag');
      expect(fake.count('createMultipartUpload')).toBe(1);
      expect(await readdir(directory)).toEqual([]);
    });
  }

  it('is given back by a copy that fails, so that the next one can take it', async () => {
    const checkpoint = fileCheckpointStore(await fileCheckpoints());
    let broken = true;
    const { fake, options } = setUpCopy(
      {
        hook: ({ operation, request }) => {
          if (broken && operation === 'copyPart' && request['partNumber'] === 9)
            throw failure('copyPart', 'permanent', 403);
        },
      },
      { checkpoint },
    );
    await expect(copyLargeObject(options)).rejects.toMatchObject({ partNumber: 9, uploadId: 'upload-2' });
    broken = false;
    expect(await copyLargeObject(options)).toMatchObject({ resumed: true });
    expectWholeCopy(fake);
  });

  for (const method of ['load', 'save', 'delete', 'lock', 'unlock'] as const) {
    it(`that fails in ${method} ends in a typed error or a warning, and no upload is lost sight of`, async () => {
      const fail = () => Promise.reject(new Error('disk full'));
      const checkpoint: CheckpointStore = {
        ...memoryCheckpoints(),
        ...(method === 'unlock' ? { lock: () => Promise.resolve(fail) } : { [method]: fail }),
      };
      const { fake, options } = setUpCopy({}, { checkpoint });
      const { result, error } = await endOf(copyLargeObject(options));
      expect(fake.uploads.size).toBe(0);
      if (method === 'delete' || method === 'unlock') {
        expectWholeCopy(fake);
        expect(result?.warnings.map(({ code }) => code)).toEqual(['CHECKPOINT_LEFT']);
      } else {
        expect(error).toBeInstanceOf(CheckpointError);
        expect((error as Error).message).toContain('disk full');
        expect(fake.objects.has('dst/b')).toBe(false);
      }
    });
  }

  it('that can neither be saved nor its upload be aborted names that upload', async () => {
    let saves = 0;
    const save = (): Promise<void> => (++saves === 1 ? Promise.resolve() : Promise.reject(new Error('disk full')));
    const checkpoint = { ...memoryCheckpoints(), save };
    const { options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
        },
      },
      { checkpoint },
    );
    const { error } = await endOf(copyLargeObject(options));
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toMatchObject({ uploadId: 'upload-2' });
  });

  it('of a file that was torn by hand starts afresh', async () => {
    const directory = await fileCheckpoints();
    const { fake, options } = setUpCopy({}, { checkpoint: fileCheckpointStore(directory) });
    await interrupt(options);
    const [name] = (await readdir(directory)).filter((file) => file.endsWith('.json'));
    const file = path.join(directory, name ?? '');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 30));
    const result = await copyLargeObject(options);
    expect(result.warnings.map(({ code }) => code)).toEqual(['CHECKPOINT_DISCARDED']);
    expectWholeCopy(fake);
  });

  it('is kept when the copy is cancelled, and dropped with the upload when onFailure is abort', async () => {
    for (const onFailure of ['keep', 'abort'] as const) {
      const checkpoint = memoryCheckpoints();
      const { fake, options } = setUpCopy({}, { checkpoint, onFailure });
      const copy = copyLargeObject(options);
      copy.once('part', () => copy.abort());
      await endOf(copy);
      expect(checkpoint.texts.size).toBe(onFailure === 'keep' ? 1 : 0);
      expect(fake.uploads.size).toBe(onFailure === 'keep' ? 1 : 0);
    }
  });

  it('is kept when onFailure is abort and the upload could not be aborted', async () => {
    const checkpoint = memoryCheckpoints();
    const { options } = setUpCopy(
      {
        hook: ({ operation }) => {
          if (operation === 'abortMultipartUpload') throw failure(operation, 'permanent', 403, 'AccessDenied');
        },
      },
      { checkpoint, onFailure: 'abort' },
    );
    const copy = copyLargeObject(options);
    copy.once('part', () => copy.abort());
    await endOf(copy);
    expect(checkpoint.texts.size).toBe(1);
  });
});

describe('an upload id to go on with', () => {
  async function setUpKept(more: Partial<CopyOptions> = {}, size = 200) {
    const { fake, options } = setUpCopy({}, more, size);
    await interrupt(options);
    const [uploadId] = [...fake.uploads.keys()];
    if (uploadId === undefined) throw new Error('no upload was kept');
    return { fake, options, uploadId };
  }

  it('is resumed in the layout that its partSize names', async () => {
    const { fake, options, uploadId } = await setUpKept();
    fake.calls.length = 0;
    const result = await copyLargeObject({ ...options, resume: uploadId });
    expect(result).toMatchObject({ resumed: true, parts: 20, partSize: 10, uploadId });
    expect(fake.count('createMultipartUpload')).toBe(0);
    expect(fake.count('copyPart')).toBeLessThanOrEqual(12);
    expectWholeCopy(fake);
  });

  it('whose parts don’t fit the plan asks for the partSize, and nothing is begun', async () => {
    const { fake, options, uploadId } = await setUpKept();
    fake.calls.length = 0;
    const { error } = await endOf(copyLargeObject({ ...options, partSize: 'auto', resume: uploadId }));
    expect(String(error)).toMatch(/Cannot resume: .*name the partSize/);
    expect(fake.count('createMultipartUpload')).toBe(0);
    expect(fake.count('abortMultipartUpload')).toBe(0);
  });

  it('that does not exist is an error, and nothing is begun', async () => {
    const { fake, options } = setUpCopy();
    await expect(copyLargeObject({ ...options, resume: 'none' })).rejects.toMatchObject({ code: 'ERR_COPY' });
    expect(fake.count('createMultipartUpload')).toBe(0);
  });

  for (const partSize of ['auto', 5, 10] as const) {
    it(`of which only the last, shorter part is there gives no wrong bytes (partSize ${partSize})`, async () => {
      const { fake, options, uploadId } = await setUpKept({}, 195);
      fake.uploads.get(uploadId)?.parts.clear();
      fake.uploads.get(uploadId)?.parts.set(20, {
        etag: 'e'.repeat(32),
        size: 5,
        range: { source: 'src/a', start: 190, end: 194 },
        lastModified: new Date(),
      });
      const { result } = await endOf(copyLargeObject({ ...options, partSize, resume: uploadId }));
      if (result !== undefined) expectWholeCopy(fake, 195);
      else expect(fake.objects.has('dst/b')).toBe(false);
    });
  }

  it('whose parts have another layout than the one asked for gives no wrong bytes', async () => {
    for (const partSize of [5, 20, 30]) {
      const { fake, options, uploadId } = await setUpKept({ concurrency: 25 }, 195);
      const { result } = await endOf(copyLargeObject({ ...options, partSize, resume: uploadId }));
      if (result !== undefined) expectWholeCopy(fake, 195);
      else expect(fake.objects.has('dst/b')).toBe(false);
    }
  });

  it('that the store lists twice over does not count its parts twice', async () => {
    const { fake, options, uploadId } = await setUpKept();
    const store = {
      ...fake.store,
      listParts: async (request: Parameters<typeof fake.store.listParts>[0]) => {
        const page = await fake.store.listParts(request);
        return { ...page, parts: [...page.parts, ...page.parts] };
      },
    };
    const copy = copyLargeObject({ ...options, store, resume: uploadId });
    const bytes: number[] = [];
    copy.on('progress', (progress) => bytes.push(progress.bytesCopied));
    const events = uploadEvents(copy);
    await copy;
    expect(Math.max(...bytes)).toBe(200);
    expect(events[0]?.partsAlreadyCopied).toBeLessThan(20);
    expectWholeCopy(fake);
  });

  it('counts only what this run copied in its speed', async () => {
    const { fake, options, uploadId } = await setUpKept({}, 2000);
    fake.calls.length = 0;
    const result = await copyLargeObject({ ...options, resume: uploadId });
    const copiedBytes = fake.count('copyPart') * 10;
    expect(copiedBytes).toBeLessThan(2000);
    expect(result.bytesPerSecond).toBe(Math.round((copiedBytes / result.elapsedMs) * 1000));
    expectWholeCopy(fake, 2000);
  });
});
