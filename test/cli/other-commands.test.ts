import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { s3Store } from '../../src/wire/http-store.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { startScriptedServer } from '../wire/scripted-server.ts';
import { environmentOf, runCommand, startCommand } from './run-command.ts';

const MIB = 1024 ** 2;
const FILM = ['s3://media/raw/film.mxf', 's3://archive/2026/film.mxf'] as const;

let store: TestStore;

beforeEach(async () => {
  store = await startTestStore({
    buckets: ['archive'],
    objects: [
      { bucket: 'media', key: 'raw/film.mxf', size: 300 * MIB },
      { bucket: 'media', key: 'small', body: 'few bytes' },
    ],
  });
});

afterEach(() => store.close());

describe('plan', () => {
  test('says what copy would do, and sends only HEADs', async () => {
    const args = ['plan', ...FILM, '--part-size', '64MiB', '--concurrency', '2'];
    const { exitCode, stdout, stderr } = await runCommand(args, environmentOf(store));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^size +300 MiB \(314572800 bytes\)$/m);
    expect(stdout).toMatch(/^parts +5 of 64 MiB$/m);
    expect(stdout).toMatch(/^requests +\d+$/m);
    expect(stdout).toMatch(/^estimated .* \(assuming 2 parts at once, 100 ms a request, 60 MiB\/s a part\)$/m);
    expect(stdout).toMatch(/^ +5 {2}bytes=268435456-314572799 {2}44 MiB$/m);
    expect(Object.keys(store.stats().operations)).toEqual(['headObject']);
  });

  test('gives all of it as JSON', async () => {
    const args = ['plan', ...FILM, '--part-size', '5M', '--json', '--assume-latency', '1s', '--assume-part-rate', '5M'];
    const { events } = await runCommand([...args, '--concurrency', '60'], environmentOf(store));
    expect(events).toEqual([
      expect.objectContaining({
        strategy: 'multipart',
        partSize: 5 * MIB,
        estimate: { durationMs: expect.any(Number), concurrency: 60, latencyMs: 1000, bytesPerSecondPerPart: 5 * MIB },
      }),
    ]);
    expect(events[0]?.['parts']).toHaveLength(60);
  });

  test('shows few parts of many, unless asked for all', async () => {
    const args = ['plan', ...FILM, '--part-size', '5M'];
    expect((await runCommand(args, environmentOf(store))).stdout).toContain('56 more (--parts shows them)');
    expect((await runCommand([...args, '--parts'], environmentOf(store))).stdout.match(/bytes=/g)).toHaveLength(60);
  });

  test('plans one CopyObject for a small object', async () => {
    const { stdout } = await runCommand(['plan', 's3://media/small', FILM[1]], environmentOf(store));
    expect(stdout).toMatch(/^strategy +single$/m);
    expect(stdout).toMatch(/^parts +none$/m);
  });
});

