import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { environmentOf, type RunningCommand, startProgram } from '../cli/run-command.ts';
import { makeSelfSignedCertificate } from '../testing/self-signed-certificate.ts';

const examples = inject('examples');
const GIB = 1024 ** 3;
const film = { bucket: 'media', key: 'film.mxf' };

let store: TestStore;
let programs: RunningCommand[] = [];

beforeEach(async () => {
  // Written long before each upload, so that its parts can't be of an older one.
  const lastModified = new Date(Date.now() - 60_000);
  store = await startTestStore({ objects: [{ ...film, size: 10 * GIB, lastModified }], buckets: ['archive'] });
});

afterEach(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.map(({ ended }) => ended));
  programs = [];
  await store.close();
});

/** Starts what `npm run NAME` starts. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
  const program = startProgram(['--import', 'tsx', ...args], { ...environmentOf(store), ...env }, examples);
  programs.push(program);
  return program;
}

function expectWholeCopy(key = film.key): void {
  const end = 10 * GIB - 1;
  expect(store.provenance('archive', key)).toMatchObject([{ ...film, start: 0, end, offset: 0 }]);
  expect(store.uploads('archive')).toEqual([]);
}

test('all examples type-check against the packed declarations', async () => {
  const { exitCode, stdout } = await startProgram(['node_modules/typescript/bin/tsc', '-p', '.'], {}, examples).ended;
  expect(stdout).toBe('');
  expect(exitCode).toBe(0);
});

/** Starts the service, and gives what asks it. */
async function startService(): Promise<{
  readonly service: RunningCommand;
  readonly ask: (method: string, place: string, body?: unknown) => Promise<Response>;
}> {
  const service = start(['service.ts'], { PORT: '0' });
  const [, port] = /port: (\d+)/.exec(await service.wrote('port:')) ?? [];
  const ask = (method: string, place: string, body?: unknown): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/${place}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { service, ask };
}

test('the service copies on request, and shows progress as server-sent events until the copy is complete', async () => {
  store.setLatency(20);
  const { ask } = await startService();
  const { id } = (await (await ask('POST', 'copies', { key: film.key })).json()) as { id: string };
  const events = await (await ask('GET', `copies/${id}`)).text();
  const names = [...events.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
  expect(names.at(-1)).toBe('complete');
  expect(names.filter((name) => name === 'progress').length).toBeGreaterThan(1);
  expect(events).toContain(`"size":${10 * GIB},"verified":"etag"`);
  expectWholeCopy();
  // who comes late gets the end, too
  expect(await (await ask('GET', `copies/${id}`)).text()).toContain('event: complete');
});

test('the service tells its viewers of a failure, and refuses what it does not know', async () => {
  const { ask } = await startService();
  const { id } = (await (await ask('POST', 'copies', { key: 'missing' })).json()) as { id: string };
  expect(await (await ask('GET', `copies/${id}`)).text()).toContain('"code":"ERR_COPY_SOURCE_NOT_FOUND"');
  expect((await ask('POST', 'copies', {})).status).toBe(400);
  expect((await ask('GET', 'copies/other')).status).toBe(404);
});

test.each(['a user who cancels', 'SIGTERM'])('%s leaves the service without an upload', async (who) => {
  store.setLatency((request) => (request.operation === 'copyPart' ? 600_000 : 0));
  const { service, ask } = await startService();
  const { id } = (await (await ask('POST', 'copies', { key: film.key })).json()) as { id: string };
  const viewed = (await ask('GET', `copies/${id}`)).text();
  while (store.uploads('archive').length === 0) await (await ask('GET', 'copies/other')).text();
  if (who === 'SIGTERM') service.child.kill('SIGTERM');
  else expect((await ask('DELETE', `copies/${id}`)).status).toBe(202);
  expect(await viewed).toContain('event: failed');
  if (who === 'SIGTERM') expect((await service.ended).exitCode).toBe(0);
  expect(store.uploads('archive')).toEqual([]);
  expect(store.keys('archive')).toEqual([]);
});

test.each([
  ['SIGKILL', null],
  ['SIGTERM', 143],
] as const)('the worker goes on after %s, and copies no part twice that was there', async (signal, exitCode) => {
  const spool = path.join(examples, `spool-${signal}`);
  await mkdir(spool);
  const job = { source: film, destination: { bucket: 'archive', key: film.key } };
  await writeFile(path.join(spool, 'film.json'), JSON.stringify(job));
  store.setLatency((request) => (request.operation === 'copyPart' && (request.partNumber ?? 0) > 8 ? 600_000 : 0));
  const first = start(['worker.ts', spool]);
  for (const part of [1, 2, 3, 4, 5, 6, 7, 8]) await first.wrote(`part ${part}\n`);
  first.child.kill(signal);
  expect((await first.ended).exitCode).toBe(exitCode);
  expect(store.uploads('archive')).toHaveLength(1);

  store.setLatency(0);
  const second = await start(['worker.ts', spool]).ended;
  expect(second).toMatchObject({ exitCode: 0, stderr: '' });
  expect(second.stdout).toContain('goes on, 8 parts are there');
  expect(second.stdout).not.toContain('part 8\n');
  expectWholeCopy();
  expect(await readdir(spool)).toEqual(['checkpoints', 'film.json.done', 'film.json.done-job']);
  expect(await readdir(path.join(spool, 'checkpoints'))).toEqual([]);
});

test('the worker keeps the error of a job that fails, and goes on with the next', async () => {
  const spool = path.join(examples, 'spool-failed');
  await mkdir(spool);
  const destination = { bucket: 'archive', key: film.key };
  await writeFile(path.join(spool, 'a.json'), JSON.stringify({ source: { ...film, key: 'missing' }, destination }));
  await writeFile(path.join(spool, 'b.json'), JSON.stringify({ source: film, destination }));
  expect((await start(['worker.ts', spool]).ended).exitCode).toBe(1);
  const failed = await readFile(path.join(spool, 'a.json.failed'), 'utf8');
  expect(JSON.parse(failed)).toMatchObject({ error: { code: 'ERR_COPY_SOURCE_NOT_FOUND' } });
  expectWholeCopy();
});

test('the Lambda handler hands its upload to the next invocation until the copy is done', async () => {
  store.setLatency((request) => (request.operation === 'copyPart' && (request.partNumber ?? 0) > 4 ? 600_000 : 0));
  const program = start(['lambda.ts', 'media/film.mxf', 'archive/film.mxf'], { LIMIT_MS: '3000', MARGIN_MS: '500' });
  await program.wrote('"uploadId"');
  store.setLatency(0);
  const { exitCode, stdout, stderr } = await program.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { done: boolean; uploadId?: string });
  expect(answers.at(-1)).toMatchObject({ done: true });
  // an invocation whose time is up before it has begun an upload names none
  const uploads = answers.slice(0, -1).flatMap(({ uploadId }) => uploadId ?? []);
  expect(new Set(uploads).size).toBe(1);
  expectWholeCopy();
});

