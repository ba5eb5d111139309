import { expect, it } from 'vitest';
import { CheckpointError, copyLargeObject, type CopyOptions } from '../../src/index.ts';
import { fakeStore } from './fake-store.ts';
import { memoryCheckpoints } from './memory-checkpoints.ts';

function optionsFor(fake: ReturnType<typeof fakeStore>, texts: Map<string, string>): CopyOptions {
  return {
    store: fake.store,
    source: { bucket: 'src', key: 'a' },
    // Copies that other files leave hanging hold the uploads of the usual key.
    destination: { bucket: 'dst', key: 'crashed' },
    multipartThreshold: 10,
    partSize: 10,
    checkpoint: memoryCheckpoints(texts),
  };
}

it('finds the upload that a process left which ended between Create and its answer', async () => {
  const texts = new Map<string, string>();
  let created: (() => void) | undefined;
  const reached = new Promise<void>((resolve) => {
    created = resolve;
  });
  const fake = fakeStore({
    hook: ({ operation, count }) => {
      if (operation !== 'createMultipartUpload' || count > 1) return undefined;
      // The answer never arrives: to the next run it is as if this process had been killed here.
      return { after: () => new Promise<void>(() => created?.()) };
    },
  });
  fake.put('src/a', 100);
  void copyLargeObject(optionsFor(fake, texts)).catch(() => undefined);
  await reached;
  expect([...fake.uploads.keys()]).toHaveLength(1);

  const result = await copyLargeObject(optionsFor(fake, texts));

  expect(result).toMatchObject({ resumed: false, warnings: [], parts: 10 });
  expect(fake.uploads.size).toBe(0);
  expect(texts.size).toBe(0);
});

it('warns of the upload that the store may still begin for a process which ended before its Create was answered', async () => {
  const texts = new Map<string, string>();
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const fake = fakeStore({
    hook: ({ operation, count }) => {
      if (operation !== 'createMultipartUpload' || count > 1) return undefined;
      reach();
      return new Promise<void>(() => undefined);
    },
  });
  fake.put('src/a', 100);
  void copyLargeObject(optionsFor(fake, texts)).catch(() => undefined);
  await reached;

  const { warnings } = await copyLargeObject(optionsFor(fake, texts));

  expect(warnings.map(({ code }) => code)).toEqual(['ORPHAN_UPLOADS']);
});

it('leaves the checkpoint of a later version alone', async () => {
  const fake = fakeStore();
  fake.put('src/a', 100);
  const texts = new Map<string, string>();
  const options = optionsFor(fake, texts);
  const newer = JSON.stringify({ format: 'copy-large-object/checkpoint', version: 99 });
  const checkpoint = { ...memoryCheckpoints(texts), load: () => Promise.resolve(newer) };
  await expect(copyLargeObject({ ...options, checkpoint })).rejects.toBeInstanceOf(CheckpointError);
  expect(fake.count('createMultipartUpload')).toBe(0);
  expect(texts.size).toBe(0);
});
