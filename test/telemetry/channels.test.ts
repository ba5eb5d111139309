import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyLargeObject, type CopyTrace, createLimiter, type RequestTrace, s3Store } from '../../src/index.ts';
import { startTestStore, type TestStoreOptions } from '../../src/testing/index.ts';
import { failure } from '../copy/fake-store.ts';
import { endOf, FAST_RETRY, openPromise, setUpCopy } from '../copy/set-up-copy.ts';
import { subscribed } from './subscribed.ts';

const MIB = 1024 * 1024;
const SOURCE = { bucket: 'media', key: 'raw/film.mxf' };
const DESTINATION = { bucket: 'archive', key: 'film.mxf' };

async function setUpServer(more: TestStoreOptions = {}) {
  const server = await startTestStore({
    buckets: ['archive'],
    objects: [{ ...SOURCE, size: 40 * MIB }],
    ...more,
  });
  onTestFinished(() => server.close());
  const { endpoint, credentials, region } = server;
  return {
    store: s3Store({ endpoint, credentials, region }),
    source: SOURCE,
    destination: DESTINATION,
    partSize: 8 * MIB,
    multipartThreshold: 8 * MIB,
    concurrency: 2,
    retry: FAST_RETRY,
    hedge: false,
  };
}

describe('the channel of copies', () => {
  it('tells of a copy as it starts and as it ends, with its task and its result', async () => {
    const told = subscribed('copy-large-object:copy');
    const copy = copyLargeObject(setUpCopy().options);
    const before = Date.now();
    const result = await copy;
    expect(told.map(({ moment }) => moment)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    const [start, end] = [told[0]?.state, told.at(-1)?.state];
    expect(start?.copy).toBe(copy);
    expect(start).toMatchObject({
      store: 'fake',
      source: { bucket: 'src', key: 'a' },
      destination: { bucket: 'dst', key: 'b' },
    });
    expect(start?.durationMs).toBeUndefined();
    expect(Math.abs((start?.startedAt ?? 0) - before)).toBeLessThan(5000);
    expect(end?.result).toBe(result);
    expect(end?.durationMs).toBeGreaterThan(0);
  });

  it('tells what a copy failed with', async () => {
    const told = subscribed('copy-large-object:copy');
    const { fake, options } = setUpCopy();
    fake.objects.clear();
    const { error } = await endOf(copyLargeObject(options));
    expect(told.map(({ moment }) => moment)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(told.at(-1)?.state.error).toBe(error);
  });

  it('gives the task early enough to hear every event of it, and ends once all were heard', async () => {
    const names: string[] = [];
    const subscribers = {
      start: ({ copy }: CopyTrace) => {
        for (const name of ['plan', 'part', 'complete', 'failed'] as const) copy.on(name, () => names.push(name));
      },
      asyncEnd: () => void names.push('asyncEnd'),
    };
    const channel = tracingChannel<unknown, CopyTrace>('copy-large-object:copy');
    channel.start.subscribe(subscribers.start as never);
    channel.asyncEnd.subscribe(subscribers.asyncEnd);
    onTestFinished(() => {
      channel.start.unsubscribe(subscribers.start as never);
      channel.asyncEnd.unsubscribe(subscribers.asyncEnd);
    });
    const { fake, options } = setUpCopy();
    await copyLargeObject(options);
    fake.objects.clear();
    await endOf(copyLargeObject(options));
    const parts = Array.from({ length: 20 }, () => 'part');
    expect(names).toEqual(['plan', ...parts, 'complete', 'asyncEnd', 'failed', 'asyncEnd']);
  });
});

describe('the channel of requests', () => {
  it('tells of each request what was asked, and what was answered', async () => {
    const told = subscribed('copy-large-object:request');
    const { uploadId } = await copyLargeObject(await setUpServer());
    const ended = told.filter(({ moment }) => moment === 'asyncEnd').map(({ state }) => state);
    const count = (name: string): number => ended.filter(({ operation }) => operation === name).length;
    expect(['createMultipartUpload', 'copyPart', 'completeMultipartUpload'].map(count)).toEqual([1, 5, 1]);
    for (const { store, requestId, durationMs, attempt, hedge } of ended) {
      expect({ store, attempt, hedge }).toEqual({ store: 's3', attempt: 1, hedge: false });
      expect(requestId).toMatch(/^\w+$/);
      expect(durationMs).toBeGreaterThan(0);
    }
    const parts = ended.filter(({ operation }) => operation === 'copyPart');
    expect(parts.map(({ partNumber }) => partNumber).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([1, 2, 3, 4, 5]);
    for (const part of parts) {
      expect(part).toMatchObject({ ...DESTINATION, source: SOURCE, uploadId, bytes: 8 * MIB, status: 200 });
    }
    expect(ended[0]).toMatchObject({ ...SOURCE, bytes: undefined, partNumber: undefined, status: 200 });
  });

  it('counts attempts, and gives the status and the id of an answer that is an error', async () => {
    const told = subscribed('copy-large-object:request');
    const options = await setUpServer({
      faults: [{ kind: 'error', status: 500, code: 'InternalError', operation: 'copyPart', partNumber: 2, times: 2 }],
    });
    const copy = copyLargeObject(options);
    const failed: number[] = [];
    copy.on('retry', ({ attempt }) => failed.push(attempt));
    await copy;
    const attempts = told.filter(({ moment, state }) => moment === 'asyncEnd' && state.partNumber === 2);
    expect(attempts.map(({ state }) => [state.attempt, state.status])).toEqual([
      [1, 500],
      [2, 500],
      [3, 200],
    ]);
    expect(failed).toEqual([1, 2]);
    expect(attempts[0]?.state.error).toMatchObject({ code: 'ERR_STORE', requestId: attempts[0]?.state.requestId });
    expect(attempts[0]?.state.requestId).toMatch(/^\w+$/);
  });

  it('tells a duplicate from the request that straggles', async () => {
    const told = subscribed('copy-large-object:request');
    const { promise: never } = openPromise();
    const { options } = setUpCopy(
      {
        hook: ({ operation, request, count }) =>
          operation === 'copyPart' && request['partNumber'] === 3 && count < 10 ? never : undefined,
      },
      { hedge: { minDelayMs: 1, maxRatio: 1 } },
    );
    const copy = copyLargeObject(options);
    const hedged: unknown[] = [];
    copy.on('hedge', (event) => hedged.push(event));
    const { hedges } = await copy;
    expect(hedges).toBe(1);
    const { elapsedMs, ...hedge } = hedged[0] as { elapsedMs: number };
    expect(hedge).toEqual({ partNumber: 3, start: 20, end: 29, size: 10, attempt: 1 });
    expect(elapsedMs).toBeGreaterThan(0);
    const third = told.filter(({ moment, state }) => moment === 'start' && state.partNumber === 3);
    expect(third.map(({ state }) => [state.attempt, state.hedge])).toEqual([
      [1, false],
      [1, true],
    ]);
  });

  it('also tells of the requests of a store that somebody wrote, without a status unless they fail', async () => {
    const told = subscribed('copy-large-object:request');
    const { options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === 'copyPart' && count === 1) throw failure('copyPart', 'transient', 502);
      },
    });
    await copyLargeObject(options);
    const parts = told.filter(({ moment, state }) => moment === 'asyncEnd' && state.operation === 'copyPart');
    expect(parts).toHaveLength(21);
    expect(parts.map(({ state }) => state.status).filter((status) => status !== undefined)).toEqual([502]);
  });

  it('holds no secret', async () => {
    const told = subscribed('copy-large-object:request');
    const credentials = { accessKeyId: 'A', secretAccessKey: 'VerySecretKey', sessionToken: 'VerySecretToken' };
    await copyLargeObject(await setUpServer({ credentials }));
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).not.toMatch(/VerySecret/);
  });
});

