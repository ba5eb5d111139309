import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Program of the installed TypeScript compiler. */
export const compiler: string = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

/** Builds `dist/` once before the tests that run the command line or pack the package. */
export function setup(): void {
  const build = spawnSync(process.execPath, ['build.mjs'], {
    cwd: path.join(import.meta.dirname, '..'),
    encoding: 'utf8',
  });
  if (build.status !== 0) throw new Error(`The build failed:\n${build.stdout}${build.stderr}`);
}
