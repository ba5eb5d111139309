import { request } from 'node:http';
import type { TestStore } from '../../src/testing/index.ts';

/** What came back, byte by byte as far as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
}

/** One request over node:http: the path goes out as it is. */
export function sendRaw(
  store: TestStore,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = '',
  timeoutMs?: number,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: store.port,
        method,
        path,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(pieces);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: bytes,
            text: bytes.toString(),
          });
        });
      },
    );
    outgoing.on('error', reject);
    if (timeoutMs !== undefined) {
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    }
    outgoing.end(body);
  });
}

/** The text of the first element of that name. */
export function element(answer: RawAnswer, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.text)?.[1]?.replaceAll('&quot;', '"');
}

/** The code of an `<Error>` document, behind the status. */
export function outcomeOf(answer: RawAnswer): string {
  const code = element(answer, 'Code');
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
}

/** The requests of a multipart copy, one by one, unsigned: for a store with `credentials: false`. */
export function copyRequests(store: TestStore, bucket: string, key: string, dialect: 's3' | 'obs' = 's3') {
  const prefix = dialect === 's3' ? 'x-amz-' : 'x-obs-';
  const path = `/${bucket}/${encodeURIComponent(key)}`;
  // Without a signature, a header has to say which dialect is spoken.
  const spoken = dialect === 's3' ? {} : { 'x-obs-request-payer': 'requester' };
  return {
    create: async (headers: Readonly<Record<string, string>> = {}) => {
      const answer = await sendRaw(store, 'POST', `${path}?uploads`, { ...spoken, ...headers });
      return element(answer, 'UploadId') ?? outcomeOf(answer);
    },
    copyPart: (
      uploadId: string,
      partNumber: number | string,
      source: string,
      range?: string,
      headers: Readonly<Record<string, string>> = {},
    ) =>
      sendRaw(store, 'PUT', `${path}?partNumber=${partNumber}&uploadId=${uploadId}`, {
        [`${prefix}copy-source`]: source,
        ...(range === undefined ? {} : { [`${prefix}copy-source-range`]: range }),
        ...spoken,
        ...headers,
      }),
    complete: (
      uploadId: string,
      parts: readonly (readonly [number, string | undefined])[],
      headers: Readonly<Record<string, string>> = {},
    ) => {
      const listed = parts.map(
        ([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
      return sendRaw(store, 'POST', `${path}?uploadId=${uploadId}`, { ...spoken, ...headers }, body);
    },
    abort: (uploadId: string) => sendRaw(store, 'DELETE', `${path}?uploadId=${uploadId}`, spoken),
    listParts: (uploadId: string, query = '') => sendRaw(store, 'GET', `${path}?uploadId=${uploadId}${query}`, spoken),
    head: (query = '', headers: Readonly<Record<string, string>> = {}) =>
      sendRaw(store, 'HEAD', `${path}${query}`, { ...spoken, ...headers }),
    get: (headers: Readonly<Record<string, string>> = {}) => sendRaw(store, 'GET', path, { ...spoken, ...headers }),
    copyObject: (source: string, headers: Readonly<Record<string, string>> = {}) =>
      sendRaw(store, 'PUT', path, { [`${prefix}copy-source`]: source, ...spoken, ...headers }),
    put: (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
      sendRaw(store, 'PUT', path, { ...spoken, ...headers }, body),
  };
}
