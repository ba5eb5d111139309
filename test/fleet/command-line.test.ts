import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { enqueueCopies } from '../../src/bullmq/index.ts';
import { s3Store } from '../../src/index.ts';
import { environmentOf, runCommand, startCommand, startProgram } from '../cli/run-command.ts';
import { expectAllCopied, setUpRun } from '../many/set-up-run.ts';
import { ENGINES, openQueue } from './queues.ts';

const ROOT = path.join(import.meta.dirname, '../..');

describe.each(ENGINES)('on %s', (engine) => {
  test('worker copies, tells of its health and ends when told to; fleet shows, pauses, resumes and retries', async () => {
    let mayCopy = false;
    const refuse = ({ operation, key }: { operation: string; key: string }) =>
      operation === 'copyObject' && key === 'c/57' && !mayCopy
        ? ({ kind: 'error', status: 403, code: 'AccessDenied' } as const)
        : undefined;
    const { testStore } = await setUpRun(100, { faults: [refuse] });
    const queue = openQueue(engine);
    const { endpoint, credentials } = testStore;
    const url = inject(engine === 'redis' ? 'redisUrl' : 'postgresUrl');
    const where = [`--${engine}`, url, '--queue', queue.name];
    const fleet = (...args: string[]) => runCommand(['fleet', ...args, ...where]);
    await queue.waitUntilReady();
    expect(await fleet('pause')).toMatchObject({
      exitCode: 0,
      stdout: `Queue ${queue.name}, which has no run and no worker: paused\n`,
    });
    expect((await fleet('status')).stdout).toMatch(/\nNo runs\n$/);
    await enqueueCopies(queue, {
      stores: { eu: s3Store({ endpoint, credentials }) },
      from: 'eu',
      runId: 'first',
      source: { bucket: 'src', prefix: 't/' },
      destination: { bucket: 'dst', prefix: 'c/' },
    });
    expect((await fleet('status')).stdout).toMatch(
      /\(paused\): jobs .*\nfirst: 0 of 100 objects copied, 0 B of 9.77 KiB/,
    );
    const args = ['worker', ...where, '--store', 'eu=s3', '--health-port', '0', '--grace', '8s'];
    const worker = startCommand(args, environmentOf(testStore));
    const started = await worker.wrote('healthPort');
    const port = Number(/"healthPort":(\d+)/.exec(started)?.[1]);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    expect(await fleet('resume', 'first')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('fleet resume holds for all runs of a queue: leave out "first"') as string,
    });
    expect(await fleet('retry', 'first')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("Cannot retry run 'first' as it hasn't ended") as string,
    });
    expect(await fleet('resume')).toMatchObject({ exitCode: 0, stdout: `Queue ${queue.name}: resumed\n` });
    await expect
      .poll(async () => (await fleet('status', 'first')).stdout, { timeout: 60_000, interval: 500 })
      .toMatch(/99 of 100 objects copied, 1 failed, .*finished in .*\nFailed: src\/t\/57: /);
    expect((await fleet('status', 'first')).exitCode).toBe(4);
    // Also if it is asked for again while that goes on, or has ended.
    await queue.pause();
    for (let times = 0; times < 2; times++) {
      const { exitCode, stdout } = await fleet('retry', 'first');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^Run first-retry is in the queue: 0 of 1 objects copied, .*, 1 worker\n$/);
    }
    mayCopy = true;
    await queue.resume();
    await expect
      .poll(async () => (await fleet('status', 'first-retry')).stdout, { timeout: 60_000, interval: 500 })
      .toMatch(/1 of 1 objects copied, .*finished in/);
    const ended = await fleet('retry', 'first');
    expect(ended.stdout).toMatch(/^Run first-retry has ended: 1 of 1 objects copied, .*finished in .*\n$/);
    expect((await fleet('retry', 'first-retry')).stdout).toBe('Nothing failed in run first-retry\n');
    expectAllCopied(testStore);
    worker.child.kill('SIGTERM');
    expect((await worker.ended).exitCode).toBe(0);
  });
});

test.each([
  [['fleet', 'status'], 'Name the server of the queue: either --redis <url> or --postgres <url>'],
  [['fleet', 'status', '--redis', 'http://me:pass@host'], '--redis must be an address such as redis://host/0'],
  [
    ['fleet', 'status', 'x', '--redis', 'redis://127.0.0.1:9'],
    'Cannot reach the queue at 127.0.0.1:9: connect ECONNREFUSED',
  ],
  [
    ['worker', '--redis', 'redis://127.0.0.1:9', '--store', 'eu=gcs'],
    '"eu=gcs" is no store: write name=s3 or name=obs',
  ],
])('%j is refused', async (args, message) => {
  const { exitCode, stderr } = await runCommand(args);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  expect(stderr).not.toContain('pass');
});

test('fleet makes nothing in a database that has no queue', async () => {
  const url = new URL(inject('postgresUrl'));
  url.pathname = '/template1';
  const { exitCode, stderr } = await runCommand(['fleet', 'status', '--postgres', url.href]);
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`Database ${url.host}/template1 has no queue that this BullMQ can read`) as string,
  });
});

test('without BullMQ the command says what to install', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'without-bullmq-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(path.join(ROOT, 'dist'), path.join(folder, 'dist'), { recursive: true });
  const manifest = await readFile(path.join(ROOT, 'package.json'), 'utf8');
  await cp(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
  await mkdir(path.join(folder, 'node_modules'));
  for (const name of Object.keys((JSON.parse(manifest) as { dependencies: object }).dependencies)) {
    await mkdir(path.dirname(path.join(folder, 'node_modules', name)), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules', name), path.join(folder, 'node_modules', name));
  }
  // Also if a folder further up has it.
  await mkdir(path.join(folder, 'node_modules/bullmq'));
  await writeFile(path.join(folder, 'node_modules/bullmq/package.json'), '{"exports":{}}');
  const program = [path.join(folder, 'dist/cli/main.js'), 'fleet', 'status', '--redis', 'redis://127.0.0.1:9'];
  const { ended } = startProgram(program, { PATH: process.env['PATH'] });
  const { exitCode, stderr } = await ended;
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('npm install bullmq') });
});
