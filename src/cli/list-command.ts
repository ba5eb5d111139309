import { objectPages } from '../many/object-pages.ts';
import { formatBytes } from '../plan/byte-size.ts';
import type { ReportFlags } from './copy-command.ts';
import { EXIT_CODES } from './exit-code.ts';
import { parseObjectUrl } from './object-url.ts';
import { openRunner, openStore, type StoreFlags } from './open-store.ts';
import { type Output, showOnOneLine, writeEvent, writeLine } from './output.ts';

/** The options of `list`. */
export type ListFlags = StoreFlags & ReportFlags;

/**
 * Runs `list`: shows the objects below a prefix.
 *
 * @returns the exit code
 */
export async function runListCommand(addressText: string, flags: ListFlags, output: Output): Promise<number> {
  const { scheme, bucket, key: prefix } = parseObjectUrl(addressText);
  const store = openStore(scheme, flags);
  const runner = openRunner();
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
          `${formatBytes(size).padStart(10)}  ${date.padEnd(19)}  ${scheme}://${bucket}/${showOnOneLine(key)}`,
        );
      }
    }
  }
  if (flags.json !== true && flags.quiet !== true) {
    writeLine(output.stderr, `${count} ${count === 1 ? 'object' : 'objects'}, ${formatBytes(bytes)}`);
  }
  return EXIT_CODES.done;
}
