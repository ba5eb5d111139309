import { createHash } from 'node:crypto';
import { createConnection } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startTestStore, type Fault, type FaultRule, type TestStore } from '../../src/testing/index.ts';
import { copyRequests, element, outcomeOf, sendRaw, type RawAnswer } from './raw-request.ts';

const MIB = 1024 ** 2;
let store: TestStore;
afterEach(() => store.close());

/** A store, and an upload to it that has no parts yet. */
async function start(faults: readonly FaultRule[]) {
  store = await startTestStore({
    credentials: false,
    buckets: ['dst'],
    objects: [{ bucket: 'src', key: 'k', size: 6 * MIB }],
  });
  const requests = copyRequests(store, 'dst', 'k');
  const uploadId = await requests.create();
  store.setFaults(faults);
  return { ...requests, uploadId, part: () => requests.copyPart(uploadId, 1, 'src/k') };
}

const partsLanded = (): number | undefined => store.uploads('dst')[0]?.parts;

test.for(['slowDrip', 'truncate', 'whitespace', 'noEtagIn200'] as const)(
  '%s leaves the size in the answer to HEAD',
  async (kind) => {
    await start([{ kind, delayMs: 1 }]);
    const { status, headers } = await sendRaw(store, 'HEAD', '/src/k');
    expect([status, headers['content-length']]).toEqual([200, String(6 * MIB)]);
  },
);

describe('faults that answer', () => {
  const cases: readonly (readonly [Fault, string, number])[] = [
    [{ kind: 'error' }, '500 InternalError', 0],
    [{ kind: 'error', status: 503, code: 'SlowDown' }, '503 SlowDown', 0],
    [{ kind: 'errorAfterWork', status: 500 }, '500 InternalError', 1],
    [{ kind: 'errorIn200', code: 'InternalError' }, '200 InternalError', 0],
    [{ kind: 'errorIn200', afterWork: true }, '200 InternalError', 1],
    [{ kind: 'garbageIn200' }, '200', 0],
    [{ kind: 'emptyIn200' }, '200', 0],
    [{ kind: 'emptyIn200', afterWork: true }, '200', 1],
    [{ kind: 'noEtagIn200' }, '200', 1],
    [{ kind: 'wrongEtag' }, '200', 1],
    [{ kind: 'xmlBomb' }, '200', 0],
    [{ kind: 'deepXml' }, '200', 0],
    [{ kind: 'slowDrip', delayMs: 40 }, '200', 1],
    [{ kind: 'whitespace', delayMs: 60 }, '200', 1],
    [{ kind: 'whitespace', delayMs: 20, code: 'InternalError' }, '200 InternalError', 1],
    [{ kind: 'delay', delayMs: 5 }, '200', 1],
    [{ kind: 'qosDelay', delayMs: 5 }, '200', 1],
    [{ kind: 'loseUpload' }, '404 NoSuchUpload', 0],
    [{ kind: 'redirect', location: 'http://127.0.0.1:1/' }, '307 TemporaryRedirect', 0],
    [{ kind: 'redirect', status: 301, endpoint: 'e' }, '301 PermanentRedirect', 0],
  ];

  test.for(cases)('%o: %s', async ([fault, outcome, landed]) => {
    const { part } = await start([fault]);
    expect(outcomeOf(await part())).toBe(outcome);
    expect(partsLanded() ?? 0).toBe(landed);
    expect(store.stats().faults).toEqual({ [fault.kind]: 1 });
  });

  test('errors say how long to wait', async () => {
    const { part } = await start([{ kind: 'error', status: 503, code: 'SlowDown', retryAfterSeconds: 7 }]);
    expect((await part()).headers['retry-after']).toBe('7');
  });

  test('garbage is a page of HTML', async () => {
    const { part } = await start([{ kind: 'garbageIn200' }]);
    const answer = await part();
    expect(answer.headers['content-type']).toBe('text/html');
    expect(answer.text).toMatch(/^<html>/);
  });

  test('ETags are left out, or changed while the part is what it was', async () => {
    const { part, uploadId, complete } = await start([
      { kind: 'noEtagIn200', times: 1 },
      { kind: 'wrongEtag', times: 1 },
    ]);
    expect(element(await part(), 'ETag')).toBeUndefined();
    const wrong = element(await part(), 'ETag');
    const right = element(await part(), 'ETag');
    expect(wrong).toMatch(/^"[0-9a-f]{32}"$/);
    expect(wrong).not.toBe(right);
    expect(outcomeOf(await complete(uploadId, [[1, wrong]]))).toBe('400 InvalidPart');
    expect(outcomeOf(await complete(uploadId, [[1, right]]))).toBe('200');
  });

  test('an ETag is changed in a header too', async () => {
    const { head } = await start([{ kind: 'wrongEtag', operation: 'headObject', times: 1 }]);
    store.putObject({ bucket: 'dst', key: 'k', body: 'x' });
    const [first, second] = [await head(), await head()];
    expect(first.headers['etag']).not.toBe(second.headers['etag']);
  });

  test('a suffix follows the error document', async () => {
    const { part } = await start([{ kind: 'errorIn200', suffix: '\n' }]);
    expect((await part()).text).toMatch(/<\/Error>\n$/);
  });

  test('blanks come before the result', async () => {
    const { part } = await start([{ kind: 'whitespace', delayMs: 60 }]);
    expect((await part()).text).toMatch(/^<\?xml [^>]*\?>[\n ]{4,}<CopyPartResult/);
  });

  test('a delay for quality of service is announced', async () => {
    const { part } = await start([{ kind: 'qosDelay', delayMs: 12 }]);
    expect((await part()).headers['x-obs-qos-delay-time']).toBe('12');
  });

  test('a redirect names the place', async () => {
    const { part } = await start([
      { kind: 'redirect', status: 301, location: 'http://elsewhere/', endpoint: 'elsewhere', region: 'eu-west-1' },
    ]);
    const { headers, text } = await part();
    expect(headers).toMatchObject({ location: 'http://elsewhere/', 'x-amz-bucket-region': 'eu-west-1' });
    expect(text).toContain('<Endpoint>elsewhere</Endpoint>');
  });

  test('a huge body is as huge as was asked', async () => {
    const { part } = await start([{ kind: 'hugeBody', bytes: 3 * MIB }]);
    expect((await part()).body.length).toBe(3 * MIB);
  });

  test('a bomb is small, and a deep document deep', async () => {
    const { part } = await start([{ kind: 'xmlBomb', times: 1 }, { kind: 'deepXml' }]);
    expect((await part()).text).toMatch(/<!ENTITY e9 "(&e8;){10}">/);
    expect((await part()).text.startsWith('<a>'.repeat(100_000))).toBe(true);
  });
});

