import { link, lstat, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CheckpointError } from '../errors.ts';
import { describeThisProcess, examineHolder, parseHolder, type LockHolder } from './lock-holder.ts';

/** How often a holder shows that it lives, for those who can't look at its process, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** A holder that can't be looked at is taken for dead after this long without a heartbeat, in milliseconds. */
const HEARTBEAT_LIMIT_MS = 120_000;

/** A lock that is held. */
export interface HeldLock {
  /** Whether another one has taken it meanwhile, as it saw no heartbeat for too long. */
  isLost(): Promise<boolean>;
  release(): Promise<void>;
}

interface LockOnDisk {
  readonly file: string;
  /** Undefined where the file doesn't say. */
  readonly holder: LockHolder | undefined;
  readonly modifiedMs: number;
}

/** Lock files that this process holds, so that one process doesn't take its own lock twice. */
const heldHere = new Set<string>();

/**
 * Takes a lock file, or throws a `CheckpointError` that names its holder. The file appears whole or not at all (a hard link to a
 * finished file; where the file system has none, exclusive creation).
 *
 * A lock whose holder is dead is taken over. The right to take over one particular lock is a second file, named after that lock's
 * token and again created exclusively, which then replaces the lock by a rename; there is no moment without a lock file, and of
 * several takers one wins.
 */
export async function takeLock(file: string): Promise<HeldLock> {
  if (heldHere.has(file))
    throw new CheckpointError(`The checkpoint is in use: another copy in this process holds ${file}`);
  heldHere.add(file);
  const self = describeThisProcess();
  const draft = `${file}.${self.token}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify(self)}\n`, { flag: 'wx', mode: 0o600 });
    while (!(await createFrom(draft, file)) && !(await takeOver(file, draft, self)));
    return await keepLock(file, self);
  } catch (error) {
    heldHere.delete(file);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** One try at a lock that exists: true where it is ours now, false where it has changed meanwhile; throws where it is held. */
async function takeOver(file: string, draft: string, self: LockHolder): Promise<boolean> {
  const chain = await readChain(file);
  const newest = chain.at(-1);
  if (newest === undefined) return false;
  await refuseLiving(newest, draft, self);

  const claim = claimOn(file, newest);
  if (!(await createFrom(draft, claim))) return false;
  // Whoever had this claim before may have used it already: then the lock is another one now.
  const now = await readChain(file);
  const unchanged = chain.every((lock, index) => lock.holder?.token === now[index]?.holder?.token);
  if (!unchanged) {
    await rm(claim, { force: true });
    return false;
  }
  await rename(claim, file);
  for (const abandoned of chain.slice(1)) await rm(abandoned.file, { force: true });
  return true;
}

/** The lock, the claim on it where somebody began to take it over, the claim on that claim, … */
async function readChain(file: string): Promise<LockOnDisk[]> {
  const chain: LockOnDisk[] = [];
  let next = await readLock(file);
  while (next !== undefined) {
    chain.push(next);
    next = await readLock(claimOn(file, next));
  }
  return chain;
}

function claimOn(file: string, lock: LockOnDisk): string {
  return `${file}.${lock.holder?.token ?? 'unreadable'}.claim`;
}

async function readLock(file: string): Promise<LockOnDisk | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return { file, holder: parseHolder(text), modifiedMs: (await stat(file)).mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await refuseDanglingLink(file);
    return undefined;
  }
}

/** A link to nothing can be neither read nor made: it would be tried at for ever. */
async function refuseDanglingLink(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found?.isSymbolicLink() !== true) return;
  throw new CheckpointError(
    `Cannot lock the checkpoint: ${file} is a symbolic link to a file that doesn't exist, so remove it`,
  );
}

async function refuseLiving(lock: LockOnDisk, draft: string, self: LockHolder): Promise<void> {
  const state = lock.holder === undefined ? 'unknown' : examineHolder(lock.holder, self);
  if (state === 'dead') return;
  // Against the time of a file just written beside it: on a network file system both come from the same clock.
  const silentMs = (await stat(draft)).mtimeMs - lock.modifiedMs;
  if (state === 'unknown' && silentMs > HEARTBEAT_LIMIT_MS) return;
  const who =
    lock.holder === undefined
      ? 'an unknown process'
      : `process ${lock.holder.pid} on ${JSON.stringify(lock.holder.hostname)}`;
  const hint =
    state === 'alive'
      ? ''
      : ` (it can't be seen from here; it counts as dead after ${HEARTBEAT_LIMIT_MS / 1000} s without a sign of life, last seen ` +
        `${Math.max(0, Math.round(silentMs / 1000))} s ago)`;
  throw new CheckpointError(`The checkpoint is in use: ${who} holds ${lock.file}${hint}`);
}

/** Makes `target` with the draft's content, at once and exclusively; false where it exists. */
async function createFrom(draft: string, target: string): Promise<boolean> {
  try {
    await link(draft, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
  }
  try {
    await writeFile(target, await readFile(draft), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function keepLock(file: string, self: LockHolder): Promise<HeldLock> {
  const handle = await open(file, 'r+').catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
  const text = `${JSON.stringify(self)}\n`;
  // Written again through the open file, not touched by name: were the lock lost, this must not keep the new holder's alive.
  const beat = setInterval(() => void handle.write(text, 0).catch(() => undefined), HEARTBEAT_MS);
  beat.unref();
  const isOurs = async (): Promise<boolean> => (await readLock(file))?.holder?.token === self.token;
  let released = false;
  return {
    isLost: async () => !(await isOurs()),
    release: async () => {
      if (released) return;
      released = true;
      clearInterval(beat);
      await handle.close();
      try {
        if (await isOurs()) await rm(file, { force: true });
      } finally {
        heldHere.delete(file);
      }
    },
  };
}

/**
 * Removes what killed processes left beside a lock; only its holder may. Unfinished checkpoints go at once: nobody else may be
 * writing one now. Drafts and claims of locks may belong to a process that is about to be refused, so they go once it is dead.
 */
export async function removeLeftovers(directory: string, id: string, lockFile: string): Promise<void> {
  const self = describeThisProcess();
  const now = (await stat(lockFile)).mtimeMs;
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${id}.`) || !/\.(tmp|claim)$/.test(name)) continue;
    const file = path.join(directory, name);
    const left = name.startsWith(`${id}.lock.`) ? await readLock(file) : undefined;
    const state = left?.holder === undefined ? 'unknown' : examineHolder(left.holder, self);
    const isYoung = left !== undefined && now - left.modifiedMs <= HEARTBEAT_LIMIT_MS;
    if (state === 'dead' || (state === 'unknown' && !isYoung)) await rm(file, { force: true });
  }
}
