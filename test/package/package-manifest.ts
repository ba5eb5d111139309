import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from './source-imports.ts';

/** What the tests read of package.json. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly man: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export async function readManifest(): Promise<PackageManifest> {
  return JSON.parse(await readFile(path.join(packageRoot, 'package.json'), 'utf8')) as PackageManifest;
}

/** Entries of code, as they are imported, with the file each one names. */
export function codeEntries(
  manifest: PackageManifest,
): readonly { readonly specifier: string; readonly file: string }[] {
  return Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [{ specifier: path.posix.join(manifest.name, subpath), file: target.default }],
  );
}

/** The source of a built file: `./dist/a/b.js` is `a/b.ts`. */
export function sourceOf(builtFile: string): string {
  return builtFile.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '.ts');
}
