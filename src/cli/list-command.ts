import { objectPages } from '../many/object-pages.ts';
import { formatBytes } from '../plan/byte-size.ts';
import { OperationRunner } from '../request/operation-runner.ts';
import type { ReportFlags } from './copy-command.ts';
import { EXIT_CODES } from './exit-code.ts';
import { parseObjectUrl } from './object-url.ts';
import { openStore, type StoreFlags } from './open-store.ts';
import { type Output, writeEvent, writeLine } from './output.ts';

/** The options of `list`. */
export type ListFlags = StoreFlags & ReportFlags;

const RETRY = { maxAttempts: 5, minDelayMs: 100, maxDelayMs: 5000, maxElapsedMs: 60_000 };
const ignore = (): void => undefined;

/** A key on one line: no terminal takes what it holds for a command. */
function visible(key: string): string {
  // oxlint-disable-next-line no-control-regex -- it is them that are written otherwise
  return key.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/**
 * Runs `list`: shows the objects below a prefix.
 *
 * @returns the exit code
 */
export async function runListCommand(addressText: string, flags: ListFlags, output: Output): Promise<number> {
  const { scheme, bucket, key: prefix } = parseObjectUrl(addressText);
  const store = openStore(scheme, flags);
  const runner = new OperationRunner(RETRY, undefined, { retry: ignore, throttle: ignore });
  let count = 0;
  let bytes = 0;
  for await (const objects of objectPages({ store, runner, bucket, prefix })) {
    for (const object of objects) {
      const { key, size, lastModified } = object;
      count++;
      bytes += size;
      if (flags.json === true) writeEvent(output.stdout, 'object', { bucket, ...object });
      else {
        const date = lastModified?.toISOString().slice(0, 19).replace('T', ' ') ?? '';
        writeLine(
          output.stdout,
          `${formatBytes(size).padStart(10)}  ${date.padEnd(19)}  ${scheme}://${bucket}/${visible(key)}`,
        );
      }
    }
  }
  if (flags.json !== true && flags.quiet !== true) {
    writeLine(output.stderr, `${count} ${count === 1 ? 'object' : 'objects'}, ${formatBytes(bytes)}`);
  }
  return EXIT_CODES.done;
}
