import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { obsStore } from '../../src/http/obs-store.ts';
import { s3Store } from '../../src/http/s3-store.ts';
import { HttpClient } from '../../src/http/http-client.ts';
import { normalizeStoreOptions } from '../../src/http/store-options.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { type Answer, answer, errorDocument, startScriptedServer } from './scripted-server.ts';

const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYSECRETKEY0';
const TOKEN = 'FakeSessionToken/abc+def==';
const SSE_KEY = new Uint8Array(Buffer.from('a-customer-key-of-32-bytes-is-it'));
const secrets = [SECRET_KEY, TOKEN, Buffer.from(SSE_KEY).toString('base64'), 'a-customer-key'];

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: SECRET_KEY, sessionToken: TOKEN };
const sse = { type: 'SSE-C', key: SSE_KEY } as const;
const part = {
  bucket: 'b',
  key: 'k',
  uploadId: 'u',
  partNumber: 1,
  source: { bucket: 's', key: 'k' },
  sse,
  sourceSse: sse,
};

/** Everything that a logger might print of a value. */
function printed(value: unknown): string {
  const deep = inspect(value, { depth: 20, showHidden: true, getters: true });
  const json = JSON.stringify(value, (_key, field: unknown) =>
    field instanceof Error
      ? Object.assign({}, field, { message: field.message, stack: field.stack, cause: field.cause })
      : field,
  );
  return `${deep}\n${json}\n${value instanceof Error ? value.stack : ''}`;
}

function expectNoSecret(value: unknown): void {
  const text = printed(value);
  for (const secret of secrets) expect(text).not.toContain(secret);
}

it.each([
  ['a store', s3Store({ region: 'eu-west-1', credentials })],
  ['a store for OBS', obsStore({ region: 'cn-north-4', credentials })],
  ['a store with a provider', s3Store({ region: 'eu-west-1', credentials: async () => Promise.resolve(credentials) })],
  ['a client', new HttpClient(normalizeStoreOptions('s3', { region: 'eu-west-1', credentials }))],
])('%s shows no secret', (_name, value) => {
  expectNoSecret(value);
});

it('a store shows no secret after it was used', async () => {
  const { endpoint } = await startScriptedServer(answer(404));
  for (const signature of ['obs', 'v2', 'v4'] as const) {
    const store = obsStore({ endpoint, credentials: async () => Promise.resolve(credentials), signature });
    await store.copyPart(part).catch(() => {});
    expectNoSecret(store);
  }
});

describe('an error shows no secret', () => {
  /** Sends all that it got back as its error's message, as stores do to explain a wrong signature. */
  const echo =
    (statusCode: number): Answer =>
    (seen, ...rest) => {
      const all = Object.entries(seen.headers)
        .toReversed()
        .map(([name, value]) => `${name}:${value}`)
        .join('\n');
      const escaped = all.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      const body = `<Error><Code>SignatureDoesNotMatch</Code><Message>${escaped} ${SECRET_KEY}</Message></Error>`;
      answer(statusCode, body)(seen, ...rest);
    };

  it.each<[string, Answer]>([
    ['where the store echoes the request', (...arguments_) => echo(403)(...arguments_)],
    ['where the store echoes it with status 200', (...arguments_) => echo(200)(...arguments_)],
    ['where the connection is lost', (_seen, response) => response.destroy()],
    ['where the answer is garbage', answer(200, `garbage ${SECRET_KEY} ${TOKEN}`)],
    [
      'where the answer is no HTTP',
      (_seen, _response, request) => request.socket.end(`${SECRET_KEY} ${TOKEN}\r\n\r\n`),
    ],
    ['where the redirect names it', answer(301, '', { location: `https://evil.example/${encodeURIComponent(TOKEN)}` })],
  ])('%s', async (_name, misbehave) => {
    const { endpoint } = await startScriptedServer(misbehave);
    for (const signature of ['obs', 'v2', 'v4'] as const) {
      const error: unknown = await obsStore({ endpoint, credentials, signature })
        .copyPart(part)
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(StoreError);
      expectNoSecret(error);
    }
  });

  it('also not the signature', async () => {
    let authorization = '';
    const { endpoint } = await startScriptedServer((seen, ...rest) => {
      authorization = seen.headers['authorization'] ?? '';
      echo(403)(seen, ...rest);
    });
    for (const signature of ['obs', 'v2', 'v4'] as const) {
      const error: unknown = await obsStore({ endpoint, credentials, signature })
        .copyPart(part)
        .catch((caught: unknown) => caught);
      const value = /(?:Signature=|:)([^:=,]+=?)$/.exec(authorization)?.[1] ?? 'none';
      expect(value.length).toBeGreaterThan(20);
      expect(printed(error)).not.toContain(value);
    }
  });
});

it('an error names the store and the object, and nothing of the request otherwise', async () => {
  const { endpoint } = await startScriptedServer(answer(403, errorDocument('AccessDenied')));
  const error: unknown = await s3Store({ endpoint, credentials })
    .copyPart(part)
    .catch((caught: unknown) => caught);
  expect((error as Error).message).toBe(
    'Cannot copy part 1 to b/k as the store answered 403 AccessDenied: about AccessDenied',
  );
  expect((error as Error).cause).toBeUndefined();
});
