import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readManifest } from './package-manifest.ts';
import { packageRoot } from './source-imports.ts';

const run = promisify(execFile);
const manifest = await readManifest();
const consumer = await mkdtemp(path.join(tmpdir(), 'typed-consumer-'));
/** `await using` came with TypeScript 5.2. */
const compilers = { ts50: '5.0.4', ts52: '5.2.2', ts7: '7.0.2' };

beforeAll(async () => {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer], { cwd: packageRoot });
  const aliased = (name: string, versions: Readonly<Record<string, string>>) =>
    Object.entries(versions).map(([alias, version]) => [alias, `npm:${name}@${version}`]);
  const dependencies = Object.fromEntries([
    ...aliased('typescript', compilers),
    ...aliased('undici', { undici6: '6.29.1', undici7: '7.30.2', undici8: '8.13.1' }),
    ['@aws-sdk/credential-providers', '3.1175.0'],
    ['@types/node', '20.19.43'],
    [manifest.name, `file:./${manifest.name}-${manifest.version}.tgz`],
  ]);
  await writeFile(
    path.join(consumer, 'package.json'),
    JSON.stringify({ name: 'typed-consumer', private: true, type: 'module', dependencies }),
  );
  // Some of these want a later Node, and are only compiled here.
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: consumer });
  await mkdir(path.join(consumer, 'app'));
  for (const program of ['typed-program', 'using-program']) {
    await cp(path.join(import.meta.dirname, `${program}.ts.txt`), path.join(consumer, `app/${program}.ts`));
  }
});

afterAll(async () => {
  await rm(consumer, { recursive: true, force: true });
});

test.each(Object.entries(compilers))('the declarations suit %s (TypeScript %s) and its neighbours', async (alias) => {
  const canUse = alias !== 'ts50';
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--types', 'node'];
  const lib = canUse ? 'es2022,esnext.disposable' : 'es2022';
  const programs = ['app/typed-program.ts', ...(canUse ? ['app/using-program.ts'] : [])];
  const compiled = await run(
    process.execPath,
    [`node_modules/${alias}/bin/tsc`, ...options, '--target', 'es2022', '--lib', lib, ...programs],
    { cwd: consumer },
  ).catch((error: { stdout: string }) => error);
  expect(compiled.stdout).toBe('');
});
