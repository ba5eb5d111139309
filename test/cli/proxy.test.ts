import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestStore, type TestStoreOptions } from '../../src/testing/index.ts';
import { startConnectProxy } from './connect-proxy.ts';
import { makeSelfSignedCertificate } from '../testing/self-signed-certificate.ts';
import { environmentOf, runCommand } from './run-command.ts';

const MIB = 1024 * 1024;
const COPY = ['copy', 's3://media/film.mxf', 's3://archive/film.mxf', '--part-size', '5MiB', '--quiet'];
const IN_PARTS = ['--multipart-threshold', '0MiB', '--concurrency', '3'];

async function setUp(variables: NodeJS.ProcessEnv, more: TestStoreOptions = {}) {
  const store = await startTestStore({
    ...more,
    buckets: ['archive'],
    objects: [{ bucket: 'media', key: 'film.mxf', size: 20 * MIB }],
  });
  onTestFinished(() => store.close());
  return { store, env: { ...environmentOf(store), ...variables } };
}

describe('a proxy in the environment', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('by %s: every request goes through it', async (name) => {
    const proxy = await startConnectProxy();
    const { store, env } = await setUp({ [name]: proxy.url });
    expect(await runCommand([...COPY, ...IN_PARTS], env)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(proxy.tunnels.length).toBeGreaterThan(0);
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(store.endpoint).host]));
    expect(store.provenance('archive', 'film.mxf')).toHaveLength(1);
  });

  it('by HTTPS_PROXY: an https store is reached through it, with its own certificate', async () => {
    const proxy = await startConnectProxy();
    const tls = makeSelfSignedCertificate();
    const { store, env } = await setUp({ HTTPS_PROXY: proxy.url }, { tls });
    const folder = await mkdtemp(path.join(tmpdir(), 'ca-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const ca = path.join(folder, 'ca.pem');
    await writeFile(ca, tls.cert);
    // A tunnel hides no stranger behind it.
    const refused = await runCommand(COPY, env);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('certificate');
    expect(store.keys('archive')).toEqual([]);
    const copied = await runCommand([...COPY, ...IN_PARTS], { ...env, NODE_EXTRA_CA_CERTS: ca });
    expect(copied).toMatchObject({ exitCode: 0, stderr: '' });
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(store.endpoint).host]));
    expect(store.provenance('archive', 'film.mxf')).toHaveLength(1);
  });

  it('is left out for the hosts of NO_PROXY, and for a scheme that it is not for', async () => {
    const proxy = await startConnectProxy();
    const { env } = await setUp({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
    expect(await runCommand(COPY, env)).toMatchObject({ exitCode: 0 });
    const { HTTP_PROXY: _, NO_PROXY: _1, ...others } = env;
    expect(await runCommand(COPY, { ...others, HTTPS_PROXY: proxy.url })).toMatchObject({ exitCode: 0 });
    expect(proxy.tunnels).toEqual([]);
  });

  it('that refuses is named at once', async () => {
    const proxy = await startConnectProxy(407);
    const { env } = await setUp({ HTTP_PROXY: proxy.url });
    const { exitCode, stderr } = await runCommand(COPY, env);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the proxy answered 407: it wants a name and a password (http://name:password@host:port)');
    expect(proxy.tunnels).toHaveLength(1);
  });

  it.each([
    ['socks5://127.0.0.1:1080', 'HTTP_PROXY names a proxy by socks5://, but only http:// and https:// proxies'],
    ['http://user:pass word@:99999', "HTTP_PROXY isn't the address of a proxy: write http://host:port"],
  ])('by %s is refused before anything is sent', async (url, message) => {
    const { store, env } = await setUp({ HTTP_PROXY: url });
    const { exitCode, stderr } = await runCommand(COPY, env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('pass word');
    expect(store.stats().requests).toBe(0);
  });
});
