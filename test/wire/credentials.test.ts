import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CredentialProvider, ExpiringCredentials } from '../../src/wire/credentials.ts';
import { s3Store } from '../../src/wire/http-store.ts';
import {
  type Answer,
  COPY_PART_RESULT,
  type SeenRequest,
  answer,
  errorDocument,
  startScriptedServer,
} from './scripted-server.ts';

const part = { bucket: 'b', key: 'k', uploadId: 'u', partNumber: 1, source: { bucket: 's', key: 'k' } };
const ok = answer(200, COPY_PART_RESULT);
const MINUTE_MS = 60_000;

const tokenOf = ({ headers }: SeenRequest): string | undefined => headers['x-amz-security-token'];
const expired =
  (...tokens: readonly string[]): Answer =>
  (seen, ...rest) =>
    (tokens.includes(tokenOf(seen) ?? '') ? answer(400, errorDocument('ExpiredToken')) : ok)(seen, ...rest);

function keyWith(sessionToken: string, expiration?: ExpiringCredentials['expiration']): ExpiringCredentials {
  return { accessKeyId: 'AKIA', secretAccessKey: 'secret-of-it', sessionToken, expiration };
}

/** Lets answers of a provider that nobody waits for arrive. */
async function turnOfTheLoop(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('credentials that will run out', () => {
  // Only what tells the time: requests are sent for real.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.parse('2026-01-02T03:04:05Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are used to their end while a refresh fails, which is tried again', async () => {
    const server = await startScriptedServer(ok);
    let calls = 0;
    let isDown = false;
    const store = s3Store({
      endpoint: server.endpoint,
      credentials: async () => {
        calls++;
        if (isDown) throw new Error('metadata service down');
        return Promise.resolve(keyWith(`token${calls}`, new Date(Date.now() + 10 * MINUTE_MS)));
      },
    });
    await store.copyPart(part);
    isDown = true;
    // In their last minute: one call at a time, not one for each request.
    vi.advanceTimersByTime(9.5 * MINUTE_MS);
    await Promise.all(Array.from({ length: 5 }, () => store.copyPart(part)));
    await turnOfTheLoop();
    await store.copyPart(part);
    expect(calls).toBe(2);
    vi.advanceTimersByTime(5000);
    await store.copyPart(part);
    expect(calls).toBe(3);
    expect(server.seen.map(tokenOf)).toEqual(Array.from({ length: 8 }, () => 'token1'));
    // Run out for good: now the failure counts, until the provider is well again.
    vi.advanceTimersByTime(MINUTE_MS);
    await expect(store.copyPart(part)).rejects.toMatchObject({ kind: 'transient', vendorCode: 'CredentialsError' });
    isDown = false;
    await store.copyPart(part);
    expect(tokenOf(server.seen.at(-1) as SeenRequest)).toBe('token5');
  });

  it('are refreshed beside the requests, which do not wait for it', async () => {
    const server = await startScriptedServer(ok);
    let deliver = (_credentials: ExpiringCredentials): void => {};
    let calls = 0;
    const expiration = (): string => new Date(Date.now() + 10 * MINUTE_MS).toISOString();
    const store = s3Store({
      endpoint: server.endpoint,
      credentials: () =>
        ++calls === 1
          ? Promise.resolve(keyWith('first', expiration()))
          : new Promise((resolve) => {
              deliver = resolve;
            }),
    });
    await store.copyPart(part);
    vi.advanceTimersByTime(9.5 * MINUTE_MS);
    await store.copyPart(part);
    deliver(keyWith('second', expiration()));
    await turnOfTheLoop();
    await store.copyPart(part);
    expect(server.seen.map(tokenOf)).toEqual(['first', 'first', 'second']);
    expect(calls).toBe(2);
  });

  it('may have null for never', async () => {
    const server = await startScriptedServer(ok);
    const credentials = vi.fn<CredentialProvider>(async () => Promise.resolve(keyWith('token', null)));
    const store = s3Store({ endpoint: server.endpoint, credentials });
    await store.copyPart(part);
    vi.advanceTimersByTime(1e12);
    await store.copyPart(part);
    expect(credentials).toHaveBeenCalledTimes(1);
  });

  it.each([1_767_323_045, 1_767_323_045_000, 'soon', {}])('never at a time like %j', async (expiration) => {
    const server = await startScriptedServer(ok);
    const credentials = async (): Promise<ExpiringCredentials> =>
      Promise.resolve(keyWith('token', expiration as never));
    const pending = s3Store({ endpoint: server.endpoint, credentials }).copyPart(part);
    await expect(pending).rejects.toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining("'credentials().expiration' must be a Date or text that Date reads") as string,
    });
    expect(server.seen).toHaveLength(0);
  });

  it.each([
    // The store tells its time with the first answer.
    ['that the store corrects', true, 1],
    ['that nobody corrects', false, 2],
  ])('are not fetched for every request where they look run out by a clock %s', async (_name, corrects, calls) => {
    const aheadMs = 120 * MINUTE_MS;
    const server = await startScriptedServer((seen, ...rest) => {
      const storeTimeMs = Date.now() - aheadMs;
      const date = new Date(storeTimeMs).toUTCString();
      const signedMs = Date.parse(
        (seen.headers['x-amz-date'] ?? '').replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'),
      );
      const isSkewed = corrects && Math.abs(signedMs - storeTimeMs) > 15 * MINUTE_MS;
      const send = isSkewed ? answer(403, errorDocument('RequestTimeTooSkewed'), { date }) : ok;
      send(seen, ...rest);
    });
    const credentials = vi.fn<CredentialProvider>(async () =>
      Promise.resolve(keyWith('token', new Date(Date.now() - aheadMs + 60 * MINUTE_MS))),
    );
    const store = s3Store({ endpoint: server.endpoint, credentials });
    for (let request = 0; request < 10; request++) await store.copyPart(part);
    expect(credentials).toHaveBeenCalledTimes(calls);
  });
});

