import { describe, expect, it } from 'vitest';
import { copyObjects, type CopyObjectsOptions, type CopyStore, type ObjectEntry } from '../../src/index.ts';
import { expectAllCopied, observeRun, setUpRun } from './set-up-run.ts';

describe('objects that are given one by one', () => {
  it('are copied as they come: none waits for the ones behind it', async () => {
    const { testStore, options } = await setUpRun(3);
    let ended: (key: string) => void = () => undefined;
    async function* objects() {
      for (const key of ['t/0', 't/1', 't/2']) {
        const isCopied = new Promise((resolve) => {
          ended = resolve;
        });
        yield { key, destination: { key: `c/${key.slice(2)}` } };
        expect(await isCopied).toBe(key);
      }
    }
    const run = copyObjects({ ...options, source: { bucket: 'src', objects: objects() } });
    run.on('object', ({ source }) => ended(source.key));
    expect(await run).toMatchObject({ copied: 3 });
    expectAllCopied(testStore);
  });

  it.each<[string, Partial<CopyObjectsOptions>, (run: ReturnType<typeof copyObjects>) => void, string]>([
    ['is cancelled', {}, (run) => run.abort(new Error('enough')), 'enough'],
    ['stops at a failure', { onFailure: 'stop' }, () => undefined, 'The run was stopped as 1 object has failed'],
  ])('may never come: a run that %s ends all the same', async (_, more, onEnded, message) => {
    const { options } = await setUpRun(2, {
      faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', key: 'c/t/1' }],
    });
    async function* objects() {
      yield 't/1';
      await new Promise(() => undefined);
    }
    const run = copyObjects({ ...options, ...more, source: { bucket: 'src', objects: objects() } });
    run.on('objectFailed', () => onEnded(run));
    await expect(run).rejects.toThrow(message);
  });

  it('may be closed with an error, which changes nothing once the run has ended', async () => {
    const { options } = await setUpRun(2);
    const objects: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 't/none' }),
        return: () => Promise.reject(new Error('closed badly')),
      }),
    };
    const run = copyObjects({ ...options, source: { bucket: 'src', objects } });
    run.on('object', () => run.abort(new Error('enough')));
    await expect(run).rejects.toThrow('enough');
  });

  it('may all begin with a prefix, which is no part of their names', async () => {
    const { testStore, options } = await setUpRun(10);
    const objects = testStore.keys('src').map((key) => ({ key, size: 100, etag: testStore.object('src', key)?.etag }));
    const unproved: number[] = [];
    const store: CopyStore = {
      ...options.store,
      listObjects: async (request) => {
        unproved.push(run.progress.unproved);
        return options.store.listObjects!(request);
      },
    };
    const run = copyObjects({ ...options, store, source: { bucket: 'src', prefix: 't/', objects } });
    expect(await run).toMatchObject({ copied: 10 });
    expectAllCopied(testStore);
    expect(testStore.stats().operations).toEqual({ copyObject: 10, listObjectsV2: 1 });
    expect([...unproved, run.progress.unproved]).toEqual([10, 0]);
    const wrong = copyObjects({ ...options, source: { bucket: 'src', prefix: 't/', objects: ['t/1', 'other/1'] } });
    await expect(wrong).rejects.toThrow(
      `'source.objects[1].key' must be a whole key that begins with "t/": current value is "other/1"`,
    );
  });

  it('may have ETags in quotes, as clients give them: one request is enough', async () => {
    const { testStore, options } = await setUpRun(10);
    const objects = testStore
      .keys('src')
      .map((key) => ({ key, size: 100, etag: `"${testStore.object('src', key)?.etag}"` }));
    const { result } = await observeRun({ ...options, source: { bucket: 'src', objects } });
    expect(result).toMatchObject({ copied: 10 });
    expect(testStore.stats().operations).toEqual({ copyObject: 10, listObjectsV2: 1 });
  });

  it.each<[unknown, string]>([
    [{ key: 't/1', size: '100' }, `size' must be a whole number from 0 to 2^53 - 1: current value is "100"`],
    [{ key: 't/1', size: -1 }, `size' must be a whole number`],
    [{ key: 't/1', bucket: '' }, `bucket' must be a string that is not empty`],
    [{ key: 't/1', versionId: 7 }, `versionId' must be a string that is not empty: current value is 7`],
    [{ key: 't/1', etag: 5 }, `etag' must be a string: current value is 5`],
    [{ key: 't/1', lastModified: new Date('never') }, `lastModified' must be a valid Date`],
    [{ key: 't/1', destination: 'c/1' }, `destination' must be an object: current value is "c/1"`],
    [
      { key: 't/1', destination: {} },
      `destination.key' must be a string that is not empty: current value is undefined`,
    ],
    [{ name: 't/1' }, `key' must be a string that is not empty: current value is undefined`],
    ['', `key' must be a string that is not empty: current value is ""`],
    [undefined, `must be an object: current value is undefined`],
  ])('are refused if they are none: %j', async (entry, message) => {
    const { testStore, options } = await setUpRun(2);
    const { error } = await observeRun({ ...options, source: { bucket: 'src', objects: [entry as ObjectEntry] } });
    expect(error).toMatchObject({ name: 'CopyOptionsError', message: expect.stringContaining(message) });
    expect(testStore.stats().requests).toBe(0);
  });
});

