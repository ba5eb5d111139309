/**
 * Copies with a checkpoint as a JSON document on stdin says, to be killed on the way. Plain JavaScript on top of the build, so that
 * starting it fifty times takes no minute.
 */
import { json } from 'node:stream/consumers';
import { copyLargeObject, fileCheckpointStore, s3Store } from '../../dist/index.js';

const { endpoint, credentials, checkpoints, options } = await json(process.stdin);
const copy = copyLargeObject({
  ...options,
  store: s3Store({ endpoint, credentials, region: 'us-east-1', etagFormula: 'aws' }),
  checkpoint: fileCheckpointStore(checkpoints),
});
copy.on('warning', ({ code, message }) => process.stdout.write(`warning ${code}: ${message}\n`));
const { etag, resumed } = await copy;
process.stdout.write(`done ${etag} ${resumed}\n`);