describe('credentials that the store calls run out', () => {
  it('are asked for again past what a provider of the AWS SDK remembers', async () => {
    const server = await startScriptedServer(expired('token1'));
    let fetched = 0;
    const { config } = new S3Client({
      region: 'eu-west-1',
      credentials: async () =>
        Promise.resolve({
          accessKeyId: 'AKIA',
          secretAccessKey: 'secret-of-it',
          sessionToken: `token${++fetched}`,
          expiration: new Date(Date.now() + 60 * MINUTE_MS),
        }),
    });
    const store = s3Store({ endpoint: server.endpoint, credentials: config.credentials });
    await Promise.all(Array.from({ length: 5 }, () => store.copyPart(part)));
    expect(fetched).toBe(2);
    // Without a refusal nothing is forced.
    await store.copyPart(part);
    expect(fetched).toBe(2);
  });
});

describe('a provider that does not answer', () => {
  it('spoils the requests that wait for it, and no later ones', async () => {
    const server = await startScriptedServer(ok);
    let calls = 0;
    const store = s3Store({
      endpoint: server.endpoint,
      requestTimeoutMs: 30,
      credentials: () => (++calls === 1 ? new Promise(() => {}) : Promise.resolve(keyWith('token'))),
    });
    const lost = await Promise.allSettled([store.copyPart(part), store.copyPart(part)]);
    expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await store.copyPart({ ...part, timeoutMs: 10_000 });
    expect(calls).toBe(2);
  });

  it('may take longer than a request waits, as its answer is kept', async () => {
    const server = await startScriptedServer(ok);
    let deliver = (_credentials: ExpiringCredentials): void => {};
    const first = new Promise<ExpiringCredentials>((resolve) => {
      deliver = resolve;
    });
    let calls = 0;
    const store = s3Store({
      endpoint: server.endpoint,
      credentials: () => (++calls === 1 ? first : new Promise(() => {})),
    });
    await expect(store.copyPart({ ...part, timeoutMs: 10 })).rejects.toMatchObject({ kind: 'transient' });
    await expect(store.copyPart({ ...part, timeoutMs: 10 })).rejects.toMatchObject({ kind: 'transient' });
    deliver(keyWith('late'));
    await turnOfTheLoop();
    await store.copyPart(part);
    expect(tokenOf(server.seen[0] as SeenRequest)).toBe('late');
  });

  it.each([
    ['credentials', 'credentials: () => new Promise(() => {})'],
    ["an answer of the caller's dispatcher", 'credentials: false, dispatcher: { dispatch: () => true }'],
  ])('lets no process end in silence: %s', async (_name, options) => {
    const program = `
      import { s3Store } from ${JSON.stringify(new URL('../../src/wire/http-store.ts', import.meta.url).href)};
      const store = s3Store({ endpoint: 'http://127.0.0.1:9', requestTimeoutMs: 50, ${options} });
      store.headObject({ bucket: 'b', key: 'k' }).catch((error) => console.log(error.name, error.kind));
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, output }).toEqual({ code: 0, output: 'StoreError transient\n' });
  });
});
