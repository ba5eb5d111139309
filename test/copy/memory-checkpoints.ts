import { expect } from 'vitest';
import { type CheckpointStore, type CopyOptions, copyLargeObject } from '../../src/index.ts';

/** Checkpoints in memory, to be looked at. */
export function memoryCheckpoints(
  texts = new Map<string, string>(),
): CheckpointStore & { readonly texts: Map<string, string> } {
  return {
    texts,
    load: (id) => Promise.resolve(texts.get(id)),
    save: (id, text) => Promise.resolve(void texts.set(id, text)),
    delete: (id) => Promise.resolve(void texts.delete(id)),
    lock: () => Promise.resolve(() => Promise.resolve()),
  };
}

/** Copies until `parts` parts are there, then is interrupted as if the process had died: nothing is cleaned up. */
export async function interrupt(options: CopyOptions, parts = 8): Promise<void> {
  const copy = copyLargeObject({ ...options, onFailure: 'keep' });
  let seen = 0;
  copy.on('part', () => {
    if (++seen === parts) copy.abort(new Error('interrupted'));
  });
  await expect(copy).rejects.toThrow('interrupted');
}

/** Copies to the end, as if the process had died right after: the checkpoint stays. */
export async function completeAndDie(options: CopyOptions, checkpoint: CheckpointStore): Promise<void> {
  await copyLargeObject({ ...options, checkpoint: { ...checkpoint, delete: () => Promise.resolve() } });
}
