import { describe, expect, it } from 'vitest';
import { copyObjects, obsStore } from '../../src/index.ts';
import { expectAllCopied, FAST_RETRY, observeRun, setUpRun } from './set-up-run.ts';

const MIB = 1024 * 1024;

describe('a prefix', () => {
  it('is copied by one request for each small object, proved by the listing of the destination', async () => {
    const { testStore, options } = await setUpRun(1200);
    const { result, objects } = await observeRun(options);
    expect(result).toMatchObject({ listed: 1200, copied: 1200, skipped: 0, failed: 0, gone: 0, bytes: 120_000 });
    expect(new Set(objects.map(({ source }) => source.key)).size).toBe(1200);
    expectAllCopied(testStore);
    const { operations, requests } = testStore.stats();
    expect(operations).toEqual({ copyObject: 1200, listObjectsV2: 4 });
    expect(result?.requests).toBe(requests);
  });

  it('with objects of every kind is copied with metadata, tags, parts and odd keys', async () => {
    const { testStore, options } = await setUpRun(120, {
      objects: [
        { bucket: 'src', key: 't/big', size: 100 * MIB, metadata: { a: 'b' }, tags: { c: 'd' } },
        { bucket: 'src', key: 't/empty', size: 0 },
        { bucket: 'src', key: 't/tagged', size: 10, metadata: { a: 'ü' }, tags: { c: 'd' }, contentType: 'text/x' },
        { bucket: 'src', key: 't/in parts', size: 30, partSize: 10 },
        { bucket: 'src', key: 't/dir/', size: 0 },
        { bucket: 'src', key: 't/a//b', size: 5 },
        { bucket: 'src', key: 't/p+q %2F😀\u0001', size: 5 },
        { bucket: 'src', key: 'other', size: 5 },
      ],
    });
    const { result, failures } = await observeRun({ ...options, multipartThreshold: 40 * MIB, partSize: 20 * MIB });
    expect(failures).toEqual([]);
    expect(result).toMatchObject({ listed: 127, copied: 127, bytes: 12_000 + 100 * MIB + 50 });
    expectAllCopied(testStore);
    expect(testStore.stats().operations).toMatchObject({ copyPart: 5 });
    expect(testStore.uploads('dst')).toEqual([]);
  });

  it('may lie under itself: what is copied is not copied again', async () => {
    const { testStore, options } = await setUpRun(5, { objects: [{ bucket: 'src', key: 't/c/old', size: 1 }] });
    const { result, warnings } = await observeRun({ ...options, destination: { bucket: 'src', prefix: 't/c/' } });
    expect(result).toMatchObject({ listed: 5, copied: 5 });
    expect(warnings).toEqual(['DESTINATION_IN_SOURCE']);
    expect(testStore.keys('src').filter((key) => key.startsWith('t/c/'))).toHaveLength(6);
  });

  it('copied over itself is refused, and where a copy would replace what is still to be copied', async () => {
    const { testStore, options } = await setUpRun(0, {
      objects: ['a/b/b/x', 'a/b/x'].map((key) => ({ bucket: 'src', key, body: key })),
    });
    expect(() => copyObjects({ ...options, destination: { bucket: 'src', prefix: 't/' } })).toThrow(
      /name the same objects/,
    );
    const { result, failures } = await observeRun({
      ...options,
      source: { bucket: 'src', prefix: 'a/b/' },
      destination: { bucket: 'src', prefix: 'a/' },
    });
    expect(result).toMatchObject({ copied: 1, failed: 1 });
    expect(failures).toMatchObject([{ source: { key: 'a/b/b/x' }, code: 'DESTINATION_IN_SOURCE' }]);
    expect(testStore.object('src', 'a/b/x')?.size).toBe(5);
  });

  it('is read from one key to another, through a filter', async () => {
    const { testStore, options } = await setUpRun(100);
    await observeRun({
      ...options,
      source: { bucket: 'src', prefix: 't/', startAfter: 't/09', endAt: 't/25' },
      filter: { include: ['1*', '2?'], exclude: ['*{3,4}'] },
    });
    const expected = Array.from({ length: 16 }, (_, index) => `c/${index + 10}`).filter((key) => !/[34]$/.test(key));
    expect(testStore.keys('dst')).toEqual(expected);
  });

  it('on OBS is listed by markers, and its tags are kept', async () => {
    const { testStore, options } = await setUpRun(0, {
      personality: 'obs',
      objects: Array.from({ length: 12 }, (_, index) => ({
        bucket: 'src',
        key: `t/${index}`,
        size: 10,
        tags: { n: String(index) },
      })),
    });
    const { endpoint, credentials } = testStore;
    const { result } = await observeRun({ ...options, store: obsStore({ endpoint, credentials }) });
    expect(result).toMatchObject({ copied: 12 });
    expectAllCopied(testStore);
    expect(testStore.stats().operations).toMatchObject({ listObjects: 1 });
  });
});