describe('uploads', () => {
  async function beginUploads(keys = ['a/one', 'a/two', 'b/three']): Promise<void> {
    const { endpoint, region, credentials } = store;
    const client = s3Store({ endpoint, region, credentials });
    const pending = keys.values();
    const worker = async (): Promise<void> => {
      for (const key of pending) await client.createMultipartUpload({ bucket: 'archive', key });
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  }

  test('are none in a bucket of which rclone says NoSuchUpload as it has never had one', async () => {
    const rclone = await startTestStore({ personality: 'rclone', buckets: ['archive'] });
    const { exitCode, stderr } = await runCommand(['uploads', 's3://archive'], environmentOf(rclone));
    await rclone.close();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '0 uploads\n' });
  });

  test('are listed, below a prefix', async () => {
    await beginUploads();
    const all = await runCommand(['uploads', 's3://archive'], environmentOf(store));
    expect(all.stdout.match(/^open {2}\w+ {2}s3:\/\/archive\/[ab]\/\w+ {2}begun .* ago$/gm)).toHaveLength(3);
    expect(all.stderr).toBe('3 uploads\n');
    const some = await runCommand(['uploads', 's3://archive/a/', '--json'], environmentOf(store));
    expect(some.events).toMatchObject([
      { event: 'upload', key: 'a/one', outcome: 'open' },
      { event: 'upload', key: 'a/two', outcome: 'open' },
    ]);
    expect(store.uploads('archive')).toHaveLength(3);
  });

  test('are aborted where they are listed, and old enough', async () => {
    await beginUploads();
    const young = await runCommand(['uploads', 's3://archive', '--abort', '--older-than', '24h'], environmentOf(store));
    expect(young).toMatchObject({ exitCode: 0, stdout: '', stderr: '0 uploads, 0 aborted\n' });
    const some = await runCommand(['uploads', 's3://archive/a/', '--abort'], environmentOf(store));
    expect(some).toMatchObject({ exitCode: 0, stderr: '2 uploads, 2 aborted\n' });
    expect(store.uploads('archive')).toHaveLength(1);
    const rest = await runCommand(['uploads', 'obs://archive', '--abort', '--older-than', '0s'], environmentOf(store));
    expect(rest).toMatchObject({ exitCode: 0, stderr: '1 upload, 1 aborted\n' });
    expect(store.uploads('archive')).toEqual([]);
  });

  test('are found on all pages', async () => {
    await beginUploads(Array.from({ length: 1002 }, (_, index) => `${index}`));
    const { exitCode, stderr } = await runCommand(['uploads', 's3://archive', '--abort'], environmentOf(store));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '1002 uploads, 1002 aborted\n' });
    expect(store.uploads('archive')).toEqual([]);
  });

  test('are listed once where the store’s markers go round in circles, and that is an error', async () => {
    const { endpoint, seen } = await startScriptedServer((request, response) => {
      const marker = new URL(request.url, 'http://x').searchParams.get('upload-id-marker');
      const [key, next] = marker === 'a' ? ['two', 'b'] : [marker === null ? 'one' : 'three', 'a'];
      response.end(
        `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>one</NextKeyMarker>` +
          `<NextUploadIdMarker>${next}</NextUploadIdMarker>` +
          `<Upload><Key>${key}</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>`,
      );
    });
    const env = { ...environmentOf(store), AWS_ENDPOINT_URL: endpoint };
    const { exitCode, stdout, stderr } = await runCommand(['uploads', 's3://archive'], env);
    expect(exitCode).toBe(1);
    expect(stdout.match(/\w+(?= {2}of unknown age)/g)).toEqual(['one', 'two', 'three']);
    expect(stderr).toContain('listMultipartUploads does not come to an end');
    expect(seen).toHaveLength(3);
  });

  test('of a bucket that does not exist are an error', async () => {
    const { exitCode, stderr } = await runCommand(['uploads', 's3://nowhere'], environmentOf(store));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Hint: check the bucket/);
  });
});

describe('serve', () => {
  test('runs a store until it is interrupted', async () => {
    const { child, said, ended } = startCommand([
      'serve',
      '--object',
      'media/a=b=5MiB',
      '--bucket',
      'archive',
      '--json',
    ]);
    let text = '';
    child.stdout.on('data', (more: string) => (text += more));
    await said('listening');
    const { endpoint, region, credentials } = JSON.parse(text) as Pick<
      TestStore,
      'endpoint' | 'region' | 'credentials'
    >;
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const client = s3Store({ endpoint, region, credentials });
    expect(await client.headObject({ bucket: 'media', key: 'a=b' })).toMatchObject({ size: 5 * MIB });
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ exitCode: 0 });
  });
});

describe('demo', () => {
  test('copies, checks every byte, and says what happened', async () => {
    const args = ['demo', '--size', '8GiB', '--latency', '5ms', '--concurrency', '16'];
    const { exitCode, stdout, stderr } = await runCommand(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/Copied 8 GiB in .*: 64 parts of 128 MiB, up to \d+ in flight/);
    expect(stdout).toMatch(/all 8,589,934,592 bytes came from their own place in the source/);
  });
});