test('the Lambda handler fails by what went wrong, not by its time', async () => {
  store.setDenied(['createMultipartUpload']);
  const { exitCode, stdout, stderr } = await start(['lambda.ts', 'media/film.mxf', 'archive/film.mxf']).ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('403 AccessDenied');
});

test('the bulk script copies a prefix but for what it leaves out, and the same command again copies what failed', async () => {
  for (const key of ['bulk/a', 'bulk/b', 'bulk/tmp/c', 'bulk/d.part'])
    store.putObject({ bucket: 'media', key, body: key });
  store.setFaults([{ operation: 'copyObject', key: 'new/b', kind: 'error', status: 403, code: 'AccessDenied' }]);
  const first = await start(['bulk.ts', 'media/bulk/', 'archive/new/']).ended;
  expect(first.exitCode).toBe(1);
  expect(first.stdout).toContain('"copied":1,"skipped":0,"failed":1');
  store.setFaults([]);
  const second = await start(['bulk.ts', 'media/bulk/', 'archive/new/']).ended;
  expect(second).toMatchObject({ exitCode: 0, stderr: '' });
  expect(second.stdout).toContain('"copied":1,"skipped":1,"failed":0');
  expect(store.keys('archive')).toEqual(['new/a', 'new/b']);
});

test.each([
  ['Vitest', ['node_modules/vitest/vitest.mjs', 'run', 'vitest/'], /4 passed/],
  ['Jest', ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--testTimeout=120000', 'jest/'], /2 passed/],
  [
    'Jest in CommonJS',
    ['node_modules/jest/bin/jest.js', '--testTimeout=120000', '--config', 'jest-commonjs/jest.config.json'],
    /1 passed/,
  ],
])('the unit tests with %s pass', async (_, args, passed) => {
  const { exitCode, stdout, stderr } = await startProgram(args, { PATH: process.env['PATH'] }, examples).ended;
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout + stderr).toMatch(passed);
});

