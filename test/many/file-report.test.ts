import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyObjects, type CopyObjectsOptions, type CopyStore, fileReport } from '../../src/index.ts';
import { setUpReport } from './set-up-report.ts';
import { expectAllCopied, observeRun } from './set-up-run.ts';

it('has a line for each object, and a later run does nothing about what it reports', async () => {
  const { testStore, options, readLines, file } = await setUpReport(250);
  const { result } = await observeRun(options);
  expect(result).toMatchObject({ copied: 250, report: file });
  const lines = await readLines();
  expect(lines).toHaveLength(250);
  expect(lines.find(({ source }) => source.key === 't/007')).toEqual({
    source: { bucket: 'src', key: 't/007', etag: testStore.object('src', 't/007')?.etag },
    destination: { bucket: 'dst', key: 'c/007' },
    outcome: 'copied',
    etag: testStore.object('dst', 'c/007')?.etag,
    size: 100,
    attempts: 1,
    elapsedMs: expect.any(Number),
    at: expect.any(String),
  });
  const before = testStore.stats().operations.copyObject;
  const again = await observeRun({ ...options, report: fileReport(file) });
  expect(again.result).toMatchObject({ listed: 250, copied: 0, skipped: 250, requests: 2 });
  expect(testStore.stats().operations.copyObject).toBe(before);
  expect(await readLines()).toHaveLength(250);
});

it('of a run that was cut off is gone on with: what changed since is copied again', async () => {
  const { testStore, options, readLines, file } = await setUpReport(1300);
  const run = copyObjects(options);
  let ended = 0;
  run.on('object', () => {
    if (++ended === 600) run.abort(new Error('cut'));
  });
  await expect(run).rejects.toThrow('cut');
  const reported = (await readLines()).length;
  expect(reported).toBeGreaterThanOrEqual(600);
  // As after a kill in the middle of a line.
  await appendFile(file, '{"source":{"bucket":"src","key":"t/12');
  testStore.putObject({ bucket: 'src', key: 't/0001', size: 101 });
  const { result } = await observeRun({ ...options, report: fileReport(file) });
  expect(result).toMatchObject({ copied: 1300 - reported + 1, skipped: reported - 1, failed: 0 });
  expectAllCopied(testStore);
  const keys = (await readLines()).map(({ source }) => source.key);
  expect(keys).toHaveLength(1301);
  expect(new Set(keys).size).toBe(1300);
});

/** A run of which only the first lines of the report are left, as if it had been killed. */
async function setUpKilled(count: number, reported: number, changes: Partial<CopyObjectsOptions> = {}) {
  const { options, file, ...rest } = await setUpReport(count);
  const asked = { ...options, ...changes };
  await observeRun(asked);
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, `${lines.slice(0, reported).join('\n')}\n`.trimStart());
  const before: Readonly<Record<string, number>> = { ...rest.testStore.stats().operations };
  const goOn = async (more: Partial<CopyObjectsOptions> = {}) => {
    const observed = await observeRun({ ...asked, report: fileReport(file), ...more });
    const operations: Readonly<Record<string, number>> = rest.testStore.stats().operations;
    const sent = (name: string): number => (operations[name] ?? 0) - (before[name] ?? 0);
    return { ...observed, copies: sent('copyObject'), heads: sent('headObject') };
  };
  return { ...rest, goOn };
}

it.each([
  ['by the listing', 1300, 700, {}, 0],
  ['by the listing, though nothing was reported', 1300, 0, {}, 0],
  ['by the listing, with ifExists fail', 130, 100, { ifExists: 'fail' }, 0],
  ['by HEAD for a list', 3, 1, { source: { bucket: 'src', objects: ['t/0', 't/1', 't/2'] } }, 1 + 2 * 2],
] as const)('what a killed run copied and did not report is found %s', async (_, count, reported, changes, heads) => {
  const { goOn, readLines } = await setUpKilled(count, reported, changes);
  const gone = await goOn();
  expect(gone).toMatchObject({ copies: 0, heads, failures: [], warnings: [] });
  expect(gone.result).toMatchObject({ copied: count - reported, skipped: reported, bytes: (count - reported) * 100 });
  const lines = await readLines();
  expect(lines).toHaveLength(count);
  expect(lines.every(({ outcome, etag }) => outcome === 'copied' && etag !== undefined)).toBe(true);
});

