// A worker that resumes: it takes jobs from a folder, and whatever ends it, the next start goes on where it was.
//
//   spool/film.json       { "source": { "bucket": "media", "key": "film.mxf" }, "destination": { "bucket": "archive", "key": "film.mxf" } }
//   spool/film.json.done  what a job becomes: the result; or film.json.failed: the error
//   spool/checkpoints/    where the copies in work stand; no secrets
//
// Exit codes: 0 the folder is worked off; 1 jobs have failed; 143 stopped by SIGTERM, and to be started again.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CheckpointError, copyLargeObject, type CopyOptions, fileCheckpointStore, s3Store } from 'copy-large-object';

const spool = process.argv[2] ?? 'spool';
const checkpoints = path.join(spool, 'checkpoints');
await mkdir(checkpoints, { recursive: true });
const store = s3Store({ endpoint: process.env['AWS_ENDPOINT_URL'] });
const checkpoint = fileCheckpointStore(checkpoints);

// With a checkpoint, cancelling keeps the upload.
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('Stopped by SIGTERM')));

async function work(file: string): Promise<void> {
  const job = JSON.parse(await readFile(file, 'utf8')) as Pick<CopyOptions, 'source' | 'destination'>;
  const copy = copyLargeObject({ ...job, store, checkpoint, signal: stop.signal });
  copy.on('upload', ({ resumed, partsAlreadyCopied }) => {
    if (resumed) console.log(`${file}: goes on, ${partsAlreadyCopied} parts are there`);
  });
  copy.on('part', ({ partNumber }) => console.log(`${file}: part ${partNumber}`));
  const { etag, size } = await copy;
  await finish(file, 'done', { etag, size });
}

async function finish(file: string, outcome: 'done' | 'failed', record: unknown): Promise<void> {
  await writeFile(`${file}.tmp`, JSON.stringify(record));
  await rename(`${file}.tmp`, `${file}.${outcome}`);
  await rename(file, `${file}.${outcome}-job`);
  console.log(`${file}: ${outcome}`);
}

const jobs = (await readdir(spool)).filter((name) => name.endsWith('.json'));
for (const name of jobs) {
  const file = path.join(spool, name);
  try {
    await work(file);
  } catch (error) {
    if (stop.signal.aborted) {
      process.exitCode = 143;
      break;
    }
    // Another worker has this copy: it is that worker's to finish.
    if (error instanceof CheckpointError) console.warn(`${file}: ${error.message}`);
    else await finish(file, 'failed', error instanceof Error ? { message: error.message, error } : { error });
    process.exitCode = 1;
  }
}
