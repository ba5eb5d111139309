import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { authenticate } from '../../src/testing/authenticate.ts';
import { CredentialsBook } from '../../src/testing/credentials-book.ts';
import { routeOperation } from '../../src/testing/route-operation.ts';
import { parseStoreRequest, type StoreRequest } from '../../src/testing/store-request.ts';
import { readVectors, type SignatureVector, type VectorFile } from '../wire/signature-vectors.ts';
import { outcomeOf, sendRaw } from './raw-request.ts';

const vectorFiles = [
  'obs-sdk-obs',
  'obs-sdk-v2',
  'obs-sdk-v2-path',
  'obs-sdk-v4-forced-path',
  'aws-sdk-path',
  'aws-sdk-vhost',
];

const nastyKeys = {
  plain: 'simple.txt',
  special: 'a b+c/ü&=?#%.txt',
  leadingSlash: '/leading/slash.txt',
  dotdot: '../up/./x.txt',
  emoji: 'emoji-😀/文件.bin',
  reserved: 'r!\'()*~;:@$,[]{}|\\^`"<>.txt',
  slashes: 'a//b///c/',
  pct: 'already%20encoded+%2B.txt',
};

function parseVector(vector: SignatureVector): StoreRequest {
  const headers = Object.entries(vector.headers).map(([name, value]) => [name.toLowerCase(), value]);
  return parseStoreRequest(vector.method, vector.path, Object.fromEntries(headers) as Record<string, string>, {
    hosts: ['localhost'],
    isBucket: (name) => name === 'dst-bucket',
  });
}

function admits(file: VectorFile, vector: SignatureVector, request: StoreRequest): boolean {
  const { sessionToken, ...permanent } = file.credentials;
  const book = new CredentialsBook([vector.sts === true ? { ...permanent, sessionToken } : permanent]);
  try {
    return !authenticate(request, book, undefined, Date.parse(file.frozenTime)).anonymous;
  } catch {
    return false;
  }
}

describe.for(vectorFiles)('requests of %s', (name) => {
  const file = readVectors(name);
  // Left raw in a query, a slash is signed by this SDK as it stands; S3 signs it encoded.
  const rawSlash = (vector: SignatureVector): boolean => /\?.*\//.test(vector.path);

  test('bear signatures that are found to be right', () => {
    const refused = file.vectors.filter((vector) => !rawSlash(vector) && !admits(file, vector, parseVector(vector)));
    expect(refused.map(({ id }) => id)).toEqual([]);
    expect(file.vectors.length).toBeGreaterThan(90);
  });

  test('are refused when anything signed is changed', () => {
    const changes: readonly ((request: StoreRequest) => StoreRequest)[] = [
      (request) => ({ ...request, method: request.method === 'PUT' ? 'POST' : 'PUT' }),
      (request) => ({ ...request, rawPath: `${request.rawPath}x` }),
      (request) => ({
        ...request,
        headers: { ...request.headers, date: 'Thu, 29 Feb 2024 12:34:57 GMT', 'x-amz-date': '20240229T123457Z' },
      }),
      (request) => ({
        ...request,
        headers: { ...request.headers, authorization: request.headers.authorization?.replace(/.{4}$/, 'AAA=') },
      }),
    ];
    for (const change of changes) {
      expect(file.vectors.filter((vector) => admits(file, vector, change(parseVector(vector))))).toEqual([]);
    }
  });

  test('name bucket and key as the SDK was told', () => {
    const named = file.vectors.flatMap((vector) => {
      const { bucket, key } = parseVector(vector);
      expect(bucket).toBe('dst-bucket');
      const name = /\/key-(\w+)/.exec(vector.id)?.[1];
      return name === undefined ? [] : [[name, key]];
    });
    expect(Object.fromEntries(named)).toEqual(nastyKeys);
  });

  test('are known as an operation each', () => {
    expect(file.vectors.filter((vector) => routeOperation(parseVector(vector)) === undefined)).toEqual([]);
  });
});

