import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface InstalledSize {
  /** As `du -sm node_modules` says it: blocks on disk, rounded up. */
  readonly megabytes: number;
  /** The largest packages, in KiB on disk. */
  readonly largest: readonly { readonly name: string; readonly kilobytes: number }[];
}

/** Packs a build, installs the package into an empty folder, and measures what is there. */
export async function measureInstalledSize(build: string): Promise<InstalledSize> {
  const folder = await mkdtemp(path.join(tmpdir(), 'copy-large-object-installed-'));
  try {
    const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = await run('npm', pack, { cwd: build });
    const tarball = path.join(folder, stdout.trim().split('\n').at(-1) as string);
    await run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, tarball]);
    const sizes = await measureDisk('-k', '-d', '1', path.join(folder, 'node_modules'));
    const [[megabytes]] = (await measureDisk('-sm', path.join(folder, 'node_modules'))) as [[number, string]];
    const largest = sizes
      .slice(0, -1)
      .map(([kilobytes, name]) => ({ name: path.basename(name), kilobytes }))
      .toSorted((a, b) => b.kilobytes - a.kilobytes)
      .slice(0, 4);
    return { megabytes, largest };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureDisk(...parameters: readonly string[]): Promise<[size: number, name: string][]> {
  const { stdout } = await run('du', parameters);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => [Number.parseInt(line, 10), line.slice(line.indexOf('\t') + 1)]);
}
