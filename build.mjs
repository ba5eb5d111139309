// `npm run build`: the code of the entries as a few files that share chunks, without comments, and the declarations that the entries
// reach. An installed package is then a third of one file per source. What stays the same keeps its file, so that a program that runs
// from `dist` outlives a build.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');
const { bin, exports, engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).filter((entry) => typeof entry === 'object');
const compiler = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

execFileSync(process.execPath, [compiler, '-p', 'src'], { cwd: root, stdio: 'inherit' });
const { outputFiles } = await build({
  entryPoints: [...entries.map((entry) => entry.default), ...Object.values(bin)].map(
    (file) => `src/${path.relative('dist', file).replace(/\.js$/, '.ts')}`,
  ),
  absWorkingDir: root,
  outdir: dist,
  outbase: 'src',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: `node${engines.node.match(/\d+\.\d+/)[0]}`,
  packages: 'external',
  charset: 'utf8',
  write: false,
});

const kept = new Set();
for (const { path: file, text } of outputFiles) {
  kept.add(file);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
for (const entry of entries) keepDeclaration(path.join(root, entry.types));
for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const name = path.join(file.parentPath, file.name);
  if (file.isFile() && !kept.has(name)) rmSync(name);
}

/** A declaration stays with all that it imports. */
function keepDeclaration(file) {
  if (kept.has(file)) return;
  kept.add(file);
  for (const [, imported] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)['"]/g)) {
    keepDeclaration(path.join(path.dirname(file), imported.replace(/\.[jt]s$/, '.d.ts')));
  }
}
