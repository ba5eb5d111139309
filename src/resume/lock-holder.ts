import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a lock, as it stands in the lock file. */
export interface LockHolder {
  readonly pid: number;
  readonly hostname: string;
  /** Which boot of the host and which process namespace the pid belongs to; empty where the system doesn't tell. */
  readonly realm: string;
  /** When the process began, in ticks since boot: a pid that was given to another process has another one. Empty where unknown. */
  readonly startTime: string;
  /** Unique per lock taken. */
  readonly token: string;
}

/** Describes this process, with a token of its own. */
export function describeThisProcess(): LockHolder {
  return {
    pid: process.pid,
    hostname: hostname(),
    realm: `${readQuietly('/proc/sys/kernel/random/boot_id').trim()} ${readNamespace()}`.trim(),
    startTime: readProcess(process.pid)?.startTime ?? '',
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
  const process = readProcess(holder.pid);
  // A killed process that its parent hasn't asked about yet still has a pid, but will do nothing any more.
  const isSame = process?.startTime === holder.startTime && process.state !== 'Z' && process.state !== 'X';
  return isSame ? 'alive' : 'dead';
}

/** Reads a lock file's text; undefined where it isn't (or not yet) one. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, hostname: host, realm, startTime, token } = value as Record<string, unknown>;
  const isHolder =
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    [host, realm, startTime].every((field) => typeof field === 'string') &&
    // It becomes part of a file name.
    /^[0-9a-f-]{36}$/.test(String(token));
  return isHolder ? (value as LockHolder) : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Fields 3 and 22 of `/proc/<pid>/stat`; the second field is the program's name and may hold anything, so count from its end. */
function readProcess(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  const stat = readQuietly(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

function readNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
