import { BUCKET, type DriverOptions, SOURCE_KEY } from './driver.ts';
import { type Send, TRANSPORTS } from './bare-transports.ts';
import { type Sign, signObs, signV4 } from './sign-simply.ts';

const SIGNERS: Readonly<Record<string, Sign>> = { obs: signObs, sigv4: signV4 };

/**
 * The floor: a pool of loops that only send requests and read the ETags, without retries, events, timeouts or checks.
 * Variants: a transport (`request`, `dispatch`: undici's; `http`: Node's own), and a signature (`,obs` or `,sigv4`; else none).
 */
export async function prepare(options: DriverOptions, variant: string): Promise<(key: string) => Promise<unknown>> {
  const { endpoint, size, partSize, concurrency } = options;
  const [transport = '', signature = ''] = variant.split(',');
  const transmit = TRANSPORTS[transport]!(endpoint, concurrency);
  const sign = SIGNERS[signature];
  const prefix = signature === 'obs' ? 'x-obs-' : 'x-amz-';
  const { host } = new URL(endpoint);
  const source = `/${BUCKET}/${SOURCE_KEY}`;
  const send = (method: Parameters<Send>[0], path: string, query: string, headers: string[], body?: string) => {
    sign?.(method, host, path, query, headers);
    return transmit(method, query === '' ? path : `${path}?${query}`, headers, body);
  };
  return async (key) => {
    const path = `/${BUCKET}/${key}`;
    await send('HEAD', source, '', []);
    const uploadId = /<UploadId>(.*?)</.exec(await send('POST', path, 'uploads=', []))?.[1] as string;
    const parts = Math.ceil(size / partSize);
    const etags: string[] = Array.from({ length: parts });
    let next = 1;
    const copyParts = async (): Promise<void> => {
      while (next <= parts) {
        const partNumber = next++;
        const start = (partNumber - 1) * partSize;
        const range = `bytes=${start}-${Math.min(size, start + partSize) - 1}`;
        const headers = [`${prefix}copy-source`, source, `${prefix}copy-source-range`, range];
        const answer = await send('PUT', path, `partNumber=${partNumber}&uploadId=${uploadId}`, headers);
        etags[partNumber - 1] = /<ETag>(.*?)</.exec(answer)?.[1] as string;
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, parts) }, copyParts));
    const list = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    await send('POST', path, `uploadId=${uploadId}`, [], body);
  };
}