/** Binds the destination's key of each copy, as a tracer binds its span. */
function bindKeys(): AsyncLocalStorage<string> {
  const storage = new AsyncLocalStorage<string>();
  const copies = tracingChannel<string, CopyTrace>('copy-large-object:copy');
  copies.start.bindStore(storage, ({ destination }) => destination.key);
  onTestFinished(() => {
    copies.start.unbindStore(storage);
  });
  return storage;
}

describe('a context that a subscriber binds', () => {
  it('follows the copy through its requests and listeners, and ends with it', async () => {
    const storage = bindKeys();
    const seen = new Map<string, Set<string | undefined>>();
    const requests = tracingChannel<unknown, RequestTrace>('copy-large-object:request');
    const note = ({ key = '' }: RequestTrace): void => {
      seen.set(key, (seen.get(key) ?? new Set()).add(storage.getStore()));
    };
    requests.start.subscribe(note as never);
    onTestFinished(() => {
      requests.start.unsubscribe(note as never);
    });
    const { options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === 'copyPart' && count % 7 === 0) throw failure('copyPart', 'transient', 500);
      },
    });
    const destinations = ['x', 'y', 'z'].map((key) => ({ bucket: 'dst', key }));
    const limiter = createLimiter({ maxConcurrency: 2 });
    await Promise.all(destinations.map((destination) => copyLargeObject({ ...options, destination, limiter })));
    for (const { key } of destinations) expect([...(seen.get(key) ?? [])]).toEqual([key]);
    expect(storage.getStore()).toBeUndefined();
  });

  it('is that of the listeners which hear how the copy ends', async () => {
    const storage = bindKeys();
    const heard: unknown[] = [];
    const { fake, options } = setUpCopy();
    for (let times = 0; times < 2; times++) {
      const copy = copyLargeObject(options);
      for (const name of ['plan', 'complete', 'failed'] as const) {
        copy.on(name, () => heard.push([name, storage.getStore()]));
      }
      await endOf(copy);
      fake.objects.clear();
    }
    expect(heard).toEqual([
      ['plan', 'b'],
      ['complete', 'b'],
      ['failed', 'b'],
    ]);
  });
});

describe('a part', () => {
  it('says which request copied it, and when that began', async () => {
    const told = subscribed('copy-large-object:request');
    const copy = copyLargeObject(await setUpServer());
    const parts: { partNumber: number; requestId: string | undefined; startedAt: number; elapsedMs: number }[] = [];
    copy.on('part', (part) => parts.push(part));
    await copy;
    const traces = new Map(told.map(({ message }) => [message.partNumber, message]));
    expect(parts).toHaveLength(5);
    for (const { partNumber, requestId, startedAt } of parts) {
      const trace = traces.get(partNumber);
      expect(requestId).toBe(trace?.requestId);
      expect(Math.abs(startedAt - (trace?.startedAt ?? 0))).toBeLessThan(1000);
    }
  });
});
