import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestStore, type TestStore, type TestStoreOptions } from '../../src/testing/index.ts';
import { environmentOf, runCommand, startCommand } from './run-command.ts';

const MIB = 1024 ** 2;
const SIZE = 300 * MIB;
const FILM = ['s3://media/raw/film.mxf', 's3://archive/2026/film.mxf'] as const;
const IN_PARTS = [...FILM, '--part-size', '16MiB'];

let store: TestStore;
let directory: string;

async function restart(options: TestStoreOptions): Promise<void> {
  await store.close();
  store = await start(options);
}

function start(options: TestStoreOptions = {}): Promise<TestStore> {
  return startTestStore({
    buckets: ['archive'],
    objects: [
      // Written long before any upload: parts of one that was begun in the same second count as an older source's.
      { bucket: 'media', key: 'raw/film.mxf', size: SIZE, lastModified: new Date(Date.now() - 60_000) },
      { bucket: 'media', key: 'a b/ü+%20?versionId=x', body: 'few bytes' },
    ],
    ...options,
  });
}

beforeEach(async () => {
  store = await start();
  directory = await mkdtemp(path.join(tmpdir(), 'cli-'));
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

/** Slow enough to be interrupted in the middle. */
const SLOW: TestStoreOptions = { latency: { copyPart: 300, default: 0 } };

describe('copy', () => {
  test.each([
    ['s3', '--json', 19],
    ['obs', '--no-hedge', 0],
  ])(
    'copies in parts on %s, and says so in JSON lines where there is no terminal: %s, %d of parts',
    async (scheme, flag, lines) => {
      const args = ['copy', ...IN_PARTS, flag, '--concurrency', '4'].map((arg) => arg.replace(/^s3:/, `${scheme}:`));
      const { exitCode, events, stderr } = await runCommand(args, environmentOf(store));
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
      const names = events.map(({ event }) => event);
      expect(names.slice(0, 2)).toEqual(expect.arrayContaining(['plan']));
      expect(names).toEqual(expect.arrayContaining(['upload', 'progress']));
      expect(names.filter((name) => name === 'part')).toHaveLength(lines);
      expect(events.find(({ event }) => event === 'plan')).toMatchObject({ parts: 19, partSize: 16 * MIB, size: SIZE });
      expect(events.at(-1)).toMatchObject({
        event: 'complete',
        strategy: 'multipart',
        size: SIZE,
        parts: 19,
        verified: 'etag',
      });
      for (const { time } of events) expect(new Date(String(time)).toISOString()).toBe(time);
      expect(store.provenance('archive', '2026/film.mxf')).toHaveLength(1);
    },
  );

  test('takes a key exactly as it is written, and the source’s name for a folder', async () => {
    const args = ['copy', 's3://media/a b/ü+%20?versionId=x', 's3://archive/copies/', '--quiet'];
    const { exitCode, stdout, stderr } = await runCommand(args, environmentOf(store));
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(store.provenance('archive', 'copies/ü+%20?versionId=x')).toHaveLength(1);
  });

  test('sets what it is told to set', async () => {
    const flags = [
      '--metadata',
      'Director=Ünknown',
      '--content-type',
      'video/mxf',
      '--tag',
      'a=b',
      '--tag',
      'c=d',
      '--storage-class',
      'STANDARD_IA',
    ];
    const { exitCode, stderr } = await runCommand(['copy', ...IN_PARTS, ...flags], environmentOf(store));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(store.object('archive', '2026/film.mxf')).toMatchObject({
      size: SIZE,
      headers: { 'content-type': 'video/mxf' },
      metadata: { director: '\u00c3\u009cnknown' },
      tags: { a: 'b', c: 'd' },
      storageClass: 'STANDARD_IA',
    });
  });

  test.each([
    ['--json', '--quiet', ['complete']],
    ['--json', '--no-hedge', ['plan', 'progress', 'complete']],
  ])('writes what it is asked to write: %s %s', async (one, two, wanted) => {
    const args = ['copy', 's3://media/a b/ü+%20?versionId=x', 's3://archive/x', one, two];
    const { events } = await runCommand(args, environmentOf(store));
    const names = events.map(({ event }) => event);
    expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
    expect(names.at(-1)).toBe('complete');
    expect(names.length).toBeGreaterThanOrEqual(wanted.length);
  });

  test('goes on when nobody reads any more', async () => {
    const { child, said, ended } = startCommand(['copy', ...IN_PARTS], environmentOf(store));
    await said('plan');
    child.stdout.destroy();
    expect((await ended).exitCode).toBe(0);
    expect(store.uploads('archive')).toEqual([]);
    expect(store.provenance('archive', '2026/film.mxf')).toHaveLength(1);
  });

  test('says that the source is missing', async () => {
    const args = ['copy', 's3://media/nothing', 's3://archive/x'];
    const { exitCode, events, stderr } = await runCommand(args, environmentOf(store));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^Error: .*media\/nothing[^]*\nHint: check bucket, key and endpoint.*; copy --recursive takes a prefix/,
    );
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(events.at(-1)).toMatchObject({ event: 'failed', exitCode: 1, error: { code: 'ERR_COPY_SOURCE_NOT_FOUND' } });
  });

  test.each([
    ['fail', 1, { event: 'failed', error: expect.objectContaining({ code: 'ERR_COPY_DESTINATION_EXISTS' }) }],
    ['skip', 0, { event: 'complete', strategy: 'skipped' }],
    ['overwrite', 0, { event: 'complete', strategy: 'multipart' }],
  ])('may find the destination: --if-exists %s', async (action, wanted, last) => {
    await runCommand(['copy', ...IN_PARTS], environmentOf(store));
    const { exitCode, events } = await runCommand(['copy', ...IN_PARTS, '--if-exists', action], environmentOf(store));
    expect(exitCode).toBe(wanted);
    expect(events.at(-1)).toMatchObject(last);
  });

  test('says that the destination needs a look where it was written, but not as asked', async () => {
    await restart({
      personality: 'ceph-rgw',
      faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'putObjectTagging' }],
    });
    const { exitCode, events } = await runCommand(['copy', ...IN_PARTS, '--tag', 'a=b'], environmentOf(store));
    expect(exitCode).toBe(3);
    expect(events.at(-1)).toMatchObject({ event: 'failed', exitCode: 3, error: { destinationWritten: true } });
    expect(store.object('archive', '2026/film.mxf')).toMatchObject({ size: SIZE, tags: {} });
  });

  test('says so, too, where another source was copied than was looked at', async () => {
    await restart({
      personality: 'moto',
      objects: [{ bucket: 'media', key: 'raw/film.mxf', size: 20 * MIB, partSize: 8 * MIB }],
      faults: [{ kind: 'replaceSource', operation: 'copyObject', times: 1 }],
    });
    const { exitCode, events } = await runCommand(['copy', ...FILM], environmentOf(store));
    expect(exitCode).toBe(3);
    expect(events.at(-1)).toMatchObject({ event: 'failed', error: { code: 'ERR_COPY_SOURCE_CHANGED' } });
  });

  test('says what may be wrong where a HEAD is refused without a reason', async () => {
    const env = { ...environmentOf(store), AWS_SECRET_ACCESS_KEY: 'another-secret-key' };
    const { exitCode, stderr } = await runCommand(['copy', ...IN_PARTS, '--quiet'], env);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\nHint: .*secret key.*--region/);
  });
});

