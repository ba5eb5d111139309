import { lstat, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CheckpointError } from '../errors.ts';
import { describeThisProcess, examineHolder, type LockHolder, parseHolder } from './lock-holder.ts';

/** How often a holder shows that it lives, for those who can't look at its process, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** A holder that can't be looked at counts as dead after this long without a heartbeat, in milliseconds. */
const HEARTBEAT_LIMIT_MS = 120_000;

/** A lock that is held. */
export interface HeldLock {
  /** Whether another one has taken it meanwhile, as it saw no heartbeat for too long. */
  isLost(): Promise<boolean>;
  release(): Promise<void>;
}

interface LockOnDisk {
  readonly file: string;
  /** Undefined if the file doesn't say. */
  readonly holder: LockHolder | undefined;
  readonly modifiedMs: number;
}

/**
 * Takes a lock file, or throws a `CheckpointError` that names its holder. The file is created exclusively, and its holder
 * rewrites it as a heartbeat.
 */
export async function takeLock(file: string): Promise<HeldLock> {
  const self = describeThisProcess();
  await acquire(file, self);
  const handle = await open(file, 'r+').catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
  // Written again through the open file, not touched by name: if the lock was lost, this must not keep the new holder's alive.
  const beat = setInterval(() => void handle.write(format(self), 0).catch(() => undefined), HEARTBEAT_MS);
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
      if (await isOurs()) await rm(file, { force: true });
    },
  };
}

/**
 * Creates the lock, or takes it over from a dead holder. The right to take over one particular lock is a lock, too: the file
 * `<lock>.<token>.claim`, which then replaces the lock by a rename. So there is no moment without a lock file, one of several
 * takers wins, and the claim of a taker that died is itself taken over.
 */
async function acquire(file: string, self: LockHolder): Promise<void> {
  while (!(await create(file, self))) {
    const lock = await readLock(file);
    if (lock === undefined) continue;
    await refuseLiving(lock, self);
    const claim = `${file}.${lock.holder?.token ?? 'unreadable'}.claim`;
    await acquire(claim, self);
    try {
      // Whoever had this claim before may have used it already: then the lock is another one now.
      const now = await readLock(file);
      if (now?.holder?.token === lock.holder?.token && now?.modifiedMs === lock.modifiedMs) {
        await rename(claim, file);
        return;
      }
    } finally {
      await rm(claim, { force: true });
    }
  }
}

async function create(file: string, self: LockHolder): Promise<boolean> {
  try {
    await writeFile(file, format(self), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function format(self: LockHolder): string {
  return `${JSON.stringify(self)}\n`;
}

async function readLock(file: string): Promise<LockOnDisk | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    return { file, holder: parseHolder(await readFile(file, 'utf8')), modifiedMs: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // A link to nothing can be neither read nor made: there would be no end of trying.
    if ((await lstat(file).catch(() => undefined))?.isSymbolicLink() !== true) return undefined;
    throw new CheckpointError(
      `Cannot lock the checkpoint: ${file} is a symbolic link to a file that doesn't exist, so remove it`,
    );
  }
}

async function refuseLiving(lock: LockOnDisk, self: LockHolder): Promise<void> {
  const { holder, file, modifiedMs } = lock;
  const state = holder === undefined ? 'unknown' : examineHolder(holder, self);
  if (state === 'dead') return;
  const silentMs = state === 'alive' ? 0 : (await readFileClock(file, self)) - modifiedMs;
  if (silentMs > HEARTBEAT_LIMIT_MS) return;
  const isHere = state === 'alive' && holder?.pid === process.pid;
  const who =
    holder === undefined
      ? 'an unknown process'
      : `${isHere ? 'another copy in this process, ' : ''}process ${holder.pid} on ${JSON.stringify(holder.hostname)}`;
  const hint =
    state === 'alive'
      ? ''
      : ` (it can't be seen from here; it counts as dead after ${HEARTBEAT_LIMIT_MS / 1000} s without a sign of life, last seen ` +
        `${Math.max(0, Math.round(silentMs / 1000))} s ago)`;
  throw new CheckpointError(`The checkpoint is in use: ${who} holds ${file}${hint}`);
}

/** The time of a file just written beside the lock: on a network file system both come from the same clock. */
async function readFileClock(file: string, self: LockHolder): Promise<number> {
  const probe = `${file}.${self.token}.tmp`;
  try {
    await writeFile(probe, format(self), { mode: 0o600 });
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

/**
 * Removes what killed processes left beside a lock; only its holder may. Unfinished checkpoints go at once: nobody else may be
 * writing one now. Claims and probes of locks may belong to a process that is about to be refused, so they go once it is dead.
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