describe('what a store does wrong', () => {
  it.each([
    'nothingStored',
    'wrongBytes',
    'errorIn200',
    'noEtagIn200',
    'wrongEtag',
    'resetAfterWork',
    'error',
  ] as const)('%s: every object is copied all the same, and none is reported that is not', async (kind) => {
    const { testStore, options } = await setUpRun(100, {
      faults: [{ kind, operation: 'copyObject', probability: 0.2, maxAttempt: 1 }],
    });
    const { result, failures } = await observeRun(options);
    expect(failures).toEqual([]);
    expect(result).toMatchObject({ copied: 100, failed: 0 });
    expectAllCopied(testStore);
  });

  it('a throttle costs few requests, and no HEAD', async () => {
    const { testStore, options } = await setUpRun(300, {
      faults: [{ kind: 'error', status: 503, code: 'SlowDown', operation: 'copyObject', probability: 0.05 }],
    });
    const { result } = await observeRun(options);
    expect(result).toMatchObject({ copied: 300, failed: 0 });
    expect(testStore.stats().operations).not.toHaveProperty('headObject');
    expectAllCopied(testStore);
  });

  it('one object that can not be copied fails alone', async () => {
    const { testStore, options } = await setUpRun(150, {
      faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', key: 'c/007' }],
    });
    const { result, failures, objects } = await observeRun(options);
    expect(result).toMatchObject({ copied: 149, failed: 1 });
    expect(objects).toHaveLength(149);
    expect(failures).toMatchObject([
      { source: { key: 't/007' }, destination: { key: 'c/007' }, outcome: 'failed', code: 'AccessDenied' },
    ]);
    expect(testStore.object('dst', 'c/007')).toBeUndefined();
  });

  it('an object that was deleted since it was listed is gone, and one that was replaced is copied as it is', async () => {
    const { testStore, options } = await setUpRun(150);
    testStore.setFaults([
      ({ operation, key }) => {
        if (operation !== 'copyObject') return undefined;
        if (key === 'c/003') testStore.deleteObject('src', 't/003');
        if (key === 'c/004' && testStore.object('src', 't/004')?.size === 100) {
          testStore.putObject({ bucket: 'src', key: 't/004', size: 101 });
        }
        return undefined;
      },
    ]);
    const { result, objects } = await observeRun(options);
    expect(result).toMatchObject({ copied: 149, gone: 1, failed: 0 });
    expect(objects.find(({ source }) => source.key === 't/003')).toMatchObject({ outcome: 'gone' });
    expect(testStore.object('dst', 'c/004')?.size).toBe(101);
    expectAllCopied(testStore);
  });

  it('a listing of the destination that is refused costs one warning and a HEAD each', async () => {
    const { testStore, options } = await setUpRun(150, {
      faults: [
        ({ operation, bucket }) =>
          operation.startsWith('listObjects') && bucket === 'dst'
            ? { kind: 'error', status: 403, code: 'AccessDenied' }
            : undefined,
      ],
    });
    const { result, warnings } = await observeRun(options);
    expect(result).toMatchObject({ copied: 150 });
    expect(warnings).toEqual(['LISTING_REFUSED']);
    expect(testStore.stats().operations).toMatchObject({ copyObject: 150, headObject: 150 });
  });

  it('a listing of the source that fails ends the run, and what was copied by then is told', async () => {
    const { options } = await setUpRun(1300, {
      faults: [
        { kind: 'error', status: 403, code: 'AccessDenied', operation: 'listObjectsV2', bucket: 'src', after: 1 },
      ],
    });
    const { error, objects } = await observeRun(options);
    expect(error).toMatchObject({ name: 'StoreError', operation: 'listObjects' });
    expect(objects.length).toBeGreaterThan(0);
  });

  it('a store that ignores the condition on the source proves nothing by it', async () => {
    const { testStore, options } = await setUpRun(150, { personality: 'ceph-rgw' });
    testStore.setFaults([{ kind: 'replaceSource', operation: 'copyObject', key: 'c/005', times: 1 }]);
    const { result } = await observeRun(options);
    expect(result).toMatchObject({ copied: 150, failed: 0 });
    expect(testStore.object('dst', 'c/005')?.etag).toBe(testStore.object('src', 't/005')?.etag);
  });

  it('a store whose listings have no ETags costs more requests, and copies all', async () => {
    const { testStore, options } = await setUpRun(30, { personality: 's3s-fs' });
    const { result } = await observeRun(options);
    expect(result).toMatchObject({ copied: 30, failed: 0 });
    expectAllCopied(testStore);
  });
});

