import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { environmentOf, runCommand, startCommand } from './run-command.ts';

const PREFIXES = ['s3://media/t/', 's3://archive/c/'] as const;

let store: TestStore;
let directory: string;

beforeEach(async () => {
  store = await startTestStore({
    buckets: ['archive', 'inventories'],
    series: [{ bucket: 'media', prefix: 't/', count: 120, size: 100 }],
    objects: [{ bucket: 'media', key: 't/sub/film.mxf', body: 'film' }],
  });
  directory = await mkdtemp(path.join(tmpdir(), 'cli-'));
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('copy --recursive copies a prefix, in JSON lines where there is no terminal', async () => {
  const { exitCode, events, stderr } = await runCommand(['copy', '--recursive', ...PREFIXES], environmentOf(store));
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(events.at(-1)).toMatchObject({ event: 'complete', copied: 121, failed: 0 });
  expect(events.filter(({ event }) => event === 'object')).toHaveLength(121);
  expect(store.keys('archive')).toHaveLength(121);
});

test('copy --recursive takes patterns and a report, by which it goes on', async () => {
  const report = path.join(directory, 'run.ndjson');
  const args = [
    'copy',
    '-r',
    ...PREFIXES,
    '--include',
    '**/*.mxf',
    '--include',
    '00*',
    '--exclude',
    '009',
    '--report',
    report,
  ];
  const first = await runCommand(args, environmentOf(store));
  expect(first.events.at(-1)).toMatchObject({ event: 'complete', copied: 10, report });
  expect(first.events.filter(({ event }) => event === 'object')).toEqual([]);
  expect((await readFile(report, 'utf8')).trimEnd().split('\n')).toHaveLength(10);
  const again = await runCommand(args, environmentOf(store));
  expect(again.events.at(-1)).toMatchObject({ copied: 0, skipped: 10 });
});

test('--dry-run only says what would be done, and --files-from takes a list', async () => {
  const list = path.join(directory, 'list');
  await writeFile(list, 't/001\nmedia,t/sub%2Ffilm.mxf\n');
  const dry = await runCommand(['copy', '--files-from', list, ...PREFIXES, '--dry-run'], environmentOf(store));
  expect(dry.events).toMatchObject([{ event: 'plan', objects: 2, listed: 2 }]);
  expect(store.keys('archive')).toEqual([]);
  const text = await runCommand(
    ['copy', '-r', ...PREFIXES, '--dry-run', '--quiet', '--assume-latency', '1s', '--assume-prices', '2000,0,EUR'],
    environmentOf(store),
  );
  expect(text.stdout).toContain('Would copy 121 of 121 objects');
  expect(text.stdout).toContain('(assuming 64 requests at once, 1000 ms a request)');
  expect(text.stdout).toContain(
    'pay about 246 EUR for requests (at 2000 for 1,000 that copy or list, 0 for 1,000 others)',
  );
  const early = await runCommand(['copy', '-r', ...PREFIXES, '--assume-latency', '1s'], environmentOf(store));
  expect(early).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--assume-latency is for an estimate') });
  const { exitCode } = await runCommand(['copy', '--files-from', list, ...PREFIXES], environmentOf(store));
  expect(exitCode).toBe(0);
  expect(store.keys('archive')).toEqual(['c/001', 'c/sub/film.mxf']);
});

test('a list that names a key beside the source is refused, and one that is not there is a failure', async () => {
  const list = path.join(directory, 'list');
  await writeFile(list, 't/001\nt/nowhere\n');
  const missing = await runCommand(['copy', '--files-from', list, ...PREFIXES], environmentOf(store));
  expect(missing.exitCode).toBe(4);
  expect(missing.stderr).toBe("Failed: Cannot copy media/t/nowhere as it does not exist in store 's3'\n");
  expect(missing.events.at(-1)).toMatchObject({ event: 'complete', copied: 1, gone: 1 });
  await writeFile(list, '002\n');
  const beside = await runCommand(['copy', '--files-from', list, ...PREFIXES], environmentOf(store));
  expect(beside.exitCode).not.toBe(0);
  expect(beside.stderr).toContain(
    `'source.objects[0].key' must be a whole key that begins with "t/": current value is`,
  );
  expect(store.keys('archive')).toEqual(['c/001']);
});

test('a prefix below which there is nothing is a warning', async () => {
  const args = ['copy', '-r', 's3://media/tenant17/', 's3://archive/c/'];
  const { exitCode, events } = await runCommand(args, environmentOf(store));
  expect(exitCode).toBe(0);
  const text = 'Bucket media has no object below tenant17/ to copy';
  expect(events.filter(({ event }) => event === 'warning')).toMatchObject([{ code: 'NOTHING_LISTED', message: text }]);
});

test('a destination bucket that is not there stops the run at its first failures', async () => {
  const { exitCode, stderr } = await runCommand(['copy', '-r', PREFIXES[0], 's3://nobucket/c/'], environmentOf(store));
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/Error: The run was stopped as \d{1,2} objects? ha(s|ve) failed; the first: .*NoSuchBucket/);
});

test('each failure is said on stderr, whatever goes to stdout', async () => {
  store.setFaults([{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject' }]);
  const few = ['--include', '00*', '--include', '01*'];
  for (const more of [[], ['--quiet'], ['--quiet', '--json'], ['--report', path.join(directory, 'r')]]) {
    const { exitCode, stderr } = await runCommand(['copy', '-r', ...PREFIXES, ...few, ...more], environmentOf(store));
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^(Failed: Cannot copy .*AccessDenied.*\n){10}More failures are not shown/);
    expect(stderr.includes('Run the same command again to try those that failed.')).toBe(more.includes('--report'));
  }
});

test('--inventory takes what an inventory lists below the source', async () => {
  const address = 's3://inventories/manifest.json';
  const body = 'media,t/001\nmedia,t%2Fsub/film.mxf\nmedia,other\n';
  store.putObject({ bucket: 'inventories', key: 'rows.csv', body });
  const manifest = {
    sourceBucket: 'media',
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key',
    files: [{ key: 'rows.csv' }],
  };
  store.putObject({ bucket: 'inventories', key: 'manifest.json', body: JSON.stringify(manifest) });
  const { exitCode, events } = await runCommand(['copy', '--inventory', address, ...PREFIXES], environmentOf(store));
  expect(events.at(-1)).toMatchObject({ event: 'complete', listed: 2, copied: 2 });
  expect(exitCode).toBe(0);
  expect(store.keys('archive')).toEqual(['c/001', 'c/sub/film.mxf']);
  for (const [wrong, message] of [
    ['s3://inventories/rows.csv', 'must be the address of a manifest.json'],
    ['obs://inventories/manifest.json', 'must be the address of a manifest.json'],
  ] as const) {
    const refused = await runCommand(['copy', '--inventory', wrong, ...PREFIXES], environmentOf(store));
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  }
});

test('--versions needs buckets that keep versions, and many objects', async () => {
  const refused = await runCommand(['copy', '-r', '--versions', ...PREFIXES], environmentOf(store));
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('as it keeps none') });
  const alone = await runCommand(['copy', '--versions', 's3://media/t/001', 's3://archive/x'], environmentOf(store));
  expect(alone).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--versions is for many objects') });
  const both = ['--versions', '--inventory', 's3://inventories/manifest.json'];
  const mixed = await runCommand(['copy', ...both, ...PREFIXES], environmentOf(store));
  expect(mixed).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('leave out --files-from and --inventory'),
  });
});

