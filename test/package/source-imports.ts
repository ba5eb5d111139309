import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The repository's root. */
export const packageRoot: string = path.join(import.meta.dirname, '../..');

/** What one source file imports, by the names it gives. */
export interface SourceImports {
  /** Loaded when the file is: what is imported for its types only is left out. */
  readonly atRunTime: readonly string[];
  /** Those, and what the declarations need. */
  readonly all: readonly string[];
}

/** Imports of every file in `src`, by path from there with `/`. */
export async function readSourceImports(): Promise<ReadonlyMap<string, SourceImports>> {
  const folder = path.join(packageRoot, 'src');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const entries = names.map(async (name): Promise<[string, SourceImports]> => [
    name.replaceAll(path.sep, '/'),
    findImports(await readFile(path.join(folder, name), 'utf8')),
  ]);
  return new Map(await Promise.all(entries));
}

function findImports(text: string): SourceImports {
  const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(
    /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  const atRunTime: string[] = [];
  const all: string[] = [];
  for (const [, typeOnly, from, bare, dynamic] of statements) {
    const name = from ?? bare ?? dynamic ?? '';
    all.push(name);
    if (typeOnly === undefined) atRunTime.push(name);
  }
  return { atRunTime, all };
}

/** Everything that is loaded with a file of `src`: paths from there, and packages by their import name. */
export function loadedWith(imports: ReadonlyMap<string, SourceImports>, entry: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const found = imports.get(file);
    if (found === undefined) throw new Error(`src/${file} is imported but doesn't exist`);
    for (const name of found.atRunTime) {
      if (name.startsWith('.')) visit(path.posix.join(path.posix.dirname(file), name));
      else loaded.add(name);
    }
  };
  visit(entry);
  return loaded;
}
