import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeManPage } from '../../site/man-page.ts';
import { readManifest } from '../package/package-manifest.ts';
import { packageRoot } from '../package/source-imports.ts';
import { runCommand } from './run-command.ts';

/** Bash offers what it would after Tab. */
const ASK = 'eval "$(cat)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _copy_large_object; echo "${COMPREPLY[*]}"';

test.each([
  [['c'], 'copy completion'],
  [['--v'], '--version'],
  [['copy', '--if-'], '--if-exists --if-etag'],
  [['copy', 's3://a/b', '--if-exists', 'sk'], 'skip skip-same'],
  [['copy', '--no-'], '--no-path-style --no-hedge'],
  [['copy', '--checkpoint', ''], ''],
  [['sync', '--max-d'], '--max-delete'],
  [['fleet', 'p'], 'pause'],
  [['completion', ''], 'bash zsh fish -h --help'],
  [['move', ''], ''],
])('bash completes %j to %j', async (words, offered) => {
  const { stdout: input, exitCode } = await runCommand(['completion', 'bash']);
  expect(exitCode).toBe(0);
  const stdout = execFileSync('bash', ['--norc', '-c', ASK, 'bash', 'copy-large-object', ...words], { input });
  expect(stdout.toString().trim()).toBe(offered);
});

test('completion of another shell is refused, with those that there are', async () => {
  const { exitCode, stderr } = await runCommand(['completion', 'tcsh']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});

test('the man page says what the help says (npm run docs:man makes it)', async () => {
  const { version, man } = await readManifest();
  const page = readFileSync(path.join(packageRoot, man), 'utf8');
  const [, date = ''] = / 1 (\d{4}-\d\d-\d\d) "/.exec(page) ?? [];
  expect(page).toBe(makeManPage(version, date));
});
