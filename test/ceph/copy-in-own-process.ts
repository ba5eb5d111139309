/** Copies as a JSON document on stdin says, with a checkpoint, and writes a line at the start, for each part and at the end: to be killed on the way. */
import { json } from 'node:stream/consumers';
import { copyLargeObject, type CopyOptions, fileCheckpointStore, s3Store } from '../../src/index.ts';

interface Job {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly checkpointPath: string;
  readonly options: Omit<CopyOptions, 'store' | 'checkpoint'>;
}

const { endpoint, credentials, checkpointPath, options } = (await json(process.stdin)) as Job;
const copy = copyLargeObject({
  ...options,
  store: s3Store({ endpoint, credentials, region: 'us-east-1' }),
  checkpoint: fileCheckpointStore(checkpointPath),
});
process.stdout.write('started\n');
copy.on('part', ({ partNumber }) => process.stdout.write(`part ${partNumber}\n`));
await copy;
process.stdout.write('done\n');