test.each([
  [[], 0],
  [['--etag-formula', 'aws'], 3],
] as const)('wrong bytes of the right size, where the store is called with %j, end with %d', async (flags, wanted) => {
  await restart({ faults: [{ kind: 'wrongBytes', operation: 'copyObject' }] });
  const { exitCode } = await runCommand(
    ['copy', ...FILM, '--multipart-threshold', '1GiB', ...flags, '--quiet'],
    environmentOf(store),
  );
  expect(exitCode).toBe(wanted);
});

describe('a copy that failed', () => {
  test.each([
    ['whose result is wrong', 'nothingStored', 3, 'VerificationError'],
    ['whose upload is gone', 'loseUpload', 1, 'CompleteFailedError'],
  ] as const)('and %s names no upload to go on with, as there is none', async (_, kind, wanted, name) => {
    await restart({ faults: [{ kind, operation: 'completeMultipartUpload' }] });
    for (const flags of [['--checkpoint', directory], ['--on-failure', 'keep'], []]) {
      const { exitCode, stderr, events } = await runCommand(['copy', ...IN_PARTS, ...flags], environmentOf(store));
      expect(exitCode).toBe(wanted);
      expect(store.uploads('archive')).toEqual([]);
      expect(events.at(-1)).toMatchObject({ event: 'failed', error: { name } });
      expect(events.at(-1)).not.toHaveProperty('uploadId');
      expect(events.at(-1)).not.toHaveProperty('error.uploadId');
      expect(stderr).not.toContain('is kept');
      expect(stderr).not.toContain('--resume');
    }
  });

  test('and whose upload could be neither completed nor aborted names it', async () => {
    await restart({
      faults: [
        { kind: 'error', status: 403, code: 'AccessDenied', operation: 'abortMultipartUpload' },
        { kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyPart' },
      ],
    });
    const { exitCode, stderr, events } = await runCommand(['copy', ...IN_PARTS], environmentOf(store));
    expect(exitCode).toBe(1);
    const [left] = store.uploads('archive');
    expect(events.at(-1)).toMatchObject({ event: 'failed', uploadId: left?.uploadId });
    expect(stderr).toContain(`Upload ${left?.uploadId} is kept`);
  });
});

describe('interrupted copy', () => {
  test('names its upload where that could not be aborted', async () => {
    await restart({
      ...SLOW,
      faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'abortMultipartUpload' }],
    });
    const { child, said, ended } = startCommand(
      ['copy', ...IN_PARTS, '--json', '--concurrency', '4'],
      environmentOf(store),
    );
    await said('part');
    child.kill('SIGINT');
    const { exitCode, stderr, events } = await ended;
    expect(exitCode).toBe(130);
    const [left] = store.uploads('archive');
    expect(events.at(-1)).toMatchObject({ event: 'failed', uploadId: left?.uploadId });
    expect(stderr).toContain(`Upload ${left?.uploadId} is kept`);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('leaves no upload after %s', async (signal, wanted) => {
    await restart(SLOW);
    const { child, said, ended } = startCommand(
      ['copy', ...IN_PARTS, '--json', '--concurrency', '4'],
      environmentOf(store),
    );
    await said('part');
    const [upload] = store.uploads('archive');
    child.kill(signal);
    const { exitCode, stderr, events } = await ended;
    expect(exitCode).toBe(wanted);
    expect(stderr).toBe(
      `Interrupted. Aborting the upload … (once more to leave at once)\nUpload ${upload?.uploadId} was aborted: no part is left.\n`,
    );
    expect(events.at(-1)).toMatchObject({ event: 'failed', exitCode: wanted });
    expect(store.uploads('archive')).toEqual([]);
  });

  test('ends at once when it is interrupted twice', async () => {
    await restart({ ...SLOW, faults: [{ kind: 'stall', operation: 'abortMultipartUpload' }] });
    const { child, said, ended } = startCommand(
      ['copy', ...IN_PARTS, '--json', '--concurrency', '4'],
      environmentOf(store),
    );
    await said('part');
    child.kill('SIGINT');
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/Left at once: upload \w+ may still exist/);
  });

  test('says how to go on where the upload is kept, and goes on', async () => {
    await restart(SLOW);
    const args = ['copy', ...IN_PARTS, '--json', '--concurrency', '4', '--on-failure', 'keep'];
    const first = startCommand(args, environmentOf(store));
    await first.said('part');
    first.child.kill('SIGINT');
    const { stderr, events } = await first.ended;
    const uploadId = String(events.at(-1)?.['uploadId']);
    expect(stderr).toContain(`copy-large-object copy ${FILM[0]} ${FILM[1]} --resume ${uploadId}`);
    expect(store.uploads('archive')).toHaveLength(1);

    const second = await runCommand([...args, '--resume', uploadId], environmentOf(store));
    expect(second.exitCode).toBe(0);
    const resumed = second.events.find(({ event }) => event === 'upload');
    expect(resumed).toMatchObject({ uploadId, resumed: true });
    expect(resumed?.['partsAlreadyCopied']).toBeGreaterThan(0);
    expect(store.uploads('archive')).toEqual([]);
  });

  test('goes on from its checkpoint, even when it was killed', async () => {
    await restart(SLOW);
    const args = ['copy', ...IN_PARTS, '--json', '--concurrency', '4', '--checkpoint', directory];
    const first = startCommand(args, environmentOf(store));
    await first.said('part');
    const rival = await runCommand(args, environmentOf(store));
    expect(rival).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`process ${first.child.pid} on `) });
    first.child.kill('SIGKILL');
    await first.ended;

    const { exitCode, events } = await runCommand(args, environmentOf(store));
    expect(exitCode).toBe(0);
    expect(events.find(({ event }) => event === 'upload')).toMatchObject({ resumed: true });
    expect(await readdir(directory)).toEqual([]);
    expect(store.uploads('archive')).toEqual([]);
  });

  test('says what to do where the upload to go on with is gone', async () => {
    const { exitCode, stderr } = await runCommand(['copy', ...IN_PARTS, '--resume', 'DEAD'], environmentOf(store));
    expect(stderr).toMatch(/upload DEAD does not exist[^]*\nHint: copy again without --resume\n/);
    expect(exitCode).toBe(1);
  });
});
