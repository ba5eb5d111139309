import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a lock, as it stands in the lock file. */
export interface LockHolder {
  readonly pid: number;
  readonly hostname: string;
  /** Which boot of the host and which process namespace the pid belongs to; empty if the system doesn't say. */
  readonly realm: string;
  /** When the process began, in ticks since boot: a pid that was given to another process has another one. Empty if unknown. */
  readonly startTime: string;
  /** Unique per lock taken. */
  readonly token: string;
}

/** Describes this process, with a token of its own. */
export function describeThisProcess(): LockHolder {
  return {
    pid: process.pid,
    hostname: hostname(),
    realm: readQuietly(
      () => `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}${readlinkSync('/proc/self/ns/pid')}`,
    ),
    startTime: readProcess(process.pid).startTime,
    token: randomUUID(),
  };
}

/**
 * `dead`: that process is gone for certain. `unknown`: it can't be seen from here (another host or container, or a system that
 * doesn't tell one process from the next with the same pid).
 */
export function examineHolder(holder: LockHolder, self: LockHolder): 'alive' | 'dead' | 'unknown' {
  if (holder.hostname !== self.hostname || holder.realm !== self.realm) return 'unknown';
  if (!isRunning(holder.pid)) return 'dead';
  if (holder.startTime === '' || self.startTime === '') return 'unknown';
  const { state, startTime } = readProcess(holder.pid);
  // A killed process that its parent hasn't asked about yet still has a pid, but will do nothing any more.
  return startTime === holder.startTime && state !== 'Z' && state !== 'X' ? 'alive' : 'dead';
}

/** Reads a lock file's text; undefined if it isn't (or not yet) one. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as LockHolder;
    const isHolder = Number.isSafeInteger(holder.pid) && holder.pid > 0 && typeof holder.startTime === 'string';
    // The token becomes part of a file name.
    return isHolder && /^[0-9a-f-]{36}$/.test(holder.token) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Fields 3 and 22 of `/proc/<pid>/stat`; the second field is the program's name and may hold anything, so count from its end. */
function readProcess(pid: number): { readonly state: string; readonly startTime: string } {
  const stat = readQuietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
}

function readQuietly(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
