import { CheckpointError, messageOf } from '../errors.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';

/** What a rule is tried with. */
export interface RuleTools {
  /** Gives the store as another process has it. */
  readonly open: () => Promise<CheckpointStore>;
  readonly newId: () => string;
  /** Takes a lock that is given back at the end. */
  readonly lock: (store: CheckpointStore, id: string) => Promise<() => Promise<void>>;
  readonly expire: (id: string) => Promise<void>;
}

const LONG_TEXT = JSON.stringify({ text: 'ü😀"\\\n'.repeat(10_000) });
const RACERS = 8;

/** The contract of a checkpoint store, rule by rule. */
export const CHECKPOINT_RULES: Readonly<Record<string, (tools: RuleTools) => Promise<void>>> = {
  'load() gives undefined or null for an id that was never saved': async ({ open, newId }) => {
    const loaded = await (await open()).load(newId());
    if (loaded !== undefined && loaded !== null) breach(`it gives ${describe(loaded)}`);
  },

  'load() gives in every process what was saved last': async ({ open, newId }) => {
    const [first, second] = [await open(), await open()];
    const [id, other] = [newId(), newId()];
    await first.save(other, '{"of":"another id"}');
    for (const text of [LONG_TEXT, '{"short":true}']) {
      await first.save(id, text);
      await expectText(first, id, text);
      await expectText(second, id, text);
    }
    await expectText(second, other, '{"of":"another id"}');
  },

  'delete() removes what there is, and takes it if there is nothing': async ({ open, newId }) => {
    const [first, second] = [await open(), await open()];
    const id = newId();
    await first.save(id, '{}');
    await first.delete(id);
    const loaded = await second.load(id);
    if (loaded !== undefined && loaded !== null) breach(`after it load() still gives ${describe(loaded)}`);
    await first.delete(id);
  },

  'lock() is there, and refuses a second process until it is given back': async ({ open, newId, lock }) => {
    const [first, second] = [await open(), await open()];
    const id = newId();
    if (first.lock === undefined) breach('there is no lock(): two processes can go on with the same upload');
    const release = await lock(first, id);
    await lock(second, newId());
    await expectLocked(lock, second, id, 'while another process holds the lock: both go on with the same upload');
    await first.save(id, '{"by":"its holder"}');
    await expectText(second, id, '{"by":"its holder"}');
    await first.delete(id);
    await release();
    await lock(second, id);
  },

  'lock() is given to one of several processes that ask at once': async ({ open, newId, lock }) => {
    const id = newId();
    const stores = await Promise.all(Array.from({ length: RACERS }, open));
    const answers = await Promise.allSettled(stores.map((store) => lock(store, id)));
    const winners = answers.filter(({ status }) => status === 'fulfilled').length;
    if (winners !== 1) breach(`${winners} of ${RACERS} got it`);
  },

  'lock() goes to another process if it was not renewed for too long': async (tools) => void (await takeOver(tools)),

  'save() is refused to a process that lost its lock': async (tools) => {
    const { first, second, id } = await takeOver(tools);
    await expectRefusal(first.save(id, '{"by":"the old holder"}'), 'no fence', 'overwrites the checkpoint of');
    await expectText(second, id, '{"by":"the new holder"}');
  },

  'delete() is refused to a process that lost its lock': async (tools) => {
    const { first, second, id } = await takeOver(tools);
    await expectRefusal(first.delete(id), 'no fence', 'deletes the checkpoint of');
    await expectText(second, id, '{"by":"the new holder"}');
  },

  'save() is refused to a process that lost its lock, also if the new holder has given it back': async (tools) => {
    const { first, id, release } = await takeOver(tools);
    await release();
    await expectRefusal(first.save(id, '{"by":"the old holder"}'), 'no fence', 'aborts or completes the upload of');
  },

  'a lock that was lost, given back, leaves the lock of the new holder': async (tools) => {
    const { releaseLost, second, id } = await takeOver(tools);
    await releaseLost().catch(() => undefined);
    await second.save(id, '{"by":"the new holder"}');
    await expectLocked(tools.lock, await tools.open(), id, 'after a process gave back the lock that it had lost');
  },
};

/** Says how a rule is broken. */
export function breach(problem: string): never {
  throw new CheckpointError(problem);
}

/** Has a second process take the lock from a first one, which knows nothing of that, and save. */
async function takeOver({ open, newId, lock, expire }: RuleTools) {
  const [first, second] = [await open(), await open()];
  const id = newId();
  const releaseLost = await lock(first, id);
  await first.save(id, '{"by":"the old holder"}');
  await expire(id);
  const release = await lock(second, id).catch((error: unknown) =>
    breach(`it is still refused after expire(): ${messageOf(error)}`),
  );
  await second.save(id, '{"by":"the new holder"}');
  return { first, second, id, releaseLost, release };
}

async function expectLocked(lock: RuleTools['lock'], store: CheckpointStore, id: string, when: string): Promise<void> {
  const isRefused = await lock(store, id).then(
    () => false,
    () => true,
  );
  if (!isRefused) breach(`it is given ${when}`);
}

async function expectRefusal(call: Promise<void>, what: string, consequence: string): Promise<void> {
  const isRefused = await call.then(
    () => false,
    () => true,
  );
  if (!isRefused) {
    breach(
      `it works: there is ${what}, so a process that stood still and comes back ${consequence} the one that took over`,
    );
  }
}

async function expectText(store: CheckpointStore, id: string, text: string): Promise<void> {
  const loaded = await store.load(id);
  const seen = loaded instanceof Uint8Array ? new TextDecoder().decode(loaded) : loaded;
  if (seen !== text) breach(`load() gives ${describe(seen)} in place of ${describe(text)}`);
}

function describe(value: unknown): string {
  if (typeof value !== 'string') return value === null ? 'null' : typeof value;
  return value.length <= 40 ? value : `a text of ${value.length} characters`;
}