test('sync copies what differs, and deletes only as many as it may', async () => {
  await runCommand(['sync', ...PREFIXES, '--quiet'], environmentOf(store));
  store.putObject({ bucket: 'archive', key: 'c/extra', body: 'x' });
  store.deleteObject('archive', 'c/003');
  const refused = await runCommand(['sync', ...PREFIXES, '--delete', '--quiet'], environmentOf(store));
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--delete needs --max-delete') });
  const { events } = await runCommand(['sync', ...PREFIXES, '--delete', '--max-delete', '1'], environmentOf(store));
  expect(events.at(-1)).toMatchObject({ event: 'complete', copied: 1, skipped: 120, deleted: 1 });
});

test('some failures are exit code 4, also if the run stops at them', async () => {
  store.setFaults([{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', key: 'c/007' }]);
  const some = await runCommand(['copy', '-r', ...PREFIXES], environmentOf(store));
  expect(some.exitCode).toBe(4);
  expect(some.events.find(({ event }) => event === 'objectFailed')).toMatchObject({ code: 'AccessDenied' });
  const stopped = await runCommand(['copy', '-r', ...PREFIXES, '--on-failure', 'stop'], environmentOf(store));
  expect(stopped).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('The run was stopped as 1 object has failed'),
  });
  expect(stopped.events.at(-1)).toMatchObject({ event: 'failed', exitCode: 4 });
});

test('a list with a line that is none, behind others that were looked at, is no wrong usage', async () => {
  const list = path.join(directory, 'list');
  const lines = Array.from({ length: 600 }, (_, index) => `t/none${index}`);
  await writeFile(list, `${lines.join('\n')}\n{"key":"t/002","size":"big"}\n`);
  const { exitCode, stderr } = await runCommand(['copy', '--files-from', list, ...PREFIXES], environmentOf(store));
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`'source.objects[600].size' must be a whole number`);
});

