import { createHash, createHmac } from 'node:crypto';

import { ACCESS_KEY, REGION } from './driver.ts';

export type Sign = (method: string, host: string, path: string, query: string, headers: string[]) => void;

/** OBS's own signature, as plain as it can be. Adds headers. */
export const signObs: Sign = (method, _host, path, query, headers) => {
  const date = new Date().toUTCString();
  let canonical = '';
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.startsWith('x-obs-')) canonical += `${headers[i]}:${headers[i + 1]}\n`;
  const text = `${method}\n\n\n${date}\n${canonical}${path}?${query}`;
  const signature = createHmac('sha1', ACCESS_KEY.secretAccessKey).update(text).digest('base64');
  headers.push('date', date, 'authorization', `OBS ${ACCESS_KEY.accessKeyId}:${signature}`);
};

let keyDay = '';
let key: Buffer = Buffer.alloc(0);

/** SigV4 with the day's key kept. Adds headers. */
export const signV4: Sign = (method, host, path, query, headers) => {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${REGION}/s3/aws4_request`;
  if (day !== keyDay) {
    keyDay = day;
    key = Buffer.from(`AWS4${ACCESS_KEY.secretAccessKey}`);
    for (const step of [day, REGION, 's3', 'aws4_request']) key = createHmac('sha256', key).update(step).digest();
  }
  headers.push('x-amz-content-sha256', 'UNSIGNED-PAYLOAD', 'x-amz-date', time);
  const pairs: [string, string][] = [['host', host]];
  for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i]!, headers[i + 1]!]);
  pairs.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const names = pairs.map(([name]) => name).join(';');
  const lines = pairs.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = `${method}\n${path}\n${query}\n${lines}\n${names}\nUNSIGNED-PAYLOAD`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const credential = `${ACCESS_KEY.accessKeyId}/${scope}`;
  headers.push(
    'authorization',
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  );
};
