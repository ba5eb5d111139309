import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds `dist/` once before the tests that run the command line or pack the package. */
export default function buildBeforeTests(): void {
  const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
  const build = spawnSync(process.execPath, [compiler, '-p', 'src'], {
    cwd: path.join(import.meta.dirname, '..'),
    encoding: 'utf8',
  });
  if (build.status !== 0) throw new Error(`The build failed:\n${build.stdout}${build.stderr}`);
}
