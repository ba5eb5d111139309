import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const output = { stdout: new PassThrough(), stderr: new PassThrough() };
const names = createProgram(output, '1.0.0', () => undefined).commands.map((command) => command.name());

/** The command lines that a verb's help shows, each as its arguments. */
function examplesOf(name: string): string[][] {
  const command = createProgram(output, '1.0.0', () => undefined).commands.find((one) => one.name() === name);
  let text = '';
  command?.configureOutput({ writeOut: (more) => (text += more) }).outputHelp();
  const lines = text.split('\n').filter((line) => line.startsWith('  copy-large-object '));
  return lines.map((line) => line.replaceAll("'", '').trim().split(' ').slice(1));
}

test('the verbs that need it show examples', () => {
  expect(names.filter((name) => examplesOf(name).length > 0)).toEqual(['copy', 'sync', 'uploads']);
});

test.each(
  ['copy', 'sync', 'uploads'].flatMap((name) => examplesOf(name).map((args) => [args.join(' '), args] as const)),
)('the command line takes %s', (_, args) => {
  const program = createProgram(output, '1.0.0', () => undefined);
  const command = program.commands.find((one) => one.name() === args[0]);
  let taken: readonly string[] | undefined;
  command?.exitOverride().action(() => void (taken = command.args));
  program.parse(args, { from: 'user' });
  expect(taken?.every((address) => address.startsWith('s3://'))).toBe(true);
  expect(taken).toHaveLength(args[0] === 'uploads' ? 1 : 2);
});