it('what stood at the destination before the first run is copied over, though its bytes are the same', async () => {
  const { goOn } = await setUpKilled(120, 20);
  const nothing = (): Promise<void> => Promise.resolve();
  const since = new Date(Date.now() + 60_000);
  const report = { name: 'younger', since, read: nothing, open: nothing, append: nothing, close: nothing };
  expect(await goOn({ report })).toMatchObject({ copies: 120 });
});

it('that is a copy of the file, and so younger than the run, says all the same when that began', async () => {
  const { testStore, options, file } = await setUpReport(30);
  testStore.setClock(-5000);
  await observeRun(options);
  const [line = ''] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, `${line.replace(/"at":"[^"]*"/, `"at":"${new Date(Date.now() - 10_000).toISOString()}"`)}\n`);
  const { result } = await observeRun({ ...options, report: fileReport(file) });
  expect(result).toMatchObject({ copied: 29, skipped: 1 });
  expect(testStore.stats().operations).toMatchObject({ copyObject: 30 });
});

it('a killed run goes on by HEADs if the destination can not be listed', async () => {
  const { goOn, testStore } = await setUpKilled(130, 100);
  testStore.setFaults([
    { kind: 'error', status: 403, code: 'AccessDenied', operation: 'listObjectsV2', bucket: 'dst' },
  ]);
  const gone = await goOn();
  expect(gone).toMatchObject({ copies: 0, heads: 30, warnings: ['LISTING_REFUSED'] });
  expect(gone.result).toMatchObject({ copied: 30, failed: 0 });
});

