import { CopyOptionsError } from '../errors.ts';
import { type ReportFlags, runCopyCommand } from './copy-command.ts';
import type { CopyFlags } from './copy-flags.ts';
import { runManyCommand } from './many-command.ts';
import { ASSUMED, flagOf, type ManyFlags } from './many-flags.ts';
import type { Output } from './output.ts';

const OF_MANY = ['include', 'exclude', 'versions', 'report', 'dryRun', 'maxFailures', ...ASSUMED] as const;
const VALUES_OF_MANY: ReadonlySet<unknown> = new Set(['listing', 'head', 'continue', 'stop']);

/**
 * Runs `copy`: of one object, or with `--recursive`, `--files-from` or `--inventory` of many.
 *
 * @returns the exit code
 * @throws CopyOptionsError for flags that only many objects can have
 */
export async function runCopyOneOrMany(
  source: string,
  destination: string,
  flags: ManyFlags & ReportFlags,
  output: Output,
): Promise<number> {
  if (flags.recursive === true || flags.filesFrom !== undefined || flags.inventory !== undefined) {
    return runManyCommand(source, destination, flags, output);
  }
  const wrong =
    OF_MANY.find((name) => flags[name] !== undefined) ??
    (['ifExists', 'verify', 'onFailure'] as const).find((name) => VALUES_OF_MANY.has(flags[name]));
  if (wrong !== undefined) {
    throw new CopyOptionsError(
      `Option --${flagOf(wrong)} is for many objects as it is given: add --recursive, or leave it out`,
    );
  }
  return runCopyCommand(source, destination, flags as CopyFlags & ReportFlags, output);
}

/** Runs `sync`. @returns the exit code */
export async function runSyncCommand(
  source: string,
  destination: string,
  flags: ManyFlags & ReportFlags,
  output: Output,
): Promise<number> {
  return runManyCommand(source, destination, { ifExists: 'skip-same', ...flags }, output);
}
