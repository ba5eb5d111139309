import { parseArgs } from 'node:util';
import { embeddedWays, startEmbeddedTarget } from './embedded-targets.ts';
import { formatTable, type PropertyColumn } from './format-table.ts';
import { runPropertyCases } from './run-property-cases.ts';
import { connectToS3Target } from './s3-target.ts';

// npx tsx test/faithful/print-table.ts [--s3 http://127.0.0.1:8000 --name 'Ceph RGW 16.2.15'] [--all]
// ACCESS_KEY_ID and SECRET_ACCESS_KEY are the credentials of the server at --s3.
const { values } = parseArgs({
  options: {
    s3: { type: 'string' },
    name: { type: 'string', default: 'S3 server' },
    all: { type: 'boolean', default: false },
  },
});
const shown = embeddedWays.filter((name) => values.all || !/, v\d|our ObsClient/.test(name));
const columns: PropertyColumn[] = [];
for (const name of shown) {
  const target = await startEmbeddedTarget(name);
  try {
    columns.push({ name, rows: await runPropertyCases(target) });
  } finally {
    await target.close();
  }
}
if (values.s3 !== undefined) {
  const { ACCESS_KEY_ID: accessKeyId = '', SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env;
  const target = await connectToS3Target(values.name, values.s3, { accessKeyId, secretAccessKey });
  try {
    columns.push({ name: values.name, rows: await runPropertyCases(target) });
  } finally {
    await target.close();
  }
}
process.stdout.write(`${formatTable(columns)}\n`);
