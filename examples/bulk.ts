// A bulk script: copies a whole prefix, one line an object in a report. The same command again goes on, and tries again what failed.
//
//   npm run bulk -- media/tenant-17/ archive/2026/tenant-17/
import { copyObjects, fileReport, planObjects, s3Store } from 'copy-large-object';

const [source, destination] = process.argv.slice(2).map((name) => {
  const [bucket = '', ...prefix] = name.split('/');
  return { bucket, prefix: prefix.join('/') };
});
if (source === undefined || destination === undefined) {
  console.error('Usage: bulk.ts BUCKET/PREFIX BUCKET/PREFIX');
  process.exit(2);
}
const store = s3Store({ endpoint: process.env['AWS_ENDPOINT_URL'] });
const options = {
  store,
  source,
  destination,
  filter: { exclude: ['tmp/**', '**/*.part'] },
  // What a `copy` of last week left as it was isn't copied again.
  ifExists: 'skip-same',
} as const;

// What it would do, before anything is written.
const plan = await planObjects(options);
console.log(`${plan.objects} objects, ${plan.bytes} bytes`);

// Ctrl-C ends what is in flight; the report keeps what was done.
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('Interrupted')));

const run = copyObjects({
  ...options,
  report: fileReport('bulk.ndjson'),
  // A wrong policy fails for every object: stop early.
  maxFailures: 100,
  signal: stop.signal,
});
run.on('objectFailed', ({ source: object, code, message }) => console.error(object.key, code, message));
run.on('warning', ({ code, message }) => console.warn(code, message));

let shownAt = 0;
for await (const { copied, listed, isListed, bytesCopied } of run) {
  if (Date.now() - shownAt < 5000) continue;
  shownAt = Date.now();
  console.log(`${copied} of ${listed}${isListed ? '' : ' or more'} objects, ${bytesCopied} bytes`);
}
const { copied, skipped, failed, gone, bytes } = await run;
console.log(JSON.stringify({ copied, skipped, failed, gone, bytes }));
process.exitCode = failed > 0 ? 1 : 0;
