import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, test } from 'vitest';
import { fileCheckpointStore } from '../../src/index.ts';
import { playStoppedProcess } from './play-stopped-process.ts';

test.each([
  ['go on', /^CheckpointError: The lock of the checkpoint was lost/],
  // It may see that its lock is lost before it is told to cancel.
  ['cancel', /^(?:Error: cancelled|CheckpointError: The lock of the checkpoint was lost)/],
] as const)(
  'a process that is stopped, and continued after another one took its lock, neither completes nor aborts: %s',
  async (command, end) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'stopped-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const takeOver = async () => {
      const lockFile = (await readdir(directory)).find((name) => name.endsWith('.lock')) ?? '';
      // As if it had been stopped for an hour.
      await utimes(path.join(directory, lockFile), new Date(0), new Date(0));
      const checkpoint = fileCheckpointStore(directory);
      return { checkpoint, release: await checkpoint.lock?.(path.basename(lockFile, '.lock')) };
    };
    await playStoppedProcess(directory, takeOver, command, end);
  },
);
