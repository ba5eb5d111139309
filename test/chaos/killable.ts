import { StoreError, type CheckpointStore, type CopyStore } from '../../src/index.ts';
import { wrapStore } from './ways-to-store.ts';

/** A copy's way to the world, which can be cut. */
export interface Killable {
  readonly store: CopyStore;
  readonly checkpoint: CheckpointStore | undefined;
  /** From now on nothing gets through, in either direction, as if the process had been killed. */
  kill(): void;
  /** Lets what still waits come to its end, so that nothing is left of it in this process. */
  bury(): void;
}

export function makeKillable(store: CopyStore, checkpoint: CheckpointStore | undefined): Killable {
  let isKilled = false;
  let bury = (): void => undefined;
  const burial = new Promise<never>((_, reject) => {
    bury = () => reject(new StoreError('The process was killed', { operation: 'headObject', kind: 'permanent' }));
  });
  burial.catch(() => undefined);
  const pass = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isKilled) return burial;
    try {
      const answer = await call();
      return isKilled ? await burial : answer;
    } catch (error) {
      if (isKilled) return await burial;
      throw error;
    }
  };
  return {
    store: wrapStore(store, (call, request) => pass(() => call(request))),
    checkpoint: checkpoint && {
      load: (id) => pass(() => checkpoint.load(id)),
      save: (id, text) => pass(() => checkpoint.save(id, text)),
      delete: (id) => pass(() => checkpoint.delete(id)),
    },
    kill: () => {
      isKilled = true;
    },
    bury: () => bury(),
  };
}
