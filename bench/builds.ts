import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A build that is measured, in a temporary folder of its own, so that work on the project meanwhile doesn't change it. */
export interface Build {
  /** The short commit; of uncommitted work it says so. */
  readonly label: string;
  /** Holds package.json, dist and node_modules. */
  readonly folder: string;
}

/** What a figure depends on, without what the benchmark itself writes. */
const MEASURED = ['src', 'bench', 'test/simulator', 'package.json', 'package-lock.json', 'tsconfig.json'];
const WRITTEN = ['bench/results.md', 'bench/parts-in-flight.svg'];

/** Why nothing may be written: the files that differ from the last commit. */
export function findUncommitted(root: string): string | undefined {
  const written = WRITTEN.map((file) => `:!${file}`);
  const files = git(root, ['status', '--porcelain', '--', ...MEASURED, ...written]).trimEnd();
  if (files === '') return undefined;
  return `There are uncommitted changes, so the figures would belong to no commit:\n${files}\nCommit them first.`;
}

/** The short commit of a revision. */
export function findCommit(root: string, revision: string): string | undefined {
  try {
    return git(root, ['rev-parse', '--verify', '--quiet', '--short', `${revision}^{commit}`]).trim();
  } catch {
    return undefined;
  }
}

/** Checks a commit out, installs what it depends on, and builds it. The folder goes when the process exits. */
export function makeBuild(root: string, commit: string, withUncommitted: boolean): Build {
  const label = withUncommitted ? `${commit} with uncommitted changes` : commit;
  process.stderr.write(`Building ${label} …\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'copy-large-object-build-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // A signal alone would end the process without its exit handlers.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const tree = withUncommitted ? writeWorkingTree(root, folder) : commit;
  const archive = git(root, ['archive', '--format=tar', tree], { encoding: 'buffer' });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  const readLock = (of: string): string => readFileSync(path.join(of, 'package-lock.json'), 'utf8');
  if (readLock(root) === readLock(folder)) {
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  } else {
    runNpm(folder, ['ci', '--no-audit', '--no-fund', '--prefer-offline']);
  }
  runNpm(folder, ['run', '--silent', 'build']);
  return { label, folder };
}

/** The working files as a Git tree, by an index of its own. */
function writeWorkingTree(root: string, folder: string): string {
  const env = { ...process.env, GIT_INDEX_FILE: path.join(folder, '.index') };
  git(root, ['read-tree', 'HEAD'], { env });
  git(root, ['add', '--all'], { env });
  return git(root, ['write-tree'], { env }).trim();
}

function git(root: string, parameters: readonly string[], options?: { env: NodeJS.ProcessEnv }): string;
function git(root: string, parameters: readonly string[], options: { encoding: 'buffer' }): Buffer;
function git(root: string, parameters: readonly string[], options: object = {}): string | Buffer {
  return execFileSync('git', parameters, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
}

function runNpm(cwd: string, parameters: readonly string[]): void {
  execFileSync('npm', parameters, { cwd, stdio: ['ignore', 2, 2] });
}
