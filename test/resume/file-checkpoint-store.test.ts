import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileCheckpointStore } from '../../src/resume/file-checkpoint-store.ts';
import { describeThisProcess } from '../../src/resume/lock-file.ts';
import { CheckpointError } from '../../src/errors.ts';

const ID = 'ab'.repeat(32);
/** Higher than any process's. */
const NO_PID = 2 ** 30;
const hours = (count: number): Date => new Date(Date.now() - count * 3_600_000);

let directory: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'checkpoints-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

interface LockProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Sends a command and gives the answer to it. */
  ask(command: 'lock' | 'release'): Promise<string>;
}

function startProcess(options: { readonly uid?: number } = {}): LockProcess {
  const script = fileURLToPath(new URL('./lock-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory, ID], options);
  children.push(child);
  const lines = createInterface(child.stdout);
  const ask = async (command: string): Promise<string> => {
    const answer = once(lines, 'line');
    child.stdin.write(`${command}\n`);
    return (await answer)[0] as string;
  };
  return { child, ask };
}

/** The lock file of a process that was killed while it held the lock. */
async function leaveDeadLock(): Promise<void> {
  const { child, ask } = startProcess();
  expect(await ask('lock')).toBe('held');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readdir(directory)).toEqual([`${ID}.lock`]);
}

async function lock(store = fileCheckpointStore(directory)): Promise<() => Promise<void>> {
  const release = await store.lock?.(ID);
  if (release === undefined) throw new Error('The file store has no lock');
  return release;
}

describe('fileCheckpointStore', () => {
  test('has nothing before something was saved', async () => {
    expect(await fileCheckpointStore(directory).load(ID)).toBeUndefined();
    expect(await fileCheckpointStore(path.join(directory, 'missing')).load(ID)).toBeUndefined();
  });

  test('loads what was saved last, from a directory that it made', async () => {
    const store = fileCheckpointStore(path.join(directory, 'deep', 'er'));
    await store.save(ID, 'first');
    await store.save(ID, 'second, ünïcode 😀');
    expect(await store.load(ID)).toBe('second, ünïcode 😀');
    expect(await readdir(path.join(directory, 'deep', 'er'))).toEqual([`${ID}.json`]);
  });

  test('lets only the owner read', async () => {
    await fileCheckpointStore(directory).save(ID, 'text');
    expect((await stat(path.join(directory, `${ID}.json`))).mode & 0o777).toBe(0o600);
  });

  test('deletes what there is, and what there is not', async () => {
    const store = fileCheckpointStore(directory);
    await store.save(ID, 'text');
    await store.delete(ID);
    await store.delete(ID);
    expect(await readdir(directory)).toEqual([]);
  });

  test('keeps the old text when a save does not get to its end', async () => {
    const store = fileCheckpointStore(directory);
    await store.save(ID, 'old');
    // A directory in the way of the rename: the new text is written, but can't take the old one's place.
    await rm(path.join(directory, `${ID}.json`));
    await mkdir(path.join(directory, `${ID}.json`));
    await expect(store.save(ID, 'new')).rejects.toThrow(CheckpointError);
    expect(await readdir(directory)).toEqual([`${ID}.json`]);
  });

  test('reads a huge file only in part', async () => {
    await writeFile(path.join(directory, `${ID}.json`), Buffer.alloc(6 * 1024 * 1024, 'x'));
    expect((await fileCheckpointStore(directory).load(ID))?.length).toBe(4 * 1024 * 1024);
  });

  test.each(['load', 'delete', 'lock', 'save'] as const)('says what is wrong when it cannot %s', async (method) => {
    const file = path.join(directory, 'file');
    await writeFile(file, '');
    const store = fileCheckpointStore(file);
    const failure = store[method]?.(ID, 'text' as never);
    await expect(failure).rejects.toThrow(CheckpointError);
    await expect(failure).rejects.toThrow(
      /Cannot \w+ the checkpoint .* answered E\w+: something on this path is no folder$/,
    );
  });

  test('says so when the directory belongs to somebody else', async () => {
    // Root may write anywhere, so become another user; others can take the permission from themselves.
    const isRoot = process.getuid?.() === 0;
    await chmod(directory, isRoot ? 0o700 : 0o500);
    const { ask } = startProcess(isRoot ? { uid: 65_534 } : {});
    expect(await ask('lock')).toMatch(/^refused: Cannot lock the checkpoint .* EACCES$/);
  });

  test.each(['', '../escape', 'a/b', 'a'.repeat(129), 'nul\0'])('refuses %j as an id', async (id) => {
    await expect(fileCheckpointStore(directory).load(id)).rejects.toThrow(CheckpointError);
  });

  test('refuses to be without a directory', () => {
    expect(() => fileCheckpointStore('')).toThrow(CheckpointError);
  });
});

describe('lock of a fileCheckpointStore', () => {
  test('is refused while this process holds it, and leaves nothing behind', async () => {
    const release = await lock();
    await expect(lock()).rejects.toThrow(/another copy in this process/);
    expect(await readdir(directory)).toEqual([`${ID}.lock`]);
    await release();
    await release();
    expect(await readdir(directory)).toEqual([]);
    await (
      await lock()
    )();
  });

  test('is refused while another process holds it, which is named', async () => {
    const { child, ask } = startProcess();
    expect(await ask('lock')).toBe('held');
    const refused = lock();
    await expect(refused).rejects.toThrow(CheckpointError);
    await expect(refused).rejects.toThrow(`process ${child.pid} on `);
    expect(await readdir(directory)).toEqual([`${ID}.lock`]);
  });

  test('is taken over from a process that was killed', async () => {
    await leaveDeadLock();
    await (
      await lock()
    )();
    expect(await readdir(directory)).toEqual([]);
  });

  test('does not keep a process alive', async () => {
    const { child, ask } = startProcess();
    const exit = once(child, 'exit');
    expect(await ask('lock')).toBe('held');
    child.stdin.end();
    expect(await exit).toEqual([0, null]);
    await (
      await lock()
    )();
  });

  test('is taken over by one of several processes, time and again', async () => {
    const racers = [startProcess(), startProcess(), startProcess()];
    for (const { ask } of racers) await ask('release');
    const dead = { ...describeThisProcess(), pid: NO_PID };
    for (let round = 0; round < 100; round += 1) {
      await writeFile(path.join(directory, `${ID}.lock`), JSON.stringify({ ...dead, token: randomUUID() }));
      const answers = await Promise.all(racers.map(({ ask }) => ask('lock')));
      expect(answers.toSorted()).toEqual([
        'held',
        expect.stringContaining('in use'),
        expect.stringContaining('in use'),
      ]);
      const winner = racers[answers.indexOf('held')];
      expect(await readdir(directory)).toEqual([`${ID}.lock`]);
      expect(await winner?.ask('release')).toBe('released');
      expect(await readdir(directory)).toEqual([]);
    }
  });

  test.each([
    ['another host', { hostname: 'elsewhere' }],
    ['another container', { realm: 'pid:[1]' }],
    ['a process whose id another one has got', {}],
  ])('of %s holds until its heartbeat is old', async (_, change) => {
    const file = path.join(directory, `${ID}.lock`);
    await writeFile(file, JSON.stringify({ ...describeThisProcess(), ...change }));
    await expect(lock()).rejects.toThrow(/it counts as dead after 120 s/);
    await utimes(file, hours(1), hours(1));
    await (
      await lock()
    )();
    expect(await readdir(directory)).toEqual([]);
  });

  test('that cannot be read holds until it is old', async () => {
    const file = path.join(directory, `${ID}.lock`);
    await writeFile(file, '{"pid":');
    await expect(lock()).rejects.toThrow(/an unknown process/);
    await utimes(file, hours(1), hours(1));
    await (
      await lock()
    )();
    expect(await readdir(directory)).toEqual([]);
  });

  test('is taken over from a process that was killed while it took it over', async () => {
    await leaveDeadLock();
    const file = path.join(directory, `${ID}.lock`);
    await writeFile(`${file}.claim`, JSON.stringify({ ...describeThisProcess(), pid: NO_PID }));
    const release = await lock();
    expect(await readdir(directory)).toEqual([`${ID}.lock`]);
    await release();
  });

  test('is refused while a living process takes it over', async () => {
    await leaveDeadLock();
    const file = path.join(directory, `${ID}.lock`);
    await writeFile(`${file}.claim`, JSON.stringify(describeThisProcess()));
    await expect(lock()).rejects.toThrow(/in use/);
  });

  test('that was lost to another process stops further saves, and is left to it', async () => {
    const store = fileCheckpointStore(directory);
    const release = await lock(store);
    await store.save(ID, 'ours');
    const file = path.join(directory, `${ID}.lock`);
    await rm(file);
    await writeFile(file, JSON.stringify(describeThisProcess()));
    await expect(store.save(ID, 'late')).rejects.toThrow(/was taken over/);
    expect(await store.load(ID)).toBe('ours');
    await release();
    expect(await readdir(directory)).toContain(`${ID}.lock`);
  });

  test('that was lost to another process keeps its checkpoint from being deleted', async () => {
    const store = fileCheckpointStore(directory);
    const release = await lock(store);
    await store.save(ID, 'ours');
    await rm(path.join(directory, `${ID}.lock`));
    await writeFile(path.join(directory, `${ID}.lock`), JSON.stringify(describeThisProcess()));
    await writeFile(path.join(directory, `${ID}.json`), 'theirs');
    const refused = store.delete(ID);
    await expect(refused).rejects.toThrow(CheckpointError);
    await expect(refused).rejects.toThrow(/was taken over.* was not deleted/);
    expect(await store.load(ID)).toBe('theirs');
    await release();
  });

  test('is refused where a symbolic link to nothing is in its place', async () => {
    const file = path.join(directory, `${ID}.lock`);
    await symlink(path.join(directory, 'nothing'), file);
    const refused = lock();
    await expect(refused).rejects.toThrow(CheckpointError);
    await expect(refused).rejects.toThrow(`${file} can be neither made nor read`);
    expect(await readdir(directory)).toEqual([`${ID}.lock`]);
  });

  test('sweeps up what killed processes left, and nothing else', async () => {
    const names = [`${ID}.json.1.tmp`, `${ID}.json`, 'other.json.2.tmp'];
    for (const name of names) await writeFile(path.join(directory, name), '');
    await (
      await lock()
    )();
    const kept = [`${ID}.json`, 'other.json.2.tmp'];
    expect((await readdir(directory)).toSorted()).toEqual(kept);
  });
});
