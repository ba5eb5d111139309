import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { packageRoot } from '../package/source-imports.ts';
import { runProgram } from './debian-programs.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'shells-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function scriptOf(shell: string): Promise<string> {
  const script = path.join(folder, shell);
  await writeFile(script, (await runCommand(['completion', shell])).stdout);
  return script;
}

test.each([
  ['sy', ['sync']],
  ['copy s3://a/b --if-exists sk', ['skip', 'skip-same']],
  ['copy --check', ['--checkpoint']],
  ['fleet re', ['resume', 'retry']],
])('fish completes %j', async (line, offered) => {
  const ask = `source ${await scriptOf('fish')}; complete -C 'copy-large-object ${line}'`;
  const stdout = await runProgram({ name: 'fish', debianPackage: 'fish' }, ['--no-config', '-c', ask], {
    HOME: folder,
  });
  const words = stdout
    .trim()
    .split('\n')
    .map((each) => each.split('\t')[0]);
  expect(words).toEqual(offered);
});

/** Zsh's own functions say what they are given; its line editor isn't there. */
const TOLD = 'compdef() { :; }; _describe() { print -l -- $verbs; }; _arguments() { print -l -- "$@"; }';

test.each([
  [[''], /^uploads:Lists the multipart uploads/m],
  [
    ['copy', '--i'],
    /^\*--if-exists\[what to do if the destination exists\]:action:\(overwrite fail skip skip-same\)$/m,
  ],
  [['copy', '--i'], /^\*--checkpoint\[keep a checkpoint there; .*\]:directory:_files$/m],
  [['fleet', ''], /^1:word:\(status pause resume retry\)$/m],
])('zsh is told what completes %j', async (words, told) => {
  const ask = `${TOLD}; words=(copy-large-object ${words.map((each) => `'${each}'`).join(' ')}); CURRENT=$#words; source ${await scriptOf('zsh')}; _copy_large_object`;
  expect(await runProgram({ name: 'zsh', debianPackage: 'zsh' }, ['-f', '-c', ask], { HOME: folder })).toMatch(told);
});

test('mandoc finds nothing wrong with the man page, and shows it', async () => {
  const page = path.join(packageRoot, 'docs/copy-large-object.1');
  const mandoc = { name: 'mandoc', debianPackage: 'mandoc' };
  expect(await runProgram(mandoc, ['-T', 'lint', '-W', 'warning', page], {})).toBe('');
  expect(await runProgram(mandoc, ['-T', 'ascii', page], {})).toMatch(/^ +such as 64MiB, or auto, or source/m);
});
