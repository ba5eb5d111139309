import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCopyCommand } from '../../src/cli/copy-command.ts';
import type { CopyFlags } from '../../src/cli/copy-flags.ts';
import { runUploadsCommand } from '../../src/cli/uploads-command.ts';
import { s3Store } from '../../src/wire/http-store.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { environmentOf } from './run-command.ts';

const MIB = 1024 ** 2;

let store: TestStore;

beforeEach(async () => {
  store = await startTestStore({
    buckets: ['archive'],
    objects: [
      { bucket: 'media', key: 'film', size: 300 * MIB },
      { bucket: 'media', key: 'small', body: 'few bytes' },
    ],
  });
  for (const [name, value] of Object.entries(environmentOf(store))) vi.stubEnv(name, value);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await store.close();
});

function openTerminal(): PassThrough & { isTTY: boolean; columns: number } {
  const nothing = (): boolean => true;
  return Object.assign(new PassThrough({ encoding: 'utf8' }), {
    isTTY: true,
    columns: 100,
    rows: 24,
    cursorTo: nothing,
    clearLine: nothing,
    moveCursor: nothing,
  });
}

async function copyOnTerminal(
  source: string,
  destination: string,
  flags: CopyFlags & { readonly quiet?: boolean; readonly json?: boolean } = {},
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const output = { stdout: openTerminal(), stderr: openTerminal() };
  const exitCode = await runCopyCommand(source, destination, flags, output);
  return { exitCode, stdout: String(output.stdout.read() ?? ''), stderr: String(output.stderr.read() ?? '') };
}

describe('copy on a terminal', () => {
  test('shows a bar, and then what was done', async () => {
    const { exitCode, stdout, stderr } = await copyOnTerminal('s3://media/film', 's3://archive/', {
      partSize: 100 * MIB,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Copied s3:\/\/media\/film to s3:\/\/archive\/film\n300 MiB in .* \(.*\/s\): 3 parts of 100 MiB, verified by ETag\nETag \w+-3\n$/,
    );
    expect(stderr).toMatch(/100\.0% +300 MiB of 300 MiB {2}in /);
  });

  test('says that one CopyObject was enough, or that there was nothing to do', async () => {
    expect((await copyOnTerminal('s3://media/small', 's3://archive/x')).stdout).toContain(
      ': one CopyObject, verified by',
    );
    const again = await copyOnTerminal('s3://media/small', 's3://archive/x', { ifExists: 'skip' });
    expect(again).toMatchObject({ exitCode: 0, stdout: 'Skipped: s3://archive/x exists already\n' });
  });

  test('says why nothing moves yet', async () => {
    store.setFaults([{ kind: 'error', status: 500, code: 'InternalError', operation: 'headObject', times: 1 }]);
    const { exitCode, stderr } = await copyOnTerminal('s3://media/small', 's3://archive/x');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/answered 500: trying again in \d+ ms\n/);
  });

  test('says what failed, and writes no JSON', async () => {
    const { exitCode, stdout, stderr } = await copyOnTerminal('s3://media/nothing', 's3://archive/x');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^Error: .*\n {2}because: .*\nHint: .*\n$/);
  });

  test('says how to resume, in words that a shell reads as meant', async () => {
    store.putObject({ bucket: 'media', key: "it's $HOME", size: 300 * MIB });
    store.setFaults([{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyPart' }]);
    const { stderr } = await copyOnTerminal("s3://media/it's $HOME", 's3://archive/x', { onFailure: 'keep' });
    const [upload] = store.uploads('archive');
    expect(stderr).toContain(`copy 's3://media/it'\\''s $HOME' s3://archive/x --resume ${upload?.uploadId}`);
  });

  test('writes nothing when it is to be quiet', async () => {
    expect(await copyOnTerminal('s3://media/film', 's3://archive/x', { quiet: true })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('writes JSON lines and no bar when it is to', async () => {
    const { stdout, stderr } = await copyOnTerminal('s3://media/film', 's3://archive/x', { json: true });
    expect(stderr).toBe('');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { event: string }).event)
        .at(-1),
    ).toBe('complete');
  });

  test('lets no key control the terminal', async () => {
    const { endpoint, region, credentials } = store;
    await s3Store({ endpoint, region, credentials }).createMultipartUpload({
      bucket: 'archive',
      key: 'red\u001b[31m\u0007',
    });
    const output = { stdout: openTerminal(), stderr: openTerminal() };
    await runUploadsCommand('s3://archive', {}, output);
    expect(String(output.stdout.read())).toContain('s3://archive/red\\u001b[31m\\u0007');
  });
});
