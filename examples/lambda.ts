// An AWS Lambda handler for objects of any size: a copy that needs more than the function's 15 minutes goes on in the next invocation.
//
// The state machine around it (Step Functions) calls the handler again with what it answered, until `done` is true:
//
//   "Copy":  { "Type": "Task", "Resource": "arn:aws:lambda:…", "Next": "Done?" },
//   "Done?": { "Type": "Choice", "Choices": [{ "Variable": "$.done", "BooleanEquals": true, "Next": "End" }], "Default": "Copy" }
import { pathToFileURL } from 'node:url';
import { copyLargeObject, s3Store } from 'copy-large-object';

export interface CopyJob {
  readonly source: { readonly bucket: string; readonly key: string };
  readonly destination: { readonly bucket: string; readonly key: string };
  /** The upload that an earlier invocation began. */
  readonly uploadId?: string;
  readonly done?: boolean;
  readonly etag?: string;
}

/** The part of Lambda's context that is used here. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

// Outside of the handler: connections and what the store has shown are kept while the function stays warm.
const store = s3Store({ endpoint: process.env['AWS_ENDPOINT_URL'] });
/** What the parts in flight and the answer may take. */
const MARGIN_MS = Number(process.env['MARGIN_MS'] ?? 10_000);

export async function handler(job: CopyJob, context: LambdaContext): Promise<CopyJob> {
  const { source, destination } = job;
  const timeIsUp = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS));
  let { uploadId } = job;
  const copy = copyLargeObject({
    store,
    source,
    destination,
    // The same in each invocation: the parts that are there must fit the plan.
    partSize: 256 * 1024 ** 2,
    resume: uploadId,
    onFailure: 'keep',
    signal: timeIsUp,
  });
  copy.on('upload', (upload) => {
    uploadId = upload.uploadId;
  });
  copy.on('warning', ({ code, message }) => console.warn(code, message));
  try {
    const { etag } = await copy;
    return { source, destination, done: true, etag };
  } catch (error) {
    if (error !== timeIsUp.reason) throw error;
    return { source, destination, done: false, ...(uploadId === undefined ? {} : { uploadId }) };
  }
}

// What a state machine does, for a try on your own machine: `npm run lambda -- media/film.mxf archive/film.mxf`
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [source, destination] = process.argv.slice(2).map((name) => {
    const [bucket = '', ...key] = name.split('/');
    return { bucket, key: key.join('/') };
  });
  if (source === undefined || destination === undefined) throw new Error('Usage: lambda.ts BUCKET/KEY BUCKET/KEY');
  const limitMs = Number(process.env['LIMIT_MS'] ?? 15 * 60_000);
  let job: CopyJob = { source, destination };
  do {
    const endsAt = Date.now() + limitMs;
    job = await handler(job, { getRemainingTimeInMillis: () => endsAt - Date.now() });
    console.log(JSON.stringify(job));
  } while (job.done !== true);
}
