import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { CheckpointError } from '../errors.ts';

/** How often a holder shows that it lives, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** A holder counts as dead after this long without a heartbeat, in milliseconds. */
const HEARTBEAT_LIMIT_MS = 120_000;

/** A lock that is released and taken by others again and again is tried for so often. */
const MOST_TRIES = 100;

export interface HeldLock {
  /** Whether another one has taken it meanwhile, as it saw no heartbeat for too long. */
  isLost(): Promise<boolean>;
  release(): Promise<void>;
}

/** Who holds a lock, as it stands in the lock file. */
export interface LockHolder {
  readonly pid: number;
  readonly hostname: string;
  /** Which boot of the host and which process namespace the pid belongs to; empty if the system doesn't say. */
  readonly realm: string;
  /** Unique per lock taken. */
  readonly token: string;
}

interface LockOnDisk {
  /** Undefined if the file doesn't say. */
  readonly holder: LockHolder | undefined;
  readonly modifiedMs: number;
}

/**
 * Takes a lock file, or throws a `CheckpointError` that names its holder and what it holds. The file is created exclusively, and its holder
 * rewrites it as a heartbeat.
 *
 * @param onLost - called when another one is found to have taken it
 */
export async function takeLock(file: string, onLost?: () => void, what = 'checkpoint'): Promise<HeldLock> {
  const self = describeThisProcess();
  await acquire(file, self, what);
  const handle = await open(file, 'r+').catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
  // Written again through the open file, not touched by name: if the lock was lost, this must not keep the new holder's alive.
  let released = false;
  const isLost = async (): Promise<boolean> => {
    const lost = !(await isHeldBy(self, file));
    if (lost && !released) onLost?.();
    return lost;
  };
  const beat = setInterval(() => {
    void handle
      .write(format(self), 0)
      .then(isLost)
      .catch(() => undefined);
  }, HEARTBEAT_MS);
  beat.unref();
  return {
    isLost,
    release: async () => {
      if (released) return;
      released = true;
      clearInterval(beat);
      await handle.close();
      if (await isHeldBy(self, file)) await rm(file, { force: true });
    },
  };
}

export function describeThisProcess(): LockHolder {
  return { pid: process.pid, hostname: hostname(), realm: readRealm(), token: randomUUID() };
}

function readRealm(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/**
 * Creates the lock, or takes it over from a dead holder: one taker at a time, who holds a file of its own, the claim, and then renames
 * it to the lock. So there is no moment without a lock file.
 */
async function acquire(file: string, self: LockHolder, what: string): Promise<void> {
  const claim = `${file}.claim`;
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    if (await create(file, self)) return;
    const lock = await readLock(file);
    if (lock === undefined) continue;
    if (!(await create(claim, self))) {
      const taker = await readLock(claim);
      if (taker === undefined) continue;
      if (!isDead(taker, self, Date.now())) throw inUse(file, lock, self, what);
      await rm(claim, { force: true });
      continue;
    }
    if (await replaceDead(file, claim, self, what)) return;
  }
  throw new CheckpointError(`Cannot lock the ${what}: ${file} can be neither made nor read, so remove it`);
}

/** Replaces the lock of a dead holder by the claim; false if there is no lock any more. */
async function replaceDead(file: string, claim: string, self: LockHolder, what: string): Promise<boolean> {
  let lock: LockOnDisk | undefined;
  try {
    lock = await readLock(file);
    // On a network file system both times come from the same clock.
    const { mtimeMs: nowMs } = await stat(claim);
    if (lock !== undefined && !isDead(lock, self, nowMs)) throw inUse(file, lock, self, what, nowMs);
  } catch (error) {
    await rm(claim, { force: true });
    throw error;
  }
  // Once it is renamed, the claim's name is the next taker's.
  await (lock === undefined ? rm(claim, { force: true }) : rename(claim, file));
  return lock !== undefined && isHeldBy(self, file);
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

async function isHeldBy({ token }: LockHolder, file: string): Promise<boolean> {
  return (await readLock(file))?.holder?.token === token;
}

/** What a lock file says; undefined if there is none. */
async function readLock(file: string): Promise<LockOnDisk | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    return { holder: parseHolder(await readFile(file, 'utf8')), modifiedMs: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as LockHolder;
    return Number.isSafeInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the holder's process has ended, or shows no sign of life any more. */
function isDead({ holder, modifiedMs }: LockOnDisk, self: LockHolder, nowMs: number): boolean {
  if (nowMs - modifiedMs > HEARTBEAT_LIMIT_MS) return true;
  return holder !== undefined && isVisible(holder, self) && !isRunning(holder.pid);
}

/** Whether the holder's process can be seen from here: not that of another host or container. */
function isVisible(holder: LockHolder, self: LockHolder): boolean {
  return holder.hostname === self.hostname && holder.realm === self.realm;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function inUse(
  file: string,
  { holder, modifiedMs }: LockOnDisk,
  self: LockHolder,
  what: string,
  nowMs?: number,
): CheckpointError {
  const isHere = holder !== undefined && isVisible(holder, self) && holder.pid === self.pid;
  const who =
    holder === undefined
      ? 'an unknown process'
      : `${isHere ? 'another copy in this process, ' : ''}process ${holder.pid} on ${JSON.stringify(holder.hostname)}`;
  const seen = nowMs === undefined ? '' : `, last seen ${Math.max(0, Math.round((nowMs - modifiedMs) / 1000))} s ago`;
  return new CheckpointError(
    `The ${what} is in use: ${who} holds ${file} (it counts as dead after ${HEARTBEAT_LIMIT_MS / 1000} s without a sign of life${seen})`,
  );
}
