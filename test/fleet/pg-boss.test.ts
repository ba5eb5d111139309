import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { environmentOf } from '../cli/run-command.ts';
import { readBlocks } from '../documents/read-blocks.ts';
import { expectAllCopied, setUpRun } from '../many/set-up-run.ts';
import { packageRoot } from '../package/source-imports.ts';

const run = promisify(execFile);
const PAGE = 'docs/guides/pg-boss.md';
/** pg-boss wants Node 22.12; the binary is a package of its own. */
const NODE = `node-linux-${process.arch}`;

/** The programs of the guide, with pg-boss, and with this package as it was built. */
async function setUpPrograms(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pg-boss-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await run('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--force',
    '--prefix',
    folder,
    'pg-boss@12.38.0',
    `${NODE}@22`,
  ]);
  await mkdir(path.join(folder, 'node_modules'), { recursive: true });
  await symlink(packageRoot, path.join(folder, 'node_modules/copy-large-object'));
  const programs = readBlocks(PAGE).filter(({ language }) => language === 'js');
  const names = ['enqueue.mjs', 'worker.mjs'];
  expect(programs).toHaveLength(names.length);
  // The guide's bucket and prefixes are those of the test's store here, and a dead worker is noticed sooner.
  const changes = [
    ["'media'", "'src'"],
    ["'archive'", "'dst'"],
    ["'2026/tenant-17/'", "'c/'"],
    ["'tenant-17/'", "'t/'"],
    ['heartbeatSeconds: 30', 'heartbeatSeconds: 10'],
    [
      'new PgBoss(connectionString)',
      'new PgBoss({ connectionString, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 })',
    ],
  ] as const;
  const here = (text: string): string => changes.reduce((sum, [from, to]) => sum.replaceAll(from, to), text);
  for (const [index, { text }] of programs.entries())
    await writeFile(path.join(folder, names[index] as string), here(text));
  return folder;
}

test('the guide to pg-boss copies a prefix, though a worker is killed', { timeout: 300_000 }, async () => {
  const { testStore } = await setUpRun(250, {
    objects: [{ bucket: 'src', key: 't/large', size: 2_000 * 1024 * 1024 }],
    latency: { copyPart: 500 },
  });
  const folder = await setUpPrograms();
  const env = {
    ...environmentOf(testStore),
    DATABASE_URL: inject('postgresUrl'),
    AWS_ENDPOINT_URL: testStore.endpoint,
  };
  const node = path.join(folder, 'node_modules', NODE, 'bin/node');
  const command = path.join(packageRoot, 'dist/cli/main.js');
  const { stdout } = await run(process.execPath, [command, 'list', 's3://src/t/', '--json'], { env });
  await writeFile(path.join(folder, 'objects.ndjson'), stdout);
  await run(node, ['enqueue.mjs'], { cwd: folder, env });
  // the same once more adds nothing
  await run(node, ['enqueue.mjs'], { cwd: folder, env });

  const startWorker = (): ChildProcess => {
    const worker = spawn(node, ['worker.mjs'], { cwd: folder, env, stdio: 'inherit' });
    onTestFinished(() => void worker.kill('SIGKILL'));
    return worker;
  };
  const killed = startWorker();
  while (testStore.stats().copiedParts < 8) await wait(50);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const worker = startWorker();
  const database = new Client({ connectionString: env.DATABASE_URL });
  await database.connect();
  onTestFinished(() => database.end());
  const readJobs = async (): Promise<readonly { state: string; output: { copied: number } | null }[]> =>
    (await database.query("SELECT state, output FROM pgboss.job WHERE name = 'copies'")).rows;
  let jobs = await readJobs();
  while (jobs.some(({ state }) => state !== 'completed')) {
    await wait(200);
    jobs = await readJobs();
  }
  expect(jobs.reduce((sum, { output }) => sum + (output?.copied ?? 0), 0)).toBe(251);
  expectAllCopied(testStore);
  expect(testStore.uploads('dst')).toEqual([]);
  expect(testStore.stats().duplicateParts).toBeLessThanOrEqual(64);
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
});
