import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CopyOptionsError, type ObjectEntry } from '../../src/index.ts';
import { type CopyJob, planJobs, type PlanJobsOptions, runIdOf } from '../../src/jobs/index.ts';

const MIB = 1024 ** 2;
const THRESHOLD = 128 * MIB;
const OPTIONS: PlanJobsOptions = {
  from: 'eu',
  source: { bucket: 'media', prefix: 'raw/' },
  destination: { bucket: 'archive', prefix: '2026/' },
};

async function plan(
  entries: Iterable<ObjectEntry | string>,
  options: Partial<PlanJobsOptions> = {},
): Promise<CopyJob[]> {
  const jobs: CopyJob[] = [];
  for await (const job of planJobs(entries, { ...OPTIONS, ...options })) jobs.push(job);
  return jobs;
}

const keysOf = ({ source, objects }: CopyJob): string[] => objects.map(({ key }) => source.prefix + key);
const numbered = (count: number, size = 1000): ObjectEntry[] =>
  Array.from({ length: count }, (_, index) => ({ key: `raw/${String(index).padStart(6, '0')}`, size, etag: 'e' }));

describe('batches', () => {
  const entries = fc
    .uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 6 }), fc.nat(150 * MIB)), {
      selector: ([name]) => name,
      maxLength: 400,
      size: 'max',
    })
    .map((all) =>
      all.map(([name, size]) => ({ key: `raw/${name}`, size })).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    );

  it('hold every object once, within their bounds, small ones in their order', async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (all) => {
        const jobs = await plan(all);
        expect(jobs.flatMap(keysOf).toSorted()).toEqual(all.map(({ key }) => key).toSorted());
        const isSmall = ({ size = 0 }: { readonly size?: number | undefined }): boolean => size <= THRESHOLD;
        const ofSmall = jobs.filter(({ objects }) => objects.every(isSmall));
        expect(ofSmall.flatMap(keysOf)).toEqual(all.filter(isSmall).map(({ key }) => key));
        for (const { objects, bytes } of jobs) {
          expect(objects.length).toBeLessThanOrEqual(100);
          expect(bytes).toBe(objects.reduce((sum, { size = 0 }) => sum + size, 0));
          if (objects.length > 1) expect(bytes).toBeLessThanOrEqual(400 * MIB);
          if (objects.length > 1) expect(objects.every(isSmall)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('beyond the stretch in which a key is added stay as they are', async () => {
    const all = numbered(3000);
    const before = (await plan(all)).map(({ id }) => id);
    let changed = 0;
    for (let at = 7; at < 3000; at += 100) {
      const added = [...all.slice(0, at), { key: `raw/${String(at - 1).padStart(6, '0')}x`, size: 1000, etag: 'e' }];
      const after = new Set((await plan([...added, ...all.slice(at)])).map(({ id }) => id));
      const gone = before.map((id) => !after.has(id));
      // What changes lies together, and is never much.
      expect(gone.lastIndexOf(true) - gone.indexOf(true)).toBeLessThan(10);
      changed += gone.filter(Boolean).length;
    }
    expect(changed / 30).toBeLessThan(2);
  });

  it('are nearly full: so many keys are not cut into too many jobs', async () => {
    const jobs = await plan(numbered(10_000));
    expect(jobs.length).toBeLessThan(10_000 / 80);
  });
});

describe('a job', () => {
  it('is JSON that shows the folder, the objects and the options', async () => {
    const [job] = await plan(
      [
        { key: 'raw/a/1.mxf', size: 5, etag: 'e1', lastModified: new Date(0), versionId: 'v' },
        { key: 'raw/a/2.mxf', bucket: 'other', destination: { key: 'elsewhere', storageClass: 'GLACIER' } },
      ],
      { to: 'us', run: 'nightly', ifExists: 'skip-same', preserve: { acl: true } },
    );
    expect(JSON.parse(JSON.stringify(job))).toEqual({
      version: 1,
      id: expect.stringMatching(/^[a-z][0-9a-f]+$/) as string,
      run: 'nightly',
      from: 'eu',
      to: 'us',
      source: { bucket: 'media', prefix: 'raw/a/' },
      destination: { bucket: 'archive', prefix: '2026/a/' },
      objects: [
        { key: '1.mxf', size: 5, etag: 'e1', lastModified: '1970-01-01T00:00:00.000Z', versionId: 'v' },
        { key: '2.mxf', bucket: 'other', destination: { key: 'elsewhere', storageClass: 'GLACIER' } },
      ],
      bytes: 5,
      priority: 61,
      at: job?.at,
      options: { ifExists: 'skip-same', preserve: { acl: true } },
    });
  });

  it('holds the date of an object only if something may compare it', async () => {
    const [job] = await plan([{ key: 'raw/a', size: 1, etag: 'e', lastModified: new Date(0) }]);
    expect(job?.objects).toEqual([{ key: 'a', size: 1, etag: 'e' }]);
  });

  it('holds one object alone that is above the threshold', async () => {
    const jobs = await plan([{ key: 'raw/a', size: 1 }, { key: 'raw/b', size: 11 }, 'raw/c'], {
      multipartThreshold: 10,
    });
    expect(jobs.map((job) => keysOf(job))).toEqual([['raw/b'], ['raw/a', 'raw/c']]);
  });

  it('comes the earlier the more bytes it has, and never has priority 0', async () => {
    const sizes = [5 * 1024 ** 4, 1024 ** 3, 1025, 1024, 0];
    const priorities: number[] = [];
    for (const size of sizes)
      priorities.push(...(await plan([{ key: 'raw/a', size }])).map(({ priority }) => priority));
    expect(priorities).toEqual([21, 33, 53, 53, 64]);
    expect((await plan([{ key: 'raw/a', size: Number.MAX_SAFE_INTEGER }]))[0]?.priority).toBeGreaterThan(0);
  });

  it('has an id of what is copied where in which run, and of nothing else', async () => {
    const entry = { key: 'raw/a', size: 1, etag: 'e', versionId: 'v' };
    const idOf = async (change: Partial<ObjectEntry>, options: Partial<PlanJobsOptions> = {}) =>
      (await plan([{ ...entry, ...change }], { run: 'r', ...options }))[0]?.id;
    const id = await idOf({});
    expect(await idOf({ lastModified: new Date() }, { preserve: { acl: true } })).toBe(id);
    expect(await idOf({}, { destination: { bucket: 'archive', prefix: '2026/' }, to: 'eu' })).toBe(id);
    const others = await Promise.all([
      idOf({ key: 'raw/b' }),
      idOf({ size: 2 }),
      idOf({ etag: 'f' }),
      idOf({ versionId: 'w' }),
      idOf({ bucket: 'b' }),
      idOf({ destination: { key: 'x' } }),
      idOf({ destination: { key: '2026/a', bucket: 'x' } }),
      idOf({}, { run: 's' }),
      idOf({}, { from: 'us', to: 'eu' }),
      idOf({}, { to: 'us' }),
      idOf({}, { destination: { bucket: 'archive', prefix: '2027/' } }),
    ]);
    expect(new Set([id, ...others]).size).toBe(others.length + 1);
  });

  it('belongs to the same run if the options are the same', async () => {
    const runOf = async (options: Partial<PlanJobsOptions>) => (await plan(['raw/a'], options))[0]?.run;
    const run = await runOf({ verify: 'head', partSize: 'auto' });
    expect(await runOf({ partSize: 'auto', verify: 'head', to: 'eu', ifExists: undefined })).toBe(run);
    expect(await runOf({ verify: 'none', partSize: 'auto' })).not.toBe(run);
  });
});

describe('refused is', () => {
  const key = Buffer.alloc(32, 'k').toString('base64');

  it.each<[string, Partial<PlanJobsOptions> | { readonly [name: string]: unknown }, RegExp]>([
    ['a store', { store: {} }, /'store' of planJobs can't be in a job: it belongs to the worker/],
    ['credentials', { credentials: { secretAccessKey: key } }, /'credentials' of planJobs can't be in a job/],
    ['an unknown option', { partsize: 5 }, /Unknown option 'partsize' of planJobs: did you mean 'partSize'\?/],
    ['a value out of range', { partSize: -1 }, /'partSize' of planJobs must be a whole number/],
    ['a missing store name', { from: undefined }, /'from' of planJobs must be a string/],
    ['a function for a destination', { destination: () => undefined }, /'destination' of planJobs must be an object/],
  ])('%s', (_, options, says) => {
    const call = (): unknown => planJobs([], { ...OPTIONS, ...options });
    expect(call).toThrow(CopyOptionsError);
    expect(call).toThrow(says);
    expect(call).not.toThrow(key);
  });

  it.each<[string, ObjectEntry, RegExp]>([
    [
      'a customer key',
      { key: 'raw/a', destination: { key: 'b', sse: { type: 'SSE-C', key } } },
      /can't be SSE-C in a job, which holds no secrets/,
    ],
    [
      'an unknown property',
      { key: 'raw/a', destination: { key: 'b', color: 'red' } as never },
      /Unknown option 'destination.color'/,
    ],
    ['a key elsewhere', { key: 'cooked/a' }, /'key' of planJobs must be below "raw\/": current value is "cooked\/a"/],
    ['no key', {} as ObjectEntry, /'key' of planJobs must be a string/],
  ])('an object with %s', async (_, entry, says) => {
    const planned = plan([entry]);
    await expect(planned).rejects.toThrow(CopyOptionsError);
    await expect(planned).rejects.toThrow(says);
    await expect(planned).rejects.not.toThrow(key);
  });
});

test('no run id can be made of a function', () => {
  expect(() => runIdOf({ filter: { deep: () => true } })).toThrow(/option 'filter.deep' is a function/);
});
