import { type CopyStore, s3Store } from '../../src/index.ts';
import { setUpRun } from '../many/set-up-run.ts';

/** A store with so many objects, and what copies them by a queue. */
export async function setUpCopies(count: number, storeOptions = {}) {
  const { testStore } = await setUpRun(count, storeOptions);
  const { endpoint, credentials } = testStore;
  const stores = { eu: s3Store({ endpoint, credentials }) };
  const asked = {
    stores,
    from: 'eu',
    source: { bucket: 'src', prefix: 't/' },
    destination: { bucket: 'dst', prefix: 'c/' },
  };
  return { testStore, stores, asked };
}

/** A fault that refuses one object as long as it `isOn`. */
export function refusal(key: string) {
  const fault = {
    isOn: true,
    refuse: (request: { readonly operation: string; readonly key: string }) =>
      fault.isOn && request.operation === 'copyObject' && request.key === key
        ? ({ kind: 'error', status: 403, code: 'AccessDenied' } as const)
        : undefined,
  };
  return fault;
}

/** A store whose copy to one key waits until the gate is opened. */
export function gate(store: CopyStore, key: string) {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gated = {
    isWaiting: false,
    open,
    store: {
      ...store,
      copyObject: async (request: Parameters<CopyStore['copyObject']>[0]) => {
        gated.isWaiting ||= request.key === key;
        if (request.key === key) await opened;
        return store.copyObject(request);
      },
    },
  };
  return gated;
}