it('with failures is tried again for these alone', async () => {
  const { testStore, options, file } = await setUpReport(150);
  testStore.setFaults([{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyObject', key: 'c/033' }]);
  expect((await observeRun(options)).result).toMatchObject({ copied: 149, failed: 1 });
  testStore.setFaults([]);
  const { result } = await observeRun({ ...options, report: fileReport(file) });
  expect(result).toMatchObject({ copied: 1, skipped: 149, failed: 0 });
});

it('that is none, or can not be written, ends the run before anything is sent', async () => {
  const { testStore, options, file } = await setUpReport(5);
  await observeRun(options);
  await writeFile(file, '{"source":{"bucket":"src","key":"t/1"},"outcome":"copied"}\nno report\n');
  const { requests } = testStore.stats();
  const { error } = await observeRun({ ...options, report: fileReport(file) });
  expect(error).toMatchObject({ name: 'CopyError', message: expect.stringContaining('line 2 is not one of a report') });
  const blocked = await observeRun({ ...options, report: fileReport(path.join(file, 'below a file')) });
  expect(blocked.error).toMatchObject({ name: 'CopyError', message: expect.stringContaining('Cannot use the report') });
  expect(testStore.stats().requests).toBe(requests);
  expect(() => fileReport('')).toThrow(/needs the path of a file/);
});

it.each(['a song without an end of line', '{"not": "a report"}', '\0\u0001', '\n\0'])(
  'that is another file without an end of line is left as it is: %j',
  async (content) => {
    const { testStore, options, file } = await setUpReport(5);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    const { error } = await observeRun(options);
    expect(error).toMatchObject({
      name: 'CopyError',
      message: expect.stringMatching(/line [12] is not one of a report/),
    });
    expect(await readFile(file, 'utf8')).toBe(content);
    expect(testStore.stats().requests).toBe(0);
  },
);

describe('that a power cut has damaged', () => {
  const NULS = '\0'.repeat(70_000);

  it.each([
    ['behind the last line', (lines: string[]) => `${lines.join('\n')}\n${NULS}`, 20],
    ['in the middle of the last line', (lines: string[]) => `${lines.join('\n').slice(0, -30)}${NULS}`, 19],
    ['in the first bytes of the last line', (lines: string[]) => `${lines.slice(1).join('\n')}\n{"s${NULS}`, 19],
    ['with a line end behind them', (lines: string[]) => `${lines.join('\n')}\n${NULS}\n`, 20],
    [
      'between lines',
      ([one = '', two = '', ...rest]: string[]) => [one, `${two.slice(9)}${NULS}`, ...rest, ''].join('\n'),
      19,
    ],
  ])('so that NULs stand %s, is gone on with, and a warning says so once', async (_, damage, left) => {
    const { testStore, options, file } = await setUpReport(30);
    const first = { bucket: 'src', objects: testStore.keys('src').slice(0, 20) };
    const destination = ({ name }: { name: string }) => ({ bucket: 'dst', key: `c/${name.slice(2)}` });
    await observeRun({ ...options, source: first, destination });
    await writeFile(file, damage((await readFile(file, 'utf8')).trimEnd().split('\n')));
    const { result, warnings, error } = await observeRun({ ...options, report: fileReport(file) });
    expect(error).toBeUndefined();
    expect(warnings).toEqual(['REPORT_DAMAGED']);
    expect(result?.warnings[0]?.message).toMatch(/line \d+ of .* NUL/);
    expect(result).toMatchObject({ listed: 30, skipped: left, copied: 30 - left });
    expectAllCopied(testStore);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const written = lines.filter((line) => line.trim() !== '');
    expect(written.map((line) => typeof JSON.parse(line))).toHaveLength(30);
    const later = await observeRun({ ...options, report: fileReport(file) });
    expect(later).toMatchObject({ warnings: [], error: undefined, result: { listed: 30, skipped: 30 } });
  });
});

it('of a run that goes on is not for a second one, which says so before it sends anything', async () => {
  const { testStore, options, file, readLines } = await setUpReport(30);
  let startSecond = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    startSecond = resolve;
  });
  const second = started.then(() => observeRun({ ...options, report: fileReport(file) }));
  const store: CopyStore = {
    ...options.store,
    copyObject: async (request) => {
      startSecond();
      await second;
      return options.store.copyObject(request);
    },
  };
  const first = observeRun({ ...options, store });
  expect(await second).toMatchObject({
    error: { name: 'CopyError', message: expect.stringMatching(/^Cannot use the report .*process \d+/) },
    objects: [],
  });
  expect((await first).result).toMatchObject({ copied: 30 });
  expect(testStore.stats().operations).toMatchObject({ copyObject: 30 });
  expect(await readLines()).toHaveLength(30);
  // The one that was refused has not taken the lock away, and the one that ended has.
  expect(await readdir(path.dirname(file))).toEqual([path.basename(file)]);
});

it('that another run has taken over gets no line more', async () => {
  const { options, file, readLines } = await setUpReport(30);
  const store: CopyStore = {
    ...options.store,
    copyObject: async (request) => {
      // As one does that sees no heartbeat of a process that was stopped for minutes.
      await writeFile(`${file}.lock`, JSON.stringify({ pid: 1, hostname: 'another', realm: '', token: 'theirs' }));
      return options.store.copyObject(request);
    },
  };
  const { error } = await observeRun({ ...options, store });
  expect(error).toMatchObject({
    name: 'CopyError',
    message: `Cannot write to the report ${file}: another run has taken it over`,
  });
  expect(await readFile(file, 'utf8')).toBe('');
  expect(await readFile(`${file}.lock`, 'utf8')).toContain('theirs');
  await rm(`${file}.lock`);
  expect((await observeRun({ ...options, report: fileReport(file) })).result).toMatchObject({ copied: 30, failed: 0 });
  expect(await readLines()).toHaveLength(30);
});

it('that can not be written any more ends the run at once', async () => {
  const { testStore, options } = await setUpReport(0, {
    objects: Array.from({ length: 40 }, (_, index) => ({ bucket: 'src', key: `t/${index}`, size: 10, partSize: 5 })),
  });
  const nothing = (): Promise<void> => Promise.resolve();
  const append = (): Promise<void> => Promise.reject(new Error('no space left'));
  const { error } = await observeRun({
    ...options,
    report: { name: 'full', read: nothing, open: nothing, append, close: nothing },
  });
  expect(error).toMatchObject({ message: 'no space left' });
  // What was in flight by then, and not all of the objects.
  expect(testStore.keys('dst').length).toBeLessThan(20);
});
