import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CheckpointError } from '../errors.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { type HeldLock, takeLock } from './lock-file.ts';

/** More than any checkpoint has; what is longer is cut off and then not readable as one. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Keeps checkpoints as files of a directory, which is made if it is missing: `<id>.json`, readable by the owner only, and
 * `<id>.lock` while a copy runs.
 *
 * Saving writes a file beside it, syncs it, renames it and syncs the directory: after a crash there is the old checkpoint or the
 * new one. A lock names its process. That of a process that has ended on this host is taken over at once. Any other one is taken over
 * when it has shown no sign of life for two minutes: of another host or container, or if another process has got the process's id. A process
 * that stood still and comes back finds its lock lost, and saves and deletes nothing any more. Every method throws `CheckpointError`.
 */
export function fileCheckpointStore(directory: string): CheckpointStore {
  if (typeof directory !== 'string' || directory === '') {
    throw new CheckpointError('Cannot keep checkpoints without the path of a directory');
  }
  return new FileCheckpointStore(path.resolve(directory));
}

class FileCheckpointStore implements CheckpointStore {
  readonly #directory: string;
  readonly #locks = new Map<string, HeldLock>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async load(id: string): Promise<string | undefined> {
    const file = this.#fileOf(id, 'json');
    try {
      return await text(createReadStream(file, { end: MOST_BYTES - 1 }));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw wrapFailure('read', file, error);
    }
  }

  async save(id: string, written: string): Promise<void> {
    const file = this.#fileOf(id, 'json');
    await this.#refuseLost(id, `${file} was not written`);
    const draft = `${file}.${randomUUID()}.tmp`;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(draft, written, { flag: 'wx', mode: 0o600, flush: true });
      await rename(draft, file);
      await syncDirectory(this.#directory);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw wrapFailure('write', file, error);
    }
  }

  async delete(id: string): Promise<void> {
    const file = this.#fileOf(id, 'json');
    await this.#refuseLost(id, `${file} was not deleted`);
    try {
      await rm(file);
      await syncDirectory(this.#directory);
    } catch (error) {
      if (!isMissing(error)) throw wrapFailure('delete', file, error);
    }
  }

  async lock(id: string, onLost?: () => void): Promise<() => Promise<void>> {
    const file = this.#fileOf(id, 'lock');
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const lock = await takeLock(file, onLost);
      this.#locks.set(id, lock);
      await removeDrafts(this.#directory, id).catch(() => undefined);
      return async () => {
        this.#locks.delete(id);
        await lock.release().catch((error: unknown) => {
          throw wrapFailure('unlock', file, error);
        });
      };
    } catch (error) {
      throw wrapFailure('lock', file, error);
    }
  }

  /** What the other process saved under its lock is not ours to touch. */
  async #refuseLost(id: string, consequence: string): Promise<void> {
    if ((await this.#locks.get(id)?.isLost()) !== true) return;
    throw new CheckpointError(`The checkpoint was taken over: another process holds its lock now, so ${consequence}`);
  }

  #fileOf(id: string, extension: string): string {
    if (!/^[0-9A-Za-z_-]{1,128}$/.test(id)) {
      throw new CheckpointError('Cannot use a checkpoint id that is more than letters and digits (up to 128)');
    }
    return path.join(this.#directory, `${id}.${extension}`);
  }
}

/** Removes what killed processes left of a checkpoint; only the holder of its lock may, as nobody else is writing one now. */
async function removeDrafts(directory: string, id: string): Promise<void> {
  const names = await readdir(directory);
  const drafts = names.filter((name) => name.startsWith(`${id}.json.`) && name.endsWith('.tmp'));
  await Promise.all(drafts.map((name) => rm(path.join(directory, name), { force: true })));
}

/** Makes a rename or removal last through a power cut. Windows can't open directories, and needs it less. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function wrapFailure(action: string, file: string, error: unknown): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  const hint = reason === 'EEXIST' || reason === 'ENOTDIR' ? ': something on this path is no folder' : '';
  return new CheckpointError(`Cannot ${action} the checkpoint ${file} as the file system answered ${reason}${hint}`, {
    cause: error,
  });
}