describe('a list', () => {
  it('of keys and of objects is copied, each looked at by HEAD', async () => {
    const { testStore, options } = await setUpRun(10);
    async function* objects() {
      yield 't/1';
      await Promise.resolve();
      yield { key: 't/2', size: 100, etag: testStore.object('src', 't/2')?.etag };
      yield { key: 't/3', destination: { bucket: 'dst', key: 'three', metadata: { a: 'b' } } };
      yield 't/none';
    }
    const { result, objects: told } = await observeRun({
      ...options,
      source: { bucket: 'src', objects: objects() },
      destination: { bucket: 'dst', prefix: 'c/' },
    });
    expect(result).toMatchObject({ listed: 4, copied: 3, gone: 1 });
    expect(testStore.keys('dst')).toEqual(['c/t/1', 'c/t/2', 'three']);
    expect(testStore.object('dst', 'three')?.metadata).toEqual({ a: 'b' });
    expect(told.find(({ outcome }) => outcome === 'gone')?.source.key).toBe('t/none');
  });

  it('goes where a function says; a place that is taken is not written again', async () => {
    const { testStore, options } = await setUpRun(6);
    const { result, failures } = await observeRun({
      ...options,
      destination: ({ name }) => (name === '5' ? undefined : { bucket: 'dst', key: `k${Number(name) % 4}` }),
    });
    expect(result).toMatchObject({ listed: 5, copied: 4, failed: 1 });
    expect(failures).toMatchObject([{ source: { key: 't/4' }, code: 'DESTINATION_COLLISION' }]);
    expect(failures[0]?.message).toContain('src/t/0 goes there, too');
    expect(testStore.provenance('dst', 'k0')).toMatchObject([{ key: 't/0' }]);
  });

  it('that throws ends the run with its error', async () => {
    const { options } = await setUpRun(3);
    function* objects() {
      yield 't/1';
      throw new Error('no more');
    }
    const { error } = await observeRun({ ...options, source: { bucket: 'src', objects: objects() } });
    expect(error).toMatchObject({ message: 'no more' });
  });
});

describe('what stands at the destination', () => {
  const existing = { bucket: 'dst', key: 'c/001', body: 'other' };

  it.each([
    ['overwrite', { copied: 120, skipped: 0, failed: 0 }, 100],
    ['skip', { copied: 119, skipped: 1, failed: 0 }, 5],
    ['fail', { copied: 119, skipped: 0, failed: 1 }, 5],
    ['skip-same', { copied: 120, skipped: 0, failed: 0 }, 100],
  ] as const)('with ifExists %s', async (ifExists, counts, size) => {
    const { testStore, options } = await setUpRun(120, { objects: [existing] });
    const { result } = await observeRun({ ...options, ifExists });
    expect(result).toMatchObject(counts);
    expect(testStore.object('dst', 'c/001')?.size).toBe(size);
  });

  it('is compared by two listings alone, and what is the same is skipped', async () => {
    const { testStore, options } = await setUpRun(1300);
    await observeRun(options);
    testStore.deleteObject('dst', 'c/1000');
    testStore.putObject({ bucket: 'dst', key: 'c/1200', size: 100, seed: 9 });
    const before = testStore.stats().requests;
    const { result, objects } = await observeRun({ ...options, ifExists: 'skip-same' });
    expect(result).toMatchObject({
      listed: 1300,
      copied: 2,
      skipped: 1298,
      requests: testStore.stats().requests - before,
    });
    expect(objects.filter(({ outcome }) => outcome === 'skipped')).toHaveLength(1298);
    expect(result?.requests).toBeLessThan(20);
    expectAllCopied(testStore);
  });

  it('is compared by a HEAD each for a list', async () => {
    const { testStore, options } = await setUpRun(4);
    const list = { ...options, source: { bucket: 'src', objects: ['t/0', 't/1'] }, ifExists: 'skip-same' } as const;
    await observeRun(list);
    const { result } = await observeRun(list);
    expect(result).toMatchObject({ skipped: 2, copied: 0 });
    expect(testStore.stats().operations.copyObject).toBe(2);
  });
});

