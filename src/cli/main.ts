#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { formatError } from './describe-error.ts';
import { EXIT_CODES, exitCodeOf } from './exit-code.ts';
import { InterruptedError } from './interruption.ts';
import { openOutput, writeLine } from './output.ts';
import { createProgram } from './program.ts';

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
  } else {
    const isAsked = error instanceof InterruptedError;
    writeLine(output.stderr, isAsked ? 'Interrupted.' : formatError(error, process.argv.includes('--debug')));
    process.exitCode = exitCodeOf(error);
  }
}
