import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCommand } from './run-command.ts';

const ENV = { PATH: process.env['PATH'], AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'sesame' };
const ADDRESSES = ['s3://a/b', 's3://c/d', '--endpoint', 'http://127.0.0.1:9'];

describe('usage', () => {
  test.each([
    ['nothing at all', [], /Usage: copy-large-object/],
    ['an unknown verb', ['move'], /unknown command 'move'/],
    ['no addresses', ['copy'], /missing required argument 'source'/],
    ['one address', ['copy', 's3://a/b'], /missing required argument 'destination'/],
    ['an unknown option', ['copy', ...ADDRESSES, '--fast'], /unknown option '--fast'/],
    ['a key on the command line', ['copy', ...ADDRESSES, '--secret-key', 'x'], /unknown option '--secret-key'/],
    ['no address of an object', ['copy', 'a/b', 's3://c/d'], /"a\/b" is not the address of an object/],
    ['a bucket as source', ['copy', 's3://a', 's3://c/d'], /names a bucket/],
    ['two kinds of store', ['copy', 's3://a/b', 'obs://c/d'], /use the same scheme for both/],
    ['an object onto itself', ['copy', 's3://a/b', 's3://a/b'], /name the same object/],
    ['a bad part size', ['copy', ...ADDRESSES, '--part-size', 'large'], /such as 64MiB/],
    ['a bad choice', ['copy', ...ADDRESSES, '--verify', 'md5'], /Allowed choices are etag, size, none/],
    [
      'a bad signature for S3',
      ['copy', ...ADDRESSES, '--signature', 'obs'],
      /'signature' of s3Store must be one of 'v4', 'v2'/,
    ],
    ['a checkpoint and an upload', ['copy', ...ADDRESSES, '--resume', 'u', '--checkpoint', '/tmp/x'], /'checkpoint'/],
    [
      'a file for checkpoints',
      ['copy', ...ADDRESSES, '--checkpoint', import.meta.filename],
      /--checkpoint must name a directory: \S+ is a file/,
    ],
    ['a bad age', ['uploads', 's3://a', '--older-than', '24'], /such as 90s/],
    ['a bad object to serve', ['serve', '--object', 'media'], /bucket\/key=size/],
  ])('refuses %s', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runCommand(args, ENV);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(2);
    expect(stdout === '' || stdout.startsWith('{"event":"failed"')).toBe(true);
  });

  test('says where credentials come from when there are none', async () => {
    const { exitCode, stderr } = await runCommand(['plan', ...ADDRESSES]);
    expect(stderr).toContain('Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
    expect(stderr).toContain('aws configure export-credentials');
    expect(stderr).not.toContain('Pass credentials');
    expect(exitCode).toBe(2);
    const obs = await runCommand(['plan', 'obs://a/b', 'obs://c/d', '--endpoint', 'http://127.0.0.1:9']);
    expect(obs.stderr).toContain('Set OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY');
  });

  test('ends JSON lines with what is wrong', async () => {
    const { events } = await runCommand(['copy', 'a/b', 's3://c/d', '--json'], ENV);
    expect(events).toEqual([
      expect.objectContaining({
        event: 'failed',
        exitCode: 2,
        error: expect.objectContaining({ code: 'ERR_COPY_OPTIONS' }),
      }),
    ]);
  });

  test.each([
    ['no address', ['copy', '--json'], "missing required argument 'source'"],
    ['no address, where stdout is no terminal', ['copy'], "missing required argument 'source'"],
    ['a bad number', ['copy', ...ADDRESSES, '--concurrency', 'abc', '--json'], 'Write a whole number'],
    ['an unknown option', ['copy', ...ADDRESSES, '--retries', '3', '--json'], "unknown option '--retries'"],
    ['one address for a plan', ['plan', 's3://a/b', '--json'], "missing required argument 'destination'"],
    ['no address of an object for a plan', ['plan', 'a/b', 's3://c/d', '--json'], 'is not the address of an object'],
    ['a bad age of uploads', ['uploads', 's3://a', '--older-than', '24', '--json'], 'Write a duration'],
    ['no address of a bucket for uploads', ['uploads', 'a', '--json'], 'is not the address'],
  ])('ends JSON lines for %s', async (_, args, message) => {
    const { events, exitCode } = await runCommand(args, ENV);
    expect(exitCode).toBe(2);
    expect(events).toEqual([
      {
        event: 'failed',
        time: expect.any(String),
        exitCode: 2,
        error: { name: 'CopyOptionsError', code: 'ERR_COPY_OPTIONS', message: expect.stringContaining(message) },
      },
    ]);
  });

  test.each([
    ['a plan', ['plan', ...ADDRESSES, '--json']],
    ['uploads', ['uploads', 's3://a', '--endpoint', 'http://127.0.0.1:9', '--json']],
  ])('ends JSON lines for %s that nobody answers', async (_, args) => {
    const { events } = await runCommand(args, ENV);
    expect(events).toMatchObject([{ event: 'failed', exitCode: 1, error: { vendorCode: 'ECONNREFUSED' } }]);
  });

  test.each([['copy --help --json'], ['plan --quiet'], ['copy --quiet']])('writes no JSON for %s', async (line) => {
    expect((await runCommand(line.split(' '), ENV)).stdout).not.toContain('"event":');
  });

  test('shows a stack only where it is asked to', async () => {
    expect((await runCommand(['plan', 'a/b', 's3://c/d', '--debug'], ENV)).stderr).toMatch(/^\s+at /m);
  });

  test.each([
    ['--help'],
    ['copy', '--help'],
    ['plan', '--help'],
    ['uploads', '--help'],
    ['serve', '--help'],
    ['demo', '--help'],
  ])('helps: %s %s', async (...args) => {
    const { exitCode, stdout } = await runCommand(args);
    expect(stdout).toContain('Usage: copy-large-object');
    expect(exitCode).toBe(0);
  });

  test('says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runCommand(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
  });

  test('says that nothing listens', async () => {
    const { exitCode, stderr } = await runCommand(
      ['plan', 's3://a/b', 's3://c/d', '--endpoint', 'http://127.0.0.1:9'],
      ENV,
    );
    expect(stderr).toMatch(/ECONNREFUSED[^]*Hint: nothing listens there/);
    expect(exitCode).toBe(1);
  });
});
