import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeEntries, readManifest } from './package-manifest.ts';
import { packageRoot } from './source-imports.ts';

const run = promisify(execFile);
const manifest = await readManifest();
const consumer = await mkdtemp(path.join(tmpdir(), 'typed-consumer-'));
/** `await using` came with TypeScript 5.2. */
const NEWEST_REFUSED = { ts49: '4.9.5' };
const compilers = { ts50: '5.0.4', ts52: '5.2.2', ts7: '7.0.2' };

beforeAll(async () => {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer], { cwd: packageRoot });
  const aliased = (name: string, versions: Readonly<Record<string, string>>) =>
    Object.entries(versions).map(([alias, version]) => [alias, `npm:${name}@${version}`]);
  const dependencies = Object.fromEntries([
    ...aliased('typescript', { ...NEWEST_REFUSED, ...compilers }),
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

test.each([
  ['node16', 'node16', 'mts', []],
  ['commonjs', 'node', 'ts', []],
  // Who doesn't look into declarations hears of it, too.
  ['esnext', 'node', 'ts', ['--skipLibCheck']],
])(
  'TypeScript 4.9 (module %s, moduleResolution %s) is told which one it takes',
  async (module, resolution, type, more) => {
    const program = `app/old-${resolution}.${type}`;
    const entries = codeEntries(manifest).map(({ specifier }) => specifier);
    await writeFile(path.join(consumer, program), entries.map((entry) => `import {} from '${entry}';\n`).join(''));
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      module,
      '--moduleResolution',
      resolution,
      '--types',
      'node',
      ...more,
    ];
    const { stdout } = await run(process.execPath, ['node_modules/ts49/bin/tsc', ...options, program], {
      cwd: consumer,
    }).catch((error: { stdout: string }) => error);
    const told = stdout
      .split('\n')
      .filter((line) => /needs-typescript-5\.0-or-later\.d\.ts' is not a module/.test(line));
    expect(told).toHaveLength(entries.length);
  },
);

const IMPORT = `import { copyLargeObject } from '${manifest.name}';\nvoid copyLargeObject;\n`;
const PROGRAMS = {
  'esm.mts': IMPORT,
  'import.cts': IMPORT,
  'dynamic.cts': `void (async () => void (await import('${manifest.name}')).copyLargeObject)();\n`,
  'plain.ts': IMPORT,
};
const IN_NODE = {
  'esm.mts': ', ES module',
  'import.cts': ', CommonJS, `import`',
  'dynamic.cts': ', CommonJS, `await import()`',
};
/** Settings of the compiler, as the page calls them, and the programs that are compiled with them. */
const SETTINGS = [
  ['`nodenext`', ['--module', 'nodenext'], IN_NODE],
  ['`node16`', ['--module', 'node16'], IN_NODE],
  ['`moduleResolution: "bundler"`', ['--module', 'esnext', '--moduleResolution', 'bundler'], { 'plain.ts': '' }],
  ['`moduleResolution: "node"`', ['--module', 'esnext', '--moduleResolution', 'node'], { 'plain.ts': '' }],
] as const;

test('the page has the table of the settings that compile', { timeout: 600_000 }, async () => {
  for (const [file, text] of Object.entries(PROGRAMS)) await writeFile(path.join(consumer, 'app', file), text);
  const rows: string[] = [];
  for (const [name, options, programs] of SETTINGS) {
    const files = Object.entries(programs);
    const args = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--types', 'node', ...options];
    const errors: string[] = [];
    for (const alias of Object.keys(compilers)) {
      const all = [`node_modules/${alias}/bin/tsc`, ...args, ...files.map(([file]) => `app/${file}`)];
      const compiled = await run(process.execPath, all, { cwd: consumer }).catch((error: { stdout: string }) => error);
      errors.push(compiled.stdout);
    }
    // What isn't about a program is about the settings.
    const isWrong = (file: string, text: string): boolean => text.includes(`app/${file}(`) || /^error/m.test(text);
    for (const [file, kind] of files) {
      rows.push(`| ${[`${name}${kind}`, ...errors.map((text) => (isWrong(file, text) ? '✗' : '✓'))].join(' | ')} |`);
    }
  }
  const table = `| | 5.0 | 5.2 | 7.0 |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  expect(await readFile(path.join(packageRoot, 'docs/node-versions.md'), 'utf8')).toContain(table);
});