describe('a run', () => {
  it('is cancelled with the reason of its signal, and sends nothing more', async () => {
    const { testStore, options } = await setUpRun(5000, { latency: 1 });
    const reason = new Error('enough');
    const run = copyObjects(options);
    run.once('progress', () => setTimeout(() => run.abort(reason), 20));
    await expect(run).rejects.toBe(reason);
    await testStore.idle();
    const { requests } = testStore.stats();
    expect(requests).toBeLessThan(5000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(testStore.stats().requests).toBe(requests);
  });

  it('pauses, goes on, and can be given another concurrency', async () => {
    const { testStore, options } = await setUpRun(300, { latency: 1 });
    const run = copyObjects(options);
    run.pause();
    run.concurrency = 3;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(testStore.stats().operations.copyObject).toBeUndefined();
    run.resume();
    expect(await run).toMatchObject({ copied: 300 });
    expect(testStore.stats().maxInFlight).toBeLessThanOrEqual(5);
    expect(run.progress).toMatchObject({ copied: 300, listed: 300, isListed: true, bytesCopied: 30_000, etaMs: 0 });
  });

  it('tells which object takes longest', async () => {
    const { options } = await setUpRun(10, {
      faults: [{ kind: 'delay', operation: 'copyObject', key: 'c/3', delayMs: 400 }],
    });
    const run = copyObjects({ ...options, verify: 'none' });
    let ended = 0;
    let slowest: typeof run.progress.slowest;
    run.on('object', () => {
      if (++ended === 9) ({ slowest } = run.progress);
    });
    await run;
    expect(slowest).toMatchObject({ bucket: 'src', key: 't/3', elapsedMs: expect.any(Number) });
    expect(run.progress.slowest).toBeUndefined();
  });

  it('shares one budget between small objects and parts', async () => {
    const { testStore, options } = await setUpRun(200, {
      latency: 2,
      objects: [1, 2, 3].map((n) => ({ bucket: 'src', key: `t/big${n}`, size: 200 * MIB })),
    });
    const { result } = await observeRun({ ...options, multipartThreshold: 8 * MIB, partSize: 8 * MIB });
    expect(result).toMatchObject({ copied: 203 });
    // A listing, and what each copy in parts sends beside its parts, come on top.
    expect(testStore.stats().maxInFlight).toBeLessThanOrEqual(8 + 4);
    expect(testStore.stats().maxPartsInFlight).toBeLessThanOrEqual(8);
    expectAllCopied(testStore);
  });

  it.each([
    [{ source: { bucket: 'src' }, destination: { bucket: 'dst' }, extra: 1 }, /Unknown option 'extra'/],
    [{ source: { bucket: '' }, destination: { bucket: 'dst' } }, /'source.bucket' of copyObjects must be a string/],
    [{ source: { objects: 5 }, destination: { bucket: 'dst' } }, /'source.objects' of copyObjects must be an iterable/],
    [{ source: { bucket: 'src' }, destination: {} }, /'destination.bucket'/],
    [
      { source: { bucket: 'src' }, destination: { bucket: 'dst' }, filter: { include: ['[a'] } },
      /has a \[ that is not closed/,
    ],
    [{ source: { bucket: 'src' }, destination: { bucket: 'dst' }, concurrency: 0 }, /'concurrency'/],
    [{ source: { bucket: 'src' }, destination: { bucket: 'dst' }, maxFailures: -1 }, /'maxFailures'/],
  ])('with bad options %o is refused at once', async (wrong, message) => {
    const { testStore, options } = await setUpRun(1);
    expect(() => copyObjects({ store: options.store, retry: FAST_RETRY, ...wrong } as never)).toThrow(message);
    expect(testStore.stats().requests).toBe(0);
  });

  it('needs a store that lists, unless it is given a list', async () => {
    const { options } = await setUpRun(2);
    const store = { ...options.store };
    delete store.listObjects;
    expect(() => copyObjects({ ...options, store })).toThrow(/has no listObjects\(\): give source.objects/);
    expect(() => copyObjects({ ...options, store, source: { objects: [] }, verify: 'listing' })).toThrow(/'verify'/);
    const { result } = await observeRun({ ...options, store, source: { bucket: 'src', objects: ['t/0'] } });
    expect(result).toMatchObject({ copied: 1 });
  });
});
