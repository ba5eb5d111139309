import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { postgresCheckpointStore, redisCheckpointStore } from '../../src/bullmq/index.ts';
import { type CheckpointStore, copyLargeObject, fileCheckpointStore, s3Store } from '../../src/index.ts';

/**
 * Run as a process of its own: `leased-copy-process.ts <checkpoints> <endpoint> <accessKeyId> <secretAccessKey>`. Copies with
 * checkpoints in a directory, a Redis or a Postgres, where their locks last a second. Stops after the first part and says `paused`; for a line `cancel` or `go on` does that, and says how the copy ended.
 */
const [checkpoints = '', endpoint = '', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2);
const copy = copyLargeObject({
  store: s3Store({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } }),
  source: { bucket: 'src', key: 'a' },
  destination: { bucket: 'dst', key: 'b' },
  multipartThreshold: 5 * 1024 ** 2,
  partSize: 5 * 1024 ** 2,
  concurrency: 1,
  checkpoint: openCheckpoints(checkpoints),
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
// Connections stay open.
process.exit();

function openCheckpoints(place: string): CheckpointStore {
  if (place.startsWith('redis:')) return redisCheckpointStore(new Redis(place), { leaseMs: 1000 });
  if (place.startsWith('postgres:')) {
    return postgresCheckpointStore(new pg.Pool({ connectionString: place }), { leaseMs: 1000 });
  }
  return fileCheckpointStore(place);
}
