import { s3Store } from '../../src/index.ts';
import { type CopyJob, runJob } from '../../src/jobs/index.ts';

/** Run as a process of its own: `job-process.ts <endpoint> <accessKeyId> <secretAccessKey> <job>`. Runs the job, with few requests at a time. */
const [endpoint = '', accessKeyId = '', secretAccessKey = '', job = ''] = process.argv.slice(2);
const eu = s3Store({ endpoint, credentials: { accessKeyId, secretAccessKey } });
console.log(await runJob(JSON.parse(job) as CopyJob, { stores: { eu }, concurrency: 4 }));
