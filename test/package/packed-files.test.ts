import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeEntries, readManifest } from './package-manifest.ts';
import { packageRoot } from './source-imports.ts';

interface PackedPackage {
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

async function listPackedFiles(): Promise<PackedPackage> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packageRoot,
  });
  const [packed] = JSON.parse(stdout) as readonly PackedPackage[];
  if (packed === undefined) throw new Error(`npm pack answered ${stdout}`);
  return packed;
}

test('the package holds the build, the documents and the examples', async () => {
  const packed = await listPackedFiles();
  const paths = packed.files.map((file) => file.path);
  expect(paths.filter((path) => !/^(?:dist|docs|examples)\//.test(path)).toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'needs-typescript-5.0-or-later.d.ts',
    'package.json',
  ]);
});

test('with its dependencies, which take 3 MB, an installed package stays below 6 MB', async () => {
  const block = 4096; // what a file takes on most disks is a multiple of it
  const sizes = (await listPackedFiles()).files.map(({ size }) => Math.ceil(size / block) * block);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000_000);
});

test('the README is short, and all that it points to can be reached from an installed package', async () => {
  const readme = await readFile(path.join(packageRoot, 'README.md'), 'utf8');
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(9 * 1024);
  const paths = new Set((await listPackedFiles()).files.map((file) => file.path));
  const named = [...readme.matchAll(/docs\/[\w-]+\.md/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(paths).toContain(name);
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
  for (const target of links) expect(target).toMatch(/^(#|https:\/\/)/);
});

test('what the manifest names is in the package', async () => {
  const manifest = await readManifest();
  const paths = new Set((await listPackedFiles()).files.map((file) => file.path));
  const named = [...codeEntries(manifest).map(({ file }) => file), ...Object.values(manifest.bin), manifest.man];
  for (const file of named) {
    expect(paths).toContain(file.replace(/^\.\//, ''));
  }
});