describe('faults that cut or leave the connection', () => {
  const cases: readonly (readonly [Fault, RegExp, number])[] = [
    [{ kind: 'reset' }, /ECONNRESET|socket hang up/, 0],
    [{ kind: 'resetAfterWork' }, /ECONNRESET|socket hang up/, 1],
    [{ kind: 'truncate' }, /aborted/, 1],
    [{ kind: 'stall' }, /no answer within/, 0],
    [{ kind: 'stallAfterWork' }, /no answer within/, 1],
  ];

  test.for(cases)('%o', async ([fault, message, landed]) => {
    const { uploadId } = await start([fault]);
    const headers = { 'x-amz-copy-source': 'src/k' };
    const sent = sendRaw(store, 'PUT', `/dst/k?partNumber=1&uploadId=${uploadId}`, headers, '', 100);
    await expect(sent).rejects.toThrow(message);
    expect(partsLanded()).toBe(landed);
  });

  test('a truncated body had announced its whole length', async () => {
    await start([{ kind: 'truncate' }]);
    store.setFaults([{ kind: 'truncate', operation: 'getObjectAcl' }]);
    const seen = await new Promise<string>((resolve, reject) => {
      const socket = createConnectionTo(store.port, reject);
      socket.write(`GET /src/k?acl HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      let text = '';
      socket.on('data', (piece: Buffer) => (text += piece.toString()));
      socket.on('close', () => resolve(text));
    });
    const [head = '', body = ''] = seen.split('\r\n\r\n');
    const announced = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(body.length).toBeGreaterThan(0);
    expect(body.length).toBeLessThan(announced);
  });

  test('closing the store ends a request that is never answered', async () => {
    const { part } = await start([{ kind: 'stall' }]);
    const ended = part().then(
      () => 'an answer',
      (error: Error) => error.message,
    );
    await expect.poll(() => store.stats().faults).toEqual({ stall: 1 });
    await store.close();
    expect(await ended).toMatch(/ECONNRESET|socket hang up/);
  });
});

describe('faults that change the store', () => {
  test('the source is replaced before the part is copied', async () => {
    const { part, uploadId, complete } = await start([{ kind: 'replaceSource', operation: 'copyPart' }]);
    const before = store.object('src', 'k')?.etag;
    const answer = await part();
    expect(store.object('src', 'k')?.etag).not.toBe(before);
    expect(store.object('src', 'k')?.size).toBe(6 * MIB);
    await complete(uploadId, [[1, element(answer, 'ETag')]]);
    expect(store.provenance('dst', 'k')).toMatchObject([{ key: 'k', etag: store.object('src', 'k')?.etag }]);
  });

  test('a replaced source fails a part that is pinned', async () => {
    const { copyPart, uploadId } = await start([{ kind: 'replaceSource' }]);
    const etag = store.object('src', 'k')?.etag ?? '';
    const answer = await copyPart(uploadId, 1, 'src/k', undefined, { 'x-amz-copy-source-if-match': `"${etag}"` });
    expect(outcomeOf(answer)).toBe('412 PreconditionFailed');
  });

  test('the clock is set, and stays so', async () => {
    await start([]);
    await store.close();
    store = await startTestStore({
      objects: [{ bucket: 'b', key: 'k', body: 'x' }],
      faults: [{ kind: 'skewedClock', times: 1 }],
    });
    const { S3Client, HeadObjectCommand, GetObjectCommand } = await import('@aws-sdk/client-s3');
    const { endpoint, region, credentials } = store;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
    const name = { Bucket: 'b', Key: 'k' };
    await expect(client.send(new GetObjectCommand(name))).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    // This SDK sets its clock by the Date header of the refusal.
    await client.send(new HeadObjectCommand(name));
  });

  test('the token expires, until it is rotated', async () => {
    await start([]);
    await store.close();
    store = await startTestStore({
      objects: [{ bucket: 'b', key: 'k', body: 'x' }],
      faults: [{ kind: 'expiredToken', times: 1 }],
    });
    const { S3Client, GetObjectCommand } = await import('@aws-sdk/client-s3');
    const get = () =>
      new S3Client({
        endpoint: store.endpoint,
        region: store.region,
        credentials: store.credentials,
        forcePathStyle: true,
        maxAttempts: 1,
      }).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
    await expect(get()).rejects.toMatchObject({ name: 'ExpiredToken' });
    await expect(get()).rejects.toMatchObject({ name: 'ExpiredToken' });
    store.rotateCredentials();
    await get();
  });
});

describe('rules strike', () => {
  const send = async (count: number, ask: () => Promise<RawAnswer>): Promise<string> => {
    let outcomes = '';
    for (let index = 0; index < count; index += 1) outcomes += (await ask()).status === 500 ? 'x' : '.';
    return outcomes;
  };
  const head = () => sendRaw(store, 'HEAD', '/src/k');

  test.for([
    [{ kind: 'error' }, 'xxxxx'],
    [{ kind: 'error', times: 2 }, 'xx...'],
    [{ kind: 'error', after: 1 }, '.xxxx'],
    [{ kind: 'error', after: 2, times: 1 }, '..x..'],
    [{ kind: 'error', attempt: 2 }, '.x...'],
    [{ kind: 'error', maxAttempt: 3 }, 'xxx..'],
    [{ kind: 'error', operation: 'copyPart' }, '.....'],
    [{ kind: 'error', operation: ['copyPart', 'headObject'] }, 'xxxxx'],
    [{ kind: 'error', bucket: 'src', key: 'k' }, 'xxxxx'],
    [{ kind: 'error', key: 'other' }, '.....'],
    [{ kind: 'error', partNumber: 1 }, '.....'],
  ] as const)('%o: %s', async ([rule, expected]) => {
    await start([rule]);
    expect(await send(5, head)).toBe(expected);
  });

  test('by chance, the same for the same seed', async () => {
    const outcomes: string[] = [];
    for (const seed of [1, 1, 2]) {
      store = await startTestStore({
        credentials: false,
        seed,
        objects: [{ bucket: 'src', key: 'k', size: 1 }],
        faults: [{ kind: 'error', probability: 0.5 }],
      });
      outcomes.push(await send(40, head));
      await store.close();
    }
    expect(outcomes[0]).toBe(outcomes[1]);
    expect(outcomes[0]).not.toBe(outcomes[2]);
    expect(outcomes[0]).toMatch(/x/);
    expect(outcomes[0]).toMatch(/\./);
  });

  test('as a function decides', async () => {
    await start([]);
    const seen: unknown[] = [];
    store.setFaults([
      (request) => {
        seen.push([request.operation, request.bucket, request.key, request.partNumber, request.attempt]);
        return request.partNumber === 2 ? { kind: 'error', status: 599 } : undefined;
      },
    ]);
    const { copyPart } = copyRequests(store, 'dst', 'k');
    const uploadId = store.uploads('dst')[0]?.uploadId ?? '';
    expect((await copyPart(uploadId, 1, 'src/k')).status).toBe(200);
    expect((await copyPart(uploadId, 2, 'src/k')).status).toBe(599);
    expect((await copyPart(uploadId, 2, 'src/k')).status).toBe(599);
    expect(seen).toEqual([
      ['copyPart', 'dst', 'k', 1, 1],
      ['copyPart', 'dst', 'k', 2, 1],
      ['copyPart', 'dst', 'k', 2, 2],
    ]);
  });

  test('never when misspelt: the store refuses to start', async () => {
    await start([]);
    const wrong: readonly [object, string][] = [
      [{ faults: [{ kind: 'explode' }] }, "Option 'faults[0].kind' of startTestStore must be one of 'error', "],
      [
        { faults: [{ kind: 'error', operation: 'uploadPartCopy' }] },
        "'faults[0].operation' of startTestStore must be one of 'headObject', ",
      ],
      [{ personality: 'r9' }, "'personality' of startTestStore must be one of 'aws', "],
      [{ latencies: 5 }, "Unknown option 'latencies' of startTestStore: known are port, credentials, region, "],
      [
        { faults: [{ kind: 'error', opertion: 'copyPart' }] },
        "Unknown option 'faults[0].opertion' of startTestStore: did you mean 'operation'? Known are kind, operation",
      ],
      [
        { objects: [{ bucket: 'b', key: 'k', sise: 5 }] },
        "'objects[0].sise' of startTestStore: did you mean 'size'? Known are bucket, key, size",
      ],
      [
        { objects: [{ bucket: 'b', key: 'k', size: 5, objectLock: { until: 5 } }] },
        "Unknown option 'objects[0].objectLock.until' of startTestStore: known are mode, retainUntil, ",
      ],
      [
        { limits: { minPartsize: 5 } },
        "'limits.minPartsize' of startTestStore: did you mean 'minPartSize'? Known are minPartSize",
      ],
      [
        { throttle: { requestsPerSecond: 5 } },
        "'throttle.requestsPerSecond' of startTestStore: known are maxRequestsPer",
      ],
      [
        { buckets: [{ name: 'b', versions: true }] },
        "Unknown option 'buckets[0].versions' of startTestStore: known are name, ",
      ],
      [
        { credentials: { accessKeyId: 'a', secretAccessKey: 's', token: 't' } },
        "Unknown option 'credentials.token' of startTestStore: known are accessKeyId, ",
      ],
      [{ latency: { copypart: 5 } }, "Unknown option 'latency.copypart' of startTestStore: did you mean 'copyPart'?"],
      [
        { latency: { medianMs: 5, sigmas: 1 } },
        "Unknown option 'latency.sigmas' of startTestStore: did you mean 'sigma'?",
      ],
    ];
    for (const [options, message] of wrong) await expect(startTestStore(options)).rejects.toThrow(message);
    const misspelt = { kind: 'error', opertion: 'copyPart' } as FaultRule;
    expect(() => store.setFaults([misspelt])).toThrow("Unknown option 'faults[0].opertion' of setFaults");
    expect(() => store.setFaults([{ kind: 'explode' } as unknown as FaultRule])).toThrow(
      "Option 'faults[0].kind' of setFaults must be one of",
    );
    const object = { bucket: 'dst', key: 'k', size: 1, tag: 'x' };
    expect(() => store.putObject(object)).toThrow("Unknown option 'object.tag' of putObject: did you mean 'tags'?");
  });
});

function createConnectionTo(port: number, onError: (error: Error) => void) {
  const socket = createConnection(port, '127.0.0.1');
  socket.on('error', onError);
  return socket;
}

describe('work that goes on behind an answer', () => {
  test.for([
    [{ kind: 'errorBeforeWork', status: 504, code: 'GatewayTimeout' }, /^504 GatewayTimeout$/],
    [{ kind: 'resetBeforeWork' }, /ECONNRESET|socket hang up/],
    [{ kind: 'delay' }, /no answer within/],
  ] as const)(
    '%o: nothing is done when the client is told, and all is when the store is idle',
    async ([fault, told]) => {
      const { uploadId } = await start([{ ...fault, delayMs: 200 }]);
      const query = `partNumber=1&uploadId=${uploadId}`;
      const answer = sendRaw(store, 'PUT', `/dst/k?${query}`, { 'x-amz-copy-source': 'src/k' }, '', 50);
      expect(await answer.then(outcomeOf, String)).toMatch(told);
      expect(partsLanded()).toBe(0);
      await store.idle();
      expect(partsLanded()).toBe(1);
    },
  );

  test('a request that is never answered leaves the store idle', async () => {
    const { uploadId } = await start([{ kind: 'stall' }]);
    const query = `partNumber=1&uploadId=${uploadId}`;
    await expect(sendRaw(store, 'PUT', `/dst/k?${query}`, {}, '', 20)).rejects.toThrow('no answer within');
    await store.idle();
    expect(partsLanded()).toBe(0);
  });

  test('closing the store ends the wait', async () => {
    const { part } = await start([{ kind: 'delay', delayMs: 60_000 }]);
    const lost = part().catch(String);
    await vi.waitFor(() => expect(store.stats().faults).toEqual({ delay: 1 }));
    const idle = store.idle();
    await store.close();
    await idle;
    expect(await lost).toMatch(/ECONNRESET|socket hang up/);
  });
});

describe('faults of what is stored', () => {
  /** The answer of a copy of `src/k` over an older object, and of a second attempt. */
  async function copyOver(kind: 'nothingStored' | 'wrongBytes', how: 'copyObject' | 'completeMultipartUpload') {
    const { uploadId, part, complete, copyObject } = await start([{ kind, operation: how, times: 1 }]);
    store.putObject({ bucket: 'dst', key: 'k', body: 'older' });
    if (how === 'copyObject') return copyObject('src/k');
    return complete(uploadId, [[1, element(await part(), 'ETag')]]);
  }

  test.for([
    ['copyObject', /^"[0-9a-f]{32}"$/],
    ['completeMultipartUpload', /^"[0-9a-f]{32}-1"$/],
  ] as const)('%s answers 200 with an ETag, and the older object stays', async ([how, etag]) => {
    const answer = await copyOver('nothingStored', how);
    expect(outcomeOf(answer)).toBe('200');
    expect(element(answer, 'ETag')).toMatch(etag);
    expect(store.object('dst', 'k')?.readBody().toString()).toBe('older');
    expect(store.stats().faults).toEqual({ nothingStored: 1 });
  });

  test('a Complete that stored nothing leaves no object and no upload, and is not known later', async () => {
    const { uploadId, part, complete, listParts } = await start([
      { kind: 'nothingStored', operation: 'completeMultipartUpload', times: 1 },
    ]);
    const etag = element(await part(), 'ETag');
    expect(outcomeOf(await complete(uploadId, [[1, etag]]))).toBe('200');
    expect([store.object('dst', 'k'), store.uploads('dst')]).toEqual([undefined, []]);
    expect(outcomeOf(await listParts(uploadId))).toBe('404 NoSuchUpload');
    expect(outcomeOf(await complete(uploadId, [[1, etag]]))).toBe('404 NoSuchUpload');
  });

  test('a part that was not stored is missing at Complete', async () => {
    const { uploadId, part, complete } = await start([{ kind: 'nothingStored', operation: 'copyPart' }]);
    expect(outcomeOf(await complete(uploadId, [[1, element(await part(), 'ETag')]]))).toBe('400 InvalidPart');
  });

  test.for(['copyObject', 'completeMultipartUpload'] as const)(
    '%s stores wrong bytes of the right size, with the ETag that belongs to them',
    async (how) => {
      const wrong = await copyOver('wrongBytes', how);
      const stored = store.object('dst', 'k');
      expect([outcomeOf(wrong), element(wrong, 'ETag')]).toEqual(['200', `"${stored?.etag}"`]);
      expect(store.provenance('dst', 'k')).toMatchObject([{ start: 0, end: 6 * MIB - 1, bucket: 'dst', key: 'k' }]);
      const md5 = createHash('md5')
        .update(stored?.readBody() ?? '')
        .digest();
      const etag = how === 'copyObject' ? md5.toString('hex') : `${createHash('md5').update(md5).digest('hex')}-1`;
      expect(stored?.etag).toBe(etag);
      expect(stored?.size).toBe(6 * MIB);
    },
  );

  test('a part of wrong bytes makes an object that shows them', async () => {
    const { uploadId, part, complete } = await start([{ kind: 'wrongBytes', operation: 'copyPart' }]);
    expect(outcomeOf(await complete(uploadId, [[1, element(await part(), 'ETag')]]))).toBe('200');
    expect(store.provenance('dst', 'k')[0]?.bucket).toBe('dst');
  });
});