describe('a function', () => {
  it.each<[string, unknown, string]>([
    ['a key alone', 'c/1', `destination()' must be an object: current value is "c/1"`],
    ['a promise', Promise.resolve({ bucket: 'dst', key: 'c/1' }), `at once: current value is a promise`],
    ['a promise that fails', () => Promise.reject(new Error('no database')), `at once: current value is a promise`],
    ['no key', { bucket: 'dst' }, `key' must be a string`],
    ['null', null, 'must be an object: current value is null'],
  ])('for the destination that gives %s ends the run', async (_, given, message) => {
    const { testStore, options } = await setUpRun(3);
    const destination = typeof given === 'function' ? given : () => given;
    const { error } = await observeRun({ ...options, destination: destination as () => { key: string } });
    expect(error).toMatchObject({ name: 'CopyOptionsError', message: expect.stringContaining(message) });
    expect(testStore.keys('dst')).toEqual([]);
  });

  it('that throws ends the run with its error, and what was copied by then is told', async () => {
    const { testStore, options } = await setUpRun(1500);
    const destination = ({ name }: { name: string }) => {
      if (name === '1200') throw new Error('no place for it');
      return { bucket: 'dst', key: `c/${name}` };
    };
    const { error, objects } = await observeRun({ ...options, destination });
    expect(error).toMatchObject({ message: 'no place for it' });
    expect(objects.length).toBeGreaterThan(0);
    expect(objects.map(({ destination: to }) => String(to?.key)).toSorted()).toEqual(testStore.keys('dst'));
  });

  it('for the destination can sync, keep the key in another bucket, and leave objects out', async () => {
    const { testStore, options } = await setUpRun(12, {
      objects: [{ bucket: 'src', key: 't/parts', size: 30, partSize: 10, lastModified: new Date(0) }],
      buckets: ['dst', 'dst2'],
    });
    const sync = {
      ...options,
      ifExists: 'skip-same',
      destination: ({ key, size }: { key: string; size?: number | undefined }) =>
        key === 't/05' ? undefined : { bucket: size === 30 ? 'dst2' : 'dst', key },
    } as const;
    expect((await observeRun(sync)).result).toMatchObject({ listed: 12, copied: 12 });
    testStore.putObject({ bucket: 'src', key: 't/07', body: 'new' });
    expect((await observeRun(sync)).result).toMatchObject({ listed: 12, copied: 1, skipped: 11 });
    expect(testStore.keys('dst')).toEqual(testStore.keys('src').filter((key) => !/05|parts/.test(key)));
    expect(testStore.keys('dst2')).toEqual(['t/parts']);
  });

  it.each([null, undefined, 0, ''])('for the filter that gives %j leaves the object out', async (given) => {
    const { testStore, options } = await setUpRun(3);
    const filter = ({ name }: { name: string }) => (name === '1' ? true : given) as boolean;
    expect((await observeRun({ ...options, filter })).result).toMatchObject({ listed: 1, copied: 1 });
    expect(testStore.keys('dst')).toEqual(['c/1']);
  });

  it.each([() => Promise.resolve(false), () => Promise.reject(new Error('no database'))])(
    'for the filter that gives a promise ends the run: it would let everything pass',
    async (answer) => {
      const { testStore, options } = await setUpRun(3);
      const filter = answer as unknown as () => boolean;
      const { error } = await observeRun({ ...options, filter });
      expect(error).toMatchObject({ name: 'CopyOptionsError', message: expect.stringContaining('filter') });
      expect(testStore.keys('dst')).toEqual([]);
    },
  );
});
