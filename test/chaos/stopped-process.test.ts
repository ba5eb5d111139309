import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { copyLargeObject, fileCheckpointStore, s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';

const MIB = 1024 ** 2;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

test.each([
  ['go on', /^CheckpointError: The lock of the checkpoint was lost/],
  ['cancel', /^Error: cancelled/],
])(
  'a process that is stopped, and continued after another one took its lock, neither completes nor aborts: %s',
  async (command, end) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'stopped-'));
    cleanUps.push(() => rm(directory, { recursive: true, force: true }));
    const server = await startTestStore({ buckets: ['dst'], objects: [{ bucket: 'src', key: 'a', size: 40 * MIB }] });
    cleanUps.push(() => server.close());
    const { endpoint, credentials } = server;
    const script = fileURLToPath(new URL('./leased-copy-process.ts', import.meta.url));
    const values = [directory, endpoint, credentials.accessKeyId, credentials.secretAccessKey];
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...values]);
    cleanUps.push(() => child.kill('SIGKILL'));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('paused');

    child.kill('SIGSTOP');
    const lockFile = (await readdir(directory)).find((name) => name.endsWith('.lock')) ?? '';
    // As if it had been stopped for an hour.
    await utimes(path.join(directory, lockFile), new Date(0), new Date(0));
    const checkpoint = fileCheckpointStore(directory);
    const release = await checkpoint.lock?.(path.basename(lockFile, '.lock'));
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
  },
);
