import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compiler } from '../build-before-tests.ts';
import { codeEntries, readManifest } from './package-manifest.ts';
import { packageRoot } from './source-imports.ts';

const run = promisify(execFile);
const manifest = await readManifest();
const consumer = await mkdtemp(path.join(tmpdir(), 'consumer-'));

beforeAll(async () => {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer], { cwd: packageRoot });
  await writeFile(
    path.join(consumer, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  const tarball = `./${manifest.name}-${manifest.version}.tgz`;
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: consumer });
});

afterAll(async () => {
  await rm(consumer, { recursive: true, force: true });
});

test('installing the package brings its dependencies and no SDK', async () => {
  const installed = await readdir(path.join(consumer, 'node_modules'));
  expect(installed).toEqual(expect.arrayContaining([manifest.name, ...Object.keys(manifest.dependencies)]));
  expect(installed).not.toContain('@aws-sdk');
  expect(installed).not.toContain('esdk-obs-nodejs');
});

test('installing the package takes at most 6 MB, dependencies included', async () => {
  const installed = path.join(consumer, 'node_modules');
  const entries = await readdir(installed, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(file.parentPath, file.name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(1_000_000);
  expect(total).toBeLessThan(6_000_000);
});

test('every entry can be imported, that of OpenTelemetry where its API is installed', async () => {
  const withoutApi = run(
    process.execPath,
    ['--input-type=module', '--eval', `await import('${manifest.name}/opentelemetry')`],
    {
      cwd: consumer,
    },
  );
  await expect(withoutApi).rejects.toThrow(/Cannot find package '@opentelemetry\/api'/);
  await mkdir(path.join(consumer, 'node_modules/@opentelemetry'));
  const api = 'node_modules/@opentelemetry/api';
  await symlink(path.join(packageRoot, api), path.join(consumer, api));
  const specifiers = codeEntries(manifest).map(({ specifier }) => specifier);
  const script = `for (const name of ${JSON.stringify(specifiers)}) console.log(name, Object.keys(await import(name)).length)`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: consumer });
  expect(stderr).toBe('');
  const counts = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  expect(counts.map(([name]) => name)).toEqual(specifiers);
  for (const [, count] of counts) expect(Number(count)).toBeGreaterThan(0);
});

test("what isn't an entry can't be imported", async () => {
  const script = `await import('${manifest.name}/dist/index.js')`;
  const attempt = run(process.execPath, ['--input-type=module', '--eval', script], { cwd: consumer });
  await expect(attempt).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
});

test('the command tells its usage and its version', async () => {
  const command = path.join(consumer, 'node_modules/.bin', manifest.name);
  expect((await run(command, ['--version'])).stdout.trim()).toBe(manifest.version);
  const { stdout } = await run(command, ['--help']);
  for (const name of ['copy', 'plan', 'uploads', 'serve', 'demo'])
    expect(stdout).toMatch(new RegExp(`^\\s+${name}\\b`, 'm'));
});

test('a program in strict TypeScript compiles against the declarations, and runs', async () => {
  await mkdir(path.join(consumer, 'app'));
  await cp(path.join(import.meta.dirname, 'consumer-program.ts.txt'), path.join(consumer, 'app/program.ts'));
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    typeRoots: [path.join(packageRoot, 'node_modules/@types')],
    outDir: './built',
    rootDir: './app',
  };
  await writeFile(path.join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['app'] }));
  const compiled = await run(process.execPath, [compiler, '-p', '.'], { cwd: consumer }).catch(
    (error: { stdout: string }) => error,
  );
  expect(compiled.stdout).toBe('');

  const { stdout } = await run(process.execPath, ['built/program.js'], { cwd: consumer });
  expect(stdout).toBe('multipart copy of 300000000 bytes, 100 %\n');
});
