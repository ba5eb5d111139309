import { randomBytes } from 'node:crypto';
import { CheckpointError, CopyOptionsError, messageOf } from '../errors.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { breach, CHECKPOINT_RULES, type RuleTools } from './checkpoint-rules.ts';

/** What {@link checkCheckpointStore} needs beside the store. */
export interface CheckpointStoreCheck {
  /**
   * Makes the lock of an id look as if its holder had not renewed it for too long, so that another process may take it: sets back its
   * time in the table, or deletes its key.
   */
  readonly expire: (id: string) => unknown;
}

/**
 * Checks that a checkpoint store keeps the contract of `CheckpointStore`, for the tests of its author. It works on ids of its own, and
 * leaves nothing behind unless the store is broken. What takes time isn't checked: that a lock is renewed, and is lost without that.
 *
 * @param openStore - called once for each process that the check plays; all share the same checkpoints
 * @throws CheckpointError that lists every rule that the store breaks, and what follows from it
 * @throws CopyOptionsError if an argument is missing
 *
 * @example
 * test('keeps the contract', () =>
 *   checkCheckpointStore(() => new MyStore(pool), { expire: (id) => pool.query('UPDATE locks SET ends_at = now() WHERE id = $1', [id]) }));
 */
export async function checkCheckpointStore(
  openStore: () => CheckpointStore | Promise<CheckpointStore>,
  check: CheckpointStoreCheck,
): Promise<void> {
  assertFunction('openStore', openStore);
  assertFunction('expire', (check as Partial<CheckpointStoreCheck> | undefined)?.expire);
  const breaches: string[] = [];
  for (const [name, rule] of Object.entries(CHECKPOINT_RULES)) {
    const problem = await tryRule(openStore, check, rule);
    if (problem !== undefined) breaches.push(`- ${name}: ${problem}`);
  }
  if (breaches.length === 0) return;
  const count = breaches.length === 1 ? 'a rule' : `${breaches.length} rules`;
  throw new CheckpointError(`The checkpoint store breaks ${count} of its contract:\n${breaches.join('\n')}`);
}

/** @returns how the store breaks the rule */
async function tryRule(
  openStore: () => CheckpointStore | Promise<CheckpointStore>,
  { expire }: CheckpointStoreCheck,
  rule: (tools: RuleTools) => Promise<void>,
): Promise<string | undefined> {
  const ids: string[] = [];
  const releases: (() => Promise<void>)[] = [];
  const tools: RuleTools = {
    open: async () => openStore(),
    newId: () => {
      const id = randomBytes(32).toString('hex');
      ids.push(id);
      return id;
    },
    lock: async (store, id) => {
      const release = await store.lock?.(id);
      if (typeof release !== 'function') return breach('lock() gives no function that gives the lock back');
      releases.push(release);
      return release;
    },
    expire: async (id) => void (await expire(id)),
  };
  try {
    await rule(tools);
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    for (const release of releases) await release().catch(() => undefined);
    const last = await openStore();
    for (const id of ids) await last.delete(id).catch(() => undefined);
  }
}

function assertFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new CopyOptionsError(`checkCheckpointStore needs the function '${name}': current value is ${typeof value}`);
}
