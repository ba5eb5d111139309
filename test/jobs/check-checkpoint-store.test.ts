import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { CheckpointError, CopyOptionsError, type CheckpointStore, fileCheckpointStore } from '../../src/index.ts';
import { checkCheckpointStore } from '../../src/jobs/index.ts';
import { leasedCheckpoints } from '../copy/leased-checkpoints.ts';

test('a file store keeps the contract, and the check leaves nothing behind', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'contract-'));
  try {
    const expire = (id: string) => utimes(path.join(directory, `${id}.lock`), new Date(0), new Date(0));
    await checkCheckpointStore(() => fileCheckpointStore(directory), { expire });
    expect(await readdir(directory)).toEqual([]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a store in memory keeps the contract', async () => {
  const { openView, expire, texts } = leasedCheckpoints();
  await checkCheckpointStore(openView, { expire });
  expect(texts.size).toBe(0);
});

describe('a store is refused', () => {
  const { texts } = leasedCheckpoints();
  const wrongs: Record<string, [change: (store: CheckpointStore) => Partial<CheckpointStore>, says: RegExp]> = {
    'without a lock': [() => ({ lock: undefined as never }), /there is no lock\(\): two processes can go on/],
    'whose lock is given to all': [() => ({ lock: async () => async () => undefined }), /8 of 8 got it/],
    'whose lock gives nothing back': [() => ({ lock: async () => undefined as never }), /gives no function/],
    'that saves without a fence': [
      () => ({ save: async (id, text) => void texts.set(id, text) }),
      /save\(\) is refused to a process that lost its lock: it works: there is no fence, so a process that stood still/,
    ],
    'that deletes without a fence': [
      () => ({ delete: async (id) => void texts.delete(id) }),
      /delete\(\) is refused to a process that lost its lock: it works: there is no fence/,
    ],
    'that loads an empty text for nothing': [
      (store) => ({ load: async (id) => (await store.load(id)) ?? '' }),
      /never saved: it gives/,
    ],
    'that cuts off long texts': [
      (store) => ({ save: (id, text) => store.save(id, text.slice(0, 65_536)) }),
      /gives a text of 65536 characters in place of a text of \d+ characters/,
    ],
    'that deletes nothing': [() => ({ delete: async () => undefined }), /after it load\(\) still gives \{\}/],
    'that ends the lock of the new holder': [
      (store) => ({
        lock: async (id, onLost) => {
          const release = await store.lock?.(id, onLost);
          return async () => {
            await release?.();
            shared.expire(id);
          };
        },
      }),
      /leaves the lock of the new holder: it is given after/,
    ],
  };
  let shared = leasedCheckpoints();
  it.each(Object.entries(wrongs))('%s', async (_, [change, says]) => {
    shared = leasedCheckpoints(texts);
    const open = (): CheckpointStore => {
      const store = shared.openView();
      return { ...store, ...change(store) };
    };
    const checked = checkCheckpointStore(open, { expire: shared.expire });
    await expect(checked).rejects.toThrow(CheckpointError);
    await expect(checked).rejects.toThrow(says);
  });

  it('whose fence only asks whether somebody else holds the lock', async () => {
    const { openView, expire, isHeld } = leasedCheckpoints(texts);
    const open = (): CheckpointStore => {
      const store = openView();
      return {
        ...store,
        save: async (id, text) => (isHeld(id) ? store.save(id, text) : void texts.set(id, text)),
      };
    };
    await expect(checkCheckpointStore(open, { expire })).rejects.toThrow(
      /breaks a rule of its contract:\n- save\(\) is refused .* also if the new holder has given it back/,
    );
  });
});

test.each([
  ['openStore', undefined, { expire: () => undefined }],
  ['expire', leasedCheckpoints().openView, {}],
  ['expire', leasedCheckpoints().openView, undefined],
])('the function %s is demanded', async (name, openStore, check) => {
  const checked = checkCheckpointStore(openStore as never, check as never);
  await expect(checked).rejects.toThrow(CopyOptionsError);
  await expect(checked).rejects.toThrow(`needs the function '${name}': current value is undefined`);
});
