import { CopyOptionsError, isCopyError } from '../errors.ts';
import { InterruptedError } from './interruption.ts';

/** What the process answers. The same table stands in `--help`. */
export const EXIT_CODES: Readonly<Record<'done' | 'failed' | 'usage' | 'doubtful' | 'someFailed', number>> =
  Object.freeze({
    done: 0,
    /** The destination is as it was. */
    failed: 1,
    /** The command line can't be understood, or asks for what can't be; nothing was written. */
    usage: 2,
    /** The destination needs a look: it was written but isn't what was asked for, or it is unknown whether it was written. */
    doubtful: 3,
    /** Of many objects, some have failed. */
    someFailed: 4,
  });

/** The exit code for what a command failed with; an interrupted one ends as if by the signal: 130 (SIGINT), 143 (SIGTERM). */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return error.exitCode;
  if (error instanceof CopyOptionsError) return EXIT_CODES.usage;
  if (isCopyError(error) && error.destinationWritten === true) return EXIT_CODES.doubtful;
  return EXIT_CODES.failed;
}
