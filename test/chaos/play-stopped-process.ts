import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { type CheckpointStore, copyLargeObject, s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';

const MIB = 1024 ** 2;

/** What a process that is stopped loses its lock to. */
export interface Successor {
  readonly checkpoint: CheckpointStore;
  readonly release: (() => Promise<void>) | undefined;
}

/**
 * A process copies with checkpoints, and is stopped; another one takes its lock; the first comes back. Checks that it neither completes
 * nor aborts, and that the other one goes on with the upload to the end.
 *
 * @param checkpoints - where they are: a directory, or the URL of a Redis or a Postgres
 * @param takeOver - takes the lock, while the process stands still
 * @param command - what the process does once it is back
 * @param end - what the process says at the end
 */
export async function playStoppedProcess(
  checkpoints: string,
  takeOver: () => Promise<Successor>,
  command: 'go on' | 'cancel',
  end: RegExp,
): Promise<void> {
  const server = await startTestStore({ buckets: ['dst'], objects: [{ bucket: 'src', key: 'a', size: 40 * MIB }] });
  onTestFinished(() => server.close());
  const { endpoint, credentials } = server;
  const script = fileURLToPath(new URL('./leased-copy-process.ts', import.meta.url));
  const values = [checkpoints, endpoint, credentials.accessKeyId, credentials.secretAccessKey];
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...values], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('paused');

  child.kill('SIGSTOP');
  const { checkpoint, release } = await takeOver();
  child.kill('SIGCONT');
  child.stdin.end(`${command}\n`);
  const exited = once(child, 'exit');
  expect((await lines.next()).value).toMatch(end);
  await exited;

  expect(server.uploads('dst')).toHaveLength(1);
  expect(server.stats().operations).not.toHaveProperty('completeMultipartUpload');
  await release?.();
  const result = await copyLargeObject({
    store: s3Store({ endpoint, credentials, region: 'us-east-1' }),
    source: { bucket: 'src', key: 'a' },
    destination: { bucket: 'dst', key: 'b' },
    multipartThreshold: 5 * MIB,
    checkpoint,
  });
  expect(result).toMatchObject({ resumed: true, size: 40 * MIB });
  expect(server.uploads('dst')).toEqual([]);
}