test('a destination that needs a look is exit code 3, though others failed as well', async () => {
  const MIB = 1024 * 1024;
  const tagged = await startTestStore({
    personality: 'ceph-rgw',
    buckets: ['archive'],
    objects: ['t/a', 't/b'].map((key) => ({ bucket: 'media', key, size: 20 * MIB, tags: { a: 'b' } })),
    faults: [
      { kind: 'error', status: 403, code: 'AccessDenied', operation: 'putObjectTagging', key: 'c/a' },
      { kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyPart', key: 'c/b' },
    ],
  });
  const inParts = ['--multipart-threshold', '8MiB', '--part-size', '8MiB', '--preserve', 'tags'];
  const { exitCode, events } = await runCommand(['copy', '-r', ...PREFIXES, ...inParts], environmentOf(tagged));
  await tagged.close();
  expect(exitCode).toBe(3);
  const failed = events.filter(({ event }) => event === 'objectFailed');
  expect(failed.map(({ error }) => error)).toContainEqual(expect.objectContaining({ destinationWritten: true }));
  expect(events.at(-1)).toMatchObject({ event: 'complete', failed: 2 });
});

test('--progress says how progress is told: lines of text, JSON lines, or none', async () => {
  const run = async (...flags: readonly string[]) =>
    runCommand(['copy', '-r', ...PREFIXES, ...flags], environmentOf(store));
  const plain = await run('--progress', 'plain');
  expect(plain.stdout).toMatch(/^Copied 121 objects from s3:\/\/media\/t\/ to /);
  expect(plain.stderr).toMatch(/^121\/121 objects · .* in flight\n$/);
  const json = await run('--progress', 'json');
  expect(json.events.map(({ event }) => event)).toContain('progress');
  const none = await run('--progress', 'none');
  expect(none.events.at(-1)).toMatchObject({ event: 'complete', copied: 121 });
  expect(none.events.map(({ event }) => event)).not.toContain('progress');
  expect(none.stderr).toBe('');
  expect(await run('--json', '--progress', 'plain')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--json and --progress plain say two things'),
  });
});

test('--progress is for one object, too', async () => {
  const film = ['s3://media/t/sub/film.mxf', 's3://archive/film.mxf'];
  const plain = await runCommand(['copy', ...film, '--progress', 'plain'], environmentOf(store));
  expect(plain.stdout).toMatch(/^Copied s3:\/\/media\/t\/sub\/film\.mxf to /);
  expect(plain.stderr).toMatch(/^.*100\.0% .* 4 B of 4 B .*\n$/);
  const none = await runCommand(['copy', ...film, '--progress', 'none'], environmentOf(store));
  expect(none.events.map(({ event }) => event)).toEqual(['plan', 'complete']);
});

