#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { CopyOptionsError } from '../errors.ts';
import { formatError } from './describe-error.ts';
import { EXIT_CODES, exitCodeOf } from './exit-code.ts';
import { InterruptedError } from './interruption.ts';
import { openOutput, writeLine } from './output.ts';
import { createProgram } from './program.ts';
import { writeFailure } from './report-events.ts';

const output = openOutput();
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

try {
  await createProgram(output, version, (exitCode) => (process.exitCode = exitCode)).parseAsync(process.argv);
} catch (error) {
  // Commander has said already what is wrong, or shown the help or the version that was asked for.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
    const problem = error.message.replace(/^error: /, '');
    if (error.exitCode !== 0 && writesJson()) writeFailure(output.stdout, new CopyOptionsError(problem));
  } else {
    if (writesJson()) writeFailure(output.stdout, error);
    const isAsked = error instanceof InterruptedError;
    writeLine(output.stderr, isAsked ? 'Interrupted.' : formatError(error, process.argv.includes('--debug')));
    process.exitCode = exitCodeOf(error);
  }
}

/** Whether stdout is read line by line as JSON. Told from the bare arguments, as those may be what is wrong. */
function writesJson(): boolean {
  const [verb, ...args] = process.argv.slice(2);
  if (args.includes('--json')) return true;
  return verb === 'copy' && output.stdout.isTTY !== true && !args.includes('--quiet');
}
