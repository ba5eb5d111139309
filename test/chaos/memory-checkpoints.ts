import type { CheckpointStore } from '../../src/index.ts';

/** Checkpoints in memory, to be looked at. */
export interface MemoryCheckpoints {
  readonly store: CheckpointStore;
  readonly text: () => string;
}

export function memoryCheckpoints(): MemoryCheckpoints {
  const texts = new Map<string, string>();
  const store: CheckpointStore = {
    load: (id) => Promise.resolve(texts.get(id)),
    save: (id, text) => {
      texts.set(id, text);
      return Promise.resolve();
    },
    delete: (id) => {
      texts.delete(id);
      return Promise.resolve();
    },
    lock: () => Promise.resolve(() => Promise.resolve()),
  };
  return { store, text: () => [...texts.values()].join() };
}