test.each([
  [['copy', '-r', 's3://media/t/', 's3://archive/c'], 'The destination must end in / beside this source'],
  [['sync', 's3://media/t', 's3://archive/'], 'The source must end in / beside this destination'],
  [['copy', '--files-from', '-', 's3://media', 's3://archive/c'], 'The destination must end in / beside this source'],
  [['copy', '--files-from', 'nowhere', ...PREFIXES], '--files-from must be a file that can be read'],
])('%j is refused, as it would not do what it seems to', async (args, message) => {
  const { exitCode, stderr } = await runCommand(args, environmentOf(store));
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  expect(store.stats().requests).toBe(0);
});

test('a prefix that ends within names goes to another one that does', async () => {
  const { events } = await runCommand(['copy', '-r', 's3://media/t/00', 's3://archive/c'], environmentOf(store));
  expect(events.at(-1)).toMatchObject({ event: 'complete', copied: 10 });
  expect(store.keys('archive')[0]).toBe('c0');
});

test('a list on stdin is copied as it comes, and Ctrl-C ends the wait for more', async () => {
  const command = startCommand(['copy', '--files-from', '-', ...PREFIXES], environmentOf(store));
  command.child.stdin.write('t/001\n');
  await command.wrote('"outcome":"copied"');
  expect(store.keys('archive')).toEqual(['c/001']);
  command.child.kill('SIGINT');
  expect((await command.ended).exitCode).toBe(130);
});

test('a report that can not be used is said to be so, and nothing about going on', async () => {
  const report = path.join(directory, 'notes.txt');
  await writeFile(report, 'my notes');
  const { exitCode, stderr } = await runCommand(['copy', '-r', ...PREFIXES, '--report', report], environmentOf(store));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^Error: Cannot go on with the report .*notes\.txt as line 1 is not one of a report\n$/);
  expect(await readFile(report, 'utf8')).toBe('my notes');
});

test('list shows each object on a line of its own, whatever its key', async () => {
  store.putObject({ bucket: 'media', key: 'odd/\u001B[2Jnew\nline ü', body: 'x' });
  const { stdout } = await runCommand(['list', 's3://media/odd/'], environmentOf(store));
  expect(stdout).toMatch(/ s3:\/\/media\/odd\/\\u001b\[2Jnew\\u000aline ü\n$/);
});

test('list shows objects', async () => {
  const { exitCode, stdout, stderr } = await runCommand(['list', 's3://media/t/sub/'], environmentOf(store));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ +4 B {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}s3:\/\/media\/t\/sub\/film\.mxf\n$/);
  expect(stderr).toBe('1 object, 4 B\n');
});

test('flags that are for one object are refused with many, before anything is sent', async () => {
  for (const [flag, value] of [
    ['--tag', 'a=b'],
    ['--if-etag', 'abc'],
    ['--verify', 'etag'],
    ['--on-failure', 'keep'],
  ] as const) {
    const { exitCode, stderr } = await runCommand(['copy', '-r', ...PREFIXES, flag, value], environmentOf(store));
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(flag) });
  }
  expect(store.stats().requests).toBe(0);
});

test('Ctrl-C ends a run soon, and says how to go on', async () => {
  store.setLatency({ copyObject: 200, default: 0 });
  const report = path.join(directory, 'run.ndjson');
  const command = startCommand(
    ['copy', '-r', ...PREFIXES, '--report', report, '--concurrency', '2'],
    environmentOf(store),
  );
  await command.said('progress');
  command.child.kill('SIGINT');
  const { exitCode, stderr } = await command.ended;
  expect(exitCode).toBe(130);
  expect(stderr).toMatch(/\d objects copied\. Run the same command again to go on\.\n$/);
});

test.each([
  ['copy', ['-r'], 'with --if-exists skip-same it leaves out what is copied.'],
  ['sync', [], 'Run the same command again to copy the others.'],
] as const)('Ctrl-C ends a %s without a report, and says what the same command does', async (verb, flags, advice) => {
  store.setLatency({ copyObject: 200, default: 0 });
  const command = startCommand([verb, ...flags, ...PREFIXES, '--concurrency', '2'], environmentOf(store));
  await command.said('progress');
  command.child.kill('SIGINT');
  const { exitCode, stderr } = await command.ended;
  expect(exitCode).toBe(130);
  expect(stderr).toContain(advice);
});
