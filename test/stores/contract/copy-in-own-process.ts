/** Copies as a JSON document on stdin says, with a checkpoint, and writes a line for each part: to be killed on the way. */
import { json } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { fromS3Client } from '../../../src/adapters/aws-sdk.ts';
import {
  copyLargeObject,
  type CopyOptions,
  fileCheckpointStore,
  s3Store,
  type S3StoreOptions,
} from '../../../src/index.ts';
import type { WayToStore } from '../harness/store-setup.ts';

interface Job {
  readonly way: WayToStore;
  readonly connection: S3StoreOptions & { readonly endpoint: string; readonly region: string };
  readonly checkpointPath: string;
  readonly options: Omit<CopyOptions, 'store' | 'checkpoint'>;
}

const { way, connection, checkpointPath, options } = (await json(process.stdin)) as Job;
const { endpoint, region, credentials } = connection as Required<typeof connection>;
const store =
  way === 's3Store'
    ? s3Store({ endpoint, region, credentials })
    : fromS3Client(new S3Client({ endpoint, region, credentials: credentials as never, forcePathStyle: true }));
const copy = copyLargeObject({ ...options, store, checkpoint: fileCheckpointStore(checkpointPath) });
copy.on('part', ({ partNumber }) => process.stdout.write(`part ${partNumber}\n`));
await copy;
process.stdout.write('done\n');
