import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { enqueueCopies } from '../../src/bullmq/index.ts';
import { s3Store } from '../../src/index.ts';
import { environmentOf } from '../cli/run-command.ts';
import { expectAllCopied, setUpRun } from '../many/set-up-run.ts';
import { readManifest } from '../package/package-manifest.ts';
import { packageRoot } from '../package/source-imports.ts';
import { ENGINES, openQueue } from './queues.ts';

const run = promisify(execFile);
const EXAMPLE = path.join(packageRoot, 'examples/fleet');

/** The list behind the last of such words of a Dockerfile or a compose file. */
async function readList(file: string, word: string): Promise<string[]> {
  const text = await readFile(path.join(EXAMPLE, file), 'utf8');
  const from = text.lastIndexOf(word);
  const list = text.slice(text.indexOf('[', from), text.indexOf(']', from));
  return [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? '');
}

let folder: string;

/** Does on this machine what `docker build` does in the image, with this package as it is packed. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'worker-image-'));
  const { name, version } = await readManifest();
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: packageRoot });
  const [program = '', ...args] = await readList('Dockerfile', 'RUN');
  const packed = args.map((arg) => (arg === `${name}@${version}` ? `file:${name}-${version}.tgz` : arg));
  expect(packed).not.toEqual(args);
  await run(program, packed, { cwd: folder });
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(ENGINES)('compose.%s.yml', (engine) => {
  test('starts a worker that copies, is healthy, and ends within its grace time', { timeout: 120_000 }, async () => {
    const { testStore } = await setUpRun(50);
    const queue = openQueue(engine, 'copies');
    const { endpoint, credentials } = testStore;
    const port = await findFreePort();
    const [program = '', ...entry] = await readList('Dockerfile', 'ENTRYPOINT');
    // The names of the services and their ports are those of the host here.
    const command = (await readList(`compose.${engine}.yml`, 'command:')).map((word) =>
      word.startsWith(`${engine}://`)
        ? inject(engine === 'redis' ? 'redisUrl' : 'postgresUrl')
        : word.replace('8080', port).replace('0.0.0.0', '127.0.0.1'),
    );
    const worker = spawn(program, [...entry, ...command], {
      cwd: folder,
      env: environmentOf(testStore),
      stdio: 'pipe',
    });
    onTestFinished(() => void worker.kill('SIGKILL'));
    const exited = once(worker, 'exit');
    await once(worker.stdout, 'data');
    const fleet = await enqueueCopies(queue, {
      stores: { eu: s3Store({ endpoint, credentials }) },
      from: 'eu',
      runId: `containers-${engine}`,
      source: { bucket: 'src', prefix: 't/' },
      destination: { bucket: 'dst', prefix: 'c/' },
    });
    expect(await fleet.result()).toMatchObject({ copied: 50, failed: 0 });
    expectAllCopied(testStore);
    const [check = '', ...checkArgs] = await readList('Dockerfile', 'HEALTHCHECK');
    await run(
      check,
      checkArgs.map((arg) => arg.replace('8080', port)),
    );
    worker.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    await expect(
      run(
        check,
        checkArgs.map((arg) => arg.replace('8080', port)),
      ),
    ).rejects.toThrow('Command failed');
  });
});

async function findFreePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return String(port);
}
