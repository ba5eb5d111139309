import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { readManifest } from '../package/package-manifest.ts';
import { packageRoot } from '../package/source-imports.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A copy of `examples/` in which `npm install` has run. */
    readonly examples: string;
  }
}

const run = promisify(execFile);

/** Copies the examples to a folder of its own, and installs there what they name, with this package as it is packed. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'examples-'));
  await cp(path.join(packageRoot, 'examples'), folder, { recursive: true });
  const { name, version } = await readManifest();
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: packageRoot });
  // Each at the lowest version that the examples name: a release of today doesn't decide about this package.
  const named = (await readFile(path.join(folder, 'package.json'), 'utf8')).replaceAll('"^', '"');
  const packed = named.replace(`"${name}": "${version}"`, `"${name}": "file:${name}-${version}.tgz"`);
  await writeFile(path.join(folder, 'package.json'), packed);
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  project.provide('examples', folder);
  return () => rm(folder, { recursive: true, force: true });
}
