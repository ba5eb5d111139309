import { type Dispatcher, Pool, request } from 'undici';

import { BUCKET, type DriverOptions, SOURCE_KEY } from './driver.ts';
import { type Sign, signObs, signV4 } from './sign-simply.ts';

type Send = (
  method: Dispatcher.HttpMethod,
  path: string,
  query: string,
  headers: string[],
  body?: string,
) => Promise<string>;

/**
 * The floor: a pool of loops that do nothing but send requests and read the ETags, without retries, events, timeouts or checks.
 * Variants: `none`, `obs` and `sigv4` (how requests are signed), and `dispatch` (undici's lowest layer, unsigned).
 */
export async function prepare(options: DriverOptions, variant: string): Promise<(key: string) => Promise<unknown>> {
  const { endpoint, size, partSize, concurrency } = options;
  const dispatcher = new Pool(endpoint, { connections: concurrency, pipelining: 1 });
  const prefix = variant === 'obs' ? 'x-obs-' : 'x-amz-';
  const sign: Sign | undefined = variant === 'obs' ? signObs : variant === 'sigv4' ? signV4 : undefined;
  const { host } = new URL(endpoint);
  const source = `/${BUCKET}/${SOURCE_KEY}`;
  const sendRequest = variant === 'dispatch' ? sendByDispatch : sendByRequest;
  const send: Send = (method, path, query, headers, body) => {
    sign?.(method, host, path, query, headers);
    return sendRequest(dispatcher, endpoint, method, query === '' ? path : `${path}?${query}`, headers, body);
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
    await send(
      'POST',
      path,
      `uploadId=${uploadId}`,
      [],
      `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`,
    );
  };
}

async function sendByRequest(
  dispatcher: Pool,
  origin: string,
  method: Dispatcher.HttpMethod,
  path: string,
  headers: string[],
  body?: string,
): Promise<string> {
  const answer = await request(origin + path, { dispatcher, method, headers, body: body ?? null });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text}`);
  return text;
}

function sendByDispatch(
  dispatcher: Pool,
  origin: string,
  method: Dispatcher.HttpMethod,
  path: string,
  headers: string[],
  body?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    let status = 0;
    const handler = {
      onConnect() {},
      onHeaders(statusCode: number) {
        status = statusCode;
        return true;
      },
      onData(chunk: Buffer) {
        text += chunk.toString();
        return true;
      },
      onComplete() {
        if (status >= 300) reject(new Error(`${status} ${text}`));
        else resolve(text);
      },
      onError: reject,
    };
    dispatcher.dispatch({ origin, path, method, headers, body: body ?? null }, handler);
  });
}