test('the program with telemetry prints its spans, and serves its metrics', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  const program = start(['telemetry.ts', 'media/film.mxf', 'archive/film.mxf'], { METRICS_PORT: String(port) });
  await program.wrote('copied, ETag');
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toMatch(new RegExp(`^copy_large_object_bytes_total{[^}]*} ${10 * GIB}$`, 'm'));
  program.child.kill('SIGTERM');
  const { exitCode, stdout } = await program.ended;
  expect(exitCode).toBe(0);
  for (const span of ['archive the film', 'copy_large_object.copy', 'S3.UploadPartCopy'])
    expect(stdout).toContain(`name: '${span}'`);
  expectWholeCopy();
});

test('the SSO client gets its credentials from the portal of IAM Identity Center', async () => {
  const asked: string[] = [];
  const portal = createServer((request, response) => {
    asked.push(`${request.url} ${String(request.headers['x-amz-sso_bearer_token'])}`);
    const { accessKeyId, secretAccessKey } = store.credentials;
    const expiration = Date.now() + 3_600_000;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ roleCredentials: { accessKeyId, secretAccessKey, sessionToken: 'token', expiration } }),
    );
  }).listen(0, '127.0.0.1');
  await once(portal, 'listening');
  const sso = await startTestStore({
    credentials: { ...store.credentials, sessionToken: 'token' },
    objects: [{ ...film, size: 10 * GIB }],
    buckets: ['archive'],
  });
  // What `aws configure sso` and `aws sso login` leave.
  const home = path.join(examples, 'home');
  await mkdir(path.join(home, '.aws/sso/cache'), { recursive: true });
  await writeFile(
    path.join(home, '.aws/config'),
    '[profile archive]\nsso_session = company\nsso_account_id = 111122223333\nsso_role_name = Copier\nregion = eu-west-1\n' +
      '[sso-session company]\nsso_region = eu-west-1\nsso_start_url = https://company.awsapps.com/start\n',
  );
  const cacheName = createHash('sha1').update('company').digest('hex');
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  await writeFile(
    path.join(home, '.aws/sso/cache', `${cacheName}.json`),
    JSON.stringify({
      accessToken: 'bearer',
      expiresAt,
      startUrl: 'https://company.awsapps.com/start',
      region: 'eu-west-1',
    }),
  );
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    AWS_ENDPOINT_URL_S3: sso.endpoint,
    AWS_ENDPOINT_URL_SSO: `http://127.0.0.1:${(portal.address() as AddressInfo).port}`,
  };
  const args = ['--import', 'tsx', 'sso.ts', 'archive', 'media/film.mxf', 'archive/film.mxf'];
  const { exitCode, stdout, stderr } = await startProgram(args, env, examples).ended;
  portal.close();
  await sso.close();
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout).toContain(`${10 * GIB} bytes`);
  expect(asked).toEqual(['/federation/credentials?account_id=111122223333&role_name=Copier bearer']);
});

test('the proxy client reaches a store behind HTTPS_PROXY, with the authority of CA_FILE, and goes past it to NO_PROXY', async () => {
  const certificate = makeSelfSignedCertificate();
  const caFile = path.join(examples, 'company-ca.pem');
  await writeFile(caFile, certificate.cert);
  const secure = await startTestStore({
    tls: certificate,
    credentials: store.credentials,
    objects: [{ ...film, size: 10 * GIB }],
    buckets: ['archive'],
  });
  const tunnels: string[] = [];
  const proxy = createServer().listen(0, '127.0.0.1');
  proxy.on('connect', ({ url = '' }, client) => {
    tunnels.push(url);
    const store = connect(secure.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(store).pipe(client);
    });
    for (const socket of [client, store]) socket.on('error', () => void store.destroy());
  });
  await once(proxy, 'listening');
  const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const copy = (env: NodeJS.ProcessEnv): RunningCommand['ended'] =>
    start(['proxy.ts', 'media/film.mxf', 'archive/film.mxf'], {
      AWS_ENDPOINT_URL: secure.endpoint,
      HTTPS_PROXY,
      ...env,
    }).ended;

  expect(await copy({ CA_FILE: caFile })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(new Set(tunnels)).toEqual(new Set([`127.0.0.1:${secure.port}`]));
  const through = tunnels.length;
  expect(await copy({ CA_FILE: caFile, NO_PROXY: '127.0.0.1' })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(tunnels).toHaveLength(through);
  proxy.closeAllConnections();
  proxy.close();
  await secure.close();
});
