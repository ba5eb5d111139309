import { createInterface } from 'node:readline';
import { copyLargeObject, fileCheckpointStore, s3Store } from '../../src/index.ts';

/**
 * Run as a process of its own: `leased-copy-process.ts <directory> <endpoint> <accessKeyId> <secretAccessKey>`. Copies with
 * checkpoints in the directory, stops after the first part and says `paused`; for a line `cancel` or `go on` does that, and says how the copy ended.
 */
const [directory = '', endpoint = '', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2);
const copy = copyLargeObject({
  store: s3Store({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } }),
  source: { bucket: 'src', key: 'a' },
  destination: { bucket: 'dst', key: 'b' },
  multipartThreshold: 5 * 1024 ** 2,
  partSize: 5 * 1024 ** 2,
  concurrency: 1,
  checkpoint: fileCheckpointStore(directory),
  onFailure: 'abort',
});
copy.once('part', () => {
  copy.pause();
  console.log('paused');
});
const ended = copy.then(
  () => 'copied',
  (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
);
for await (const line of createInterface(process.stdin)) {
  if (line === 'cancel') copy.abort(new Error('cancelled'));
  else copy.resume();
  break;
}
console.log(await ended);