describe('requests to a store with credentials', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await startTestStore({ objects: [{ bucket: 'b', key: 'k', body: 'hello' }], region: 'eu-west-1' });
  });
  afterAll(() => store.close());

  const clientOf = (options: { region?: string; accessKeyId?: string; secretAccessKey?: string } = {}): S3Client => {
    const { accessKeyId, secretAccessKey, sessionToken } = store.credentials;
    return new S3Client({
      endpoint: store.endpoint,
      region: options.region ?? store.region,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: {
        accessKeyId: options.accessKeyId ?? accessKeyId,
        secretAccessKey: options.secretAccessKey ?? secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
      },
    });
  };
  const get = (client: S3Client) => client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));

  test('are answered when signed', async () => {
    const { Body } = await get(clientOf());
    expect(await Body?.transformToString()).toBe('hello');
  });

  test.for([
    ['another secret', { secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ['an unknown key', { accessKeyId: 'NOBODY' }, 'InvalidAccessKeyId'],
    ['another region', { region: 'us-east-1' }, 'AuthorizationHeaderMalformed'],
  ] as const)('are refused when signed with %s', async ([, options, code]) => {
    await expect(get(clientOf(options))).rejects.toMatchObject({ name: code });
  });

  test('are refused when not signed at all', async () => {
    expect(outcomeOf(await sendRaw(store, 'GET', '/b/k'))).toBe('403 AccessDenied');
  });

  test('are refused when the clock is more than 15 minutes off, and told the time', async () => {
    store.setClock(16 * 60_000);
    try {
      const date = new Date().toUTCString();
      const { accessKeyId, secretAccessKey } = store.credentials;
      const signature = createHmac('sha1', secretAccessKey).update(`GET\n\n\n${date}\n/b/k`).digest('base64');
      const headers = { date, authorization: `OBS ${accessKeyId}:${signature}` };
      const answer = await sendRaw(store, 'GET', '/b/k', headers);
      expect(outcomeOf(answer)).toBe('403 RequestTimeTooSkewed');
      expect(Date.parse(answer.headers['date'] ?? '') - Date.now()).toBeGreaterThan(15 * 60_000);
      store.setClock(14 * 60_000);
      expect((await sendRaw(store, 'GET', '/b/k', headers)).text).toBe('hello');
    } finally {
      store.setClock(0);
    }
  });

  test('are refused with credentials that have expired, until new ones come', async () => {
    const old = clientOf();
    const rotated = store.rotateCredentials();
    await expect(get(old)).rejects.toMatchObject({ name: 'ExpiredToken' });
    expect(rotated.sessionToken).toBeDefined();
    await get(clientOf());
    const withoutToken = new S3Client({
      endpoint: store.endpoint,
      region: store.region,
      forcePathStyle: true,
      credentials: { accessKeyId: rotated.accessKeyId, secretAccessKey: rotated.secretAccessKey },
    });
    await expect(get(withoutToken)).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  test('may send their body in chunks with a trailer, which is verified', async () => {
    const body = Buffer.alloc(300_000, 'abc');
    const send = (checksum: string) => {
      const { headers } = signPut(store, '/b/streamed', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(body.length),
        'x-amz-trailer': 'x-amz-checksum-crc32',
      });
      const framed = Buffer.concat([
        Buffer.from(`${(200_000).toString(16)}\r\n`),
        body.subarray(0, 200_000),
        Buffer.from(`\r\n${(100_000).toString(16)}\r\n`),
        body.subarray(200_000),
        Buffer.from(`\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`),
      ]);
      return sendRaw(store, 'PUT', '/b/streamed', headers, framed);
    };
    expect(outcomeOf(await send('AAAAAA=='))).toBe('400 BadDigest');
    expect(outcomeOf(await send(crc32(body)))).toBe('200');
    const object = store.object('b', 'streamed');
    expect(object?.readBody().equals(body)).toBe(true);
    expect(object?.headers).not.toHaveProperty('content-encoding');
    const head = await clientOf().send(
      new HeadObjectCommand({ Bucket: 'b', Key: 'streamed', ChecksumMode: 'ENABLED' }),
    );
    expect(head.ChecksumCRC32).toBe(crc32(body));
  });

  test('may sign each chunk, and are refused where a chunk is changed', async () => {
    const send = (body: string, sentBody: string) => {
      const { headers, seed, sign, amzDate, scope } = signPut(
        store,
        '/b/chunked',
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        {
          'x-amz-decoded-content-length': String(body.length),
        },
      );
      const chunk = (previous: string, text: string) =>
        sign(`AWS4-HMAC-SHA256-PAYLOAD\n${amzDate}\n${scope}\n${previous}\n${sha256('')}\n${sha256(text)}`);
      const first = chunk(seed, body);
      const last = chunk(first, '');
      const framed = `${body.length.toString(16)};chunk-signature=${first}\r\n${sentBody}\r\n0;chunk-signature=${last}\r\n\r\n`;
      return sendRaw(store, 'PUT', '/b/chunked', headers, framed);
    };
    expect(outcomeOf(await send('some bytes', 'some bytes'))).toBe('200');
    expect(store.object('b', 'chunked')?.readBody().toString()).toBe('some bytes');
    expect(outcomeOf(await send('some bytes', 'SOME bytes'))).toBe('403 SignatureDoesNotMatch');
  });

  test('are refused where the body is not the one that was signed', async () => {
    const client = clientOf();
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = 'forged';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(client.send(new PutObjectCommand({ Bucket: 'b', Key: 'f', Body: 'honest' }))).rejects.toMatchObject({
      name: 'XAmzContentSHA256Mismatch',
    });
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The CRC-32 of bytes in Base64, computed bit by bit. */
function crc32(bytes: Buffer): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE(~crc >>> 0);
  return out.toString('base64');
}

/** Signs a PUT step by step, as the specification has it. */
function signPut(store: TestStore, path: string, payloadHash: string, more: Readonly<Record<string, string>>) {
  const { accessKeyId, secretAccessKey, sessionToken } = store.credentials;
  const amzDate = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${amzDate.slice(0, 8)}/${store.region}/s3/aws4_request`;
  const key = [amzDate.slice(0, 8), store.region, 's3', 'aws4_request'].reduce<Buffer>(
    (secret, text) => createHmac('sha256', secret).update(text).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
  const headers: Record<string, string> = {
    ...more,
    host: `127.0.0.1:${store.port}`,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': amzDate,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).toSorted();
  const lines = names.map((name) => `${name}:${headers[name]}`);
  const canonical = ['PUT', path, '', ...lines, '', names.join(';'), payloadHash].join('\n');
  const seed = sign(`AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`);
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${seed}`;
  return { headers, seed, sign, amzDate, scope };
}

describe('presigned URLs', () => {
  interface Signed {
    readonly SignedUrl: string;
  }
  type Sign = (parameters: object) => Signed;
  const ObsClient = createRequire(import.meta.url)('esdk-obs-nodejs') as new (options: object) => {
    createSignedUrlSync: Sign;
    createV4SignedUrlSync: Sign;
  };

  test.for([
    ['obs', 'createSignedUrlSync'],
    ['v2', 'createSignedUrlSync'],
    ['v2', 'createV4SignedUrlSync'],
  ] as const)(
    'of the OBS SDK (%s, %s) are good for one object, one method, and for a while',
    async ([signature, method]) => {
      const store = await startTestStore({
        objects: [{ bucket: 'b', key: 'ü k', body: 'hello' }],
        hosts: ['obs.test'],
      });
      try {
        const client = new ObsClient({
          access_key_id: store.credentials.accessKeyId,
          secret_access_key: store.credentials.secretAccessKey,
          server: 'http://obs.test',
          region: 'us-east-1',
          signature,
          is_signature_negotiation: false,
        });
        await Promise.resolve();
        const url = client[method]({ Method: 'GET', Bucket: 'b', Key: 'ü k', Expires: 60 }).SignedUrl;
        const [, host = '', path = ''] = /^http:\/\/([^/:]+)(?::\d+)?(\/.*)$/.exec(url) ?? [];
        const send = (verb: string, target: string) => sendRaw(store, verb, target, { host });
        expect((await send('GET', path)).text).toBe('hello');
        expect(outcomeOf(await send('DELETE', path))).toBe('403 SignatureDoesNotMatch');
        expect(outcomeOf(await send('GET', path.replace('k?', 'l?')))).toBe('403 SignatureDoesNotMatch');
        store.setClock(61_000);
        expect(outcomeOf(await send('GET', path))).toBe('403 AccessDenied');
      } finally {
        await store.close();
      }
    },
  );
});

test('a store with `credentials: false` lets everybody in', async () => {
  const store = await startTestStore({ credentials: false, objects: [{ bucket: 'b', key: 'k', body: 'x' }] });
  try {
    expect((await sendRaw(store, 'GET', '/b/k')).text).toBe('x');
    expect((await sendRaw(store, 'GET', '/b/k', { authorization: 'OBS NOBODY:nothing' })).text).toBe('x');
  } finally {
    await store.close();
  }
});

test('an object that is public may be read without a signature, and no other', async () => {
  const store = await startTestStore({
    objects: [
      { bucket: 'b', key: 'public', body: 'x', acl: 'public-read' },
      { bucket: 'b', key: 'private', body: 'x' },
    ],
  });
  try {
    expect((await sendRaw(store, 'GET', '/b/public')).text).toBe('x');
    expect(outcomeOf(await sendRaw(store, 'GET', '/b/private'))).toBe('403 AccessDenied');
    expect(outcomeOf(await sendRaw(store, 'PUT', '/b/public', {}, 'y'))).toBe('403 AccessDenied');
  } finally {
    await store.close();
  }
});
