import { CopyError, describeError } from '../errors.ts';
import type { CopyStore, ListedUpload, ListMultipartUploadsResult } from '../store/copy-store.ts';
import { listUploads } from '../store/list-uploads.ts';
import { isStoreError } from '../store/store-error.ts';
import type { OperationRunner } from '../request/operation-runner.ts';
import { readPages } from '../request/pages.ts';
import type { ReportFlags } from './copy-command.ts';
import { formatDuration } from './duration.ts';
import { EXIT_CODES } from './exit-code.ts';
import { parseObjectUrl } from './object-url.ts';
import { openRunner, openStore, type StoreFlags } from './open-store.ts';
import { type Output, writeEvent, writeLine } from './output.ts';

export interface UploadsFlags extends StoreFlags, ReportFlags {
  readonly abort?: boolean;
  /** Milliseconds. */
  readonly olderThan?: number;
}

/**
 * Runs `uploads`: lists the uploads in progress of a bucket (or below a prefix), and aborts those listed with `--abort`. Gives the
 * exit code.
 */
export async function runUploadsCommand(addressText: string, flags: UploadsFlags, output: Output): Promise<number> {
  const { scheme, bucket, key: prefix } = parseObjectUrl(addressText);
  const store = openStore(scheme, flags);
  const runner = openRunner();
  /** What went wrong, or undefined; one that is gone already is aborted well enough. */
  const abortUpload = ({ key, uploadId }: ListedUpload): Promise<unknown> =>
    runner
      .run('abortMultipartUpload', () => store.abortMultipartUpload({ bucket, key, uploadId }))
      .catch((error: unknown) => (isStoreError(error) && error.statusCode === 404 ? undefined : error));
  const now = Date.now();
  let found = 0;
  let failed = 0;
  for await (const upload of allUploads(store, runner, bucket, prefix)) {
    const ageMs = upload.initiated === undefined ? undefined : Math.max(0, now - upload.initiated.getTime());
    // Of unknown age: not for certain older than anything.
    if (flags.olderThan !== undefined && (ageMs === undefined || ageMs < flags.olderThan)) continue;
    found += 1;
    const error = flags.abort === true ? await abortUpload(upload) : undefined;
    if (error !== undefined) failed += 1;
    const outcome = flags.abort !== true ? 'open' : error === undefined ? 'aborted' : 'failed';
    if (flags.json === true) {
      const { key, uploadId, initiated } = upload;
      const cause = error === undefined ? {} : { error: describeError(error) };
      writeEvent(output.stdout, 'upload', { key, uploadId, initiated, outcome, ...cause });
    } else {
      const age = ageMs === undefined ? 'of unknown age' : `begun ${formatDuration(ageMs)} ago`;
      writeLine(output.stdout, `${outcome}  ${upload.uploadId}  ${scheme}://${bucket}/${upload.key}  ${age}`);
    }
  }
  if (flags.json !== true && flags.quiet !== true) {
    const summary = `${found} ${found === 1 ? 'upload' : 'uploads'}${flags.abort === true ? `, ${found - failed} aborted` : ''}`;
    writeLine(output.stderr, summary);
  }
  if (failed > 0) throw new CopyError(`Cannot abort ${failed} of ${found} uploads of ${scheme}://${bucket}/${prefix}`);
  return EXIT_CODES.done;
}

/** All pages, as they come. A store that goes back to a marker ends it with an error, as some uploads may not have been listed. */
async function* allUploads(
  store: CopyStore,
  runner: OperationRunner,
  bucket: string,
  prefix: string,
): AsyncGenerator<ListedUpload> {
  const read = (marker: ListMultipartUploadsResult['next']): Promise<ListMultipartUploadsResult> =>
    runner.run('listMultipartUploads', () => listUploads(store, { bucket, prefix, ...marker }));
  for await (const { uploads } of readPages('listMultipartUploads', read, (page) => page.next)) yield* uploads;
}
