import { describe, expect, it } from 'vitest';
import { type CopyObjectsOptions, type CopyStore, fileReport, obsStore } from '../../src/index.ts';
import type { FaultHook, FaultRule, RequestInfo } from '../../src/testing/index.ts';
import { setUpReport } from './set-up-report.ts';
import { expectAllCopied, observeRun } from './set-up-run.ts';

/** Runs once, and again with the same report each time that it is asked for. */
async function setUpRuns(...given: Parameters<typeof setUpReport>) {
  const { options, file, ...rest } = await setUpReport(...given);
  const run = (more: Partial<CopyObjectsOptions> = {}) => observeRun({ ...options, report: fileReport(file), ...more });
  return { ...rest, options, run };
}

describe('the last line about a destination counts', () => {
  it('what a sync has deleted is copied again once the source has it again', async () => {
    const { testStore, run } = await setUpRuns(12);
    const sync = { ifExists: 'skip-same', deleteExtra: true, maxDelete: 5 } as const;
    const restored = { bucket: 'src', key: 't/x', body: 'x' };
    testStore.putObject(restored);
    expect((await run(sync)).result).toMatchObject({ copied: 13 });
    testStore.deleteObject('src', 't/x');
    expect((await run(sync)).result).toMatchObject({ skipped: 12, deleted: 1 });
    testStore.putObject(restored);
    expect((await run(sync)).result).toMatchObject({ copied: 1, skipped: 12 });
    expectAllCopied(testStore);
  });

  it('what somebody deleted at the destination is copied again by a sync, and not by a copy', async () => {
    const { testStore, run } = await setUpRuns(12);
    testStore.putObject({ bucket: 'src', key: 't/dir/', body: '' });
    testStore.putObject({ bucket: 'src', key: 't/parts', size: 30, partSize: 10 });
    await run();
    testStore.deleteObject('dst', 'c/03');
    testStore.putObject({ bucket: 'dst', key: 'c/04', body: 'other' });
    testStore.putObject({ bucket: 'dst', key: 'c/05', body: 'x'.repeat(100) });
    expect((await run()).result).toMatchObject({ copied: 0, skipped: 14 });
    expect((await run({ ifExists: 'skip-same' })).result).toMatchObject({ copied: 3, skipped: 11 });
    expectAllCopied(testStore);
  });

  it('what was changed, copied, and changed back is copied again', async () => {
    const { testStore, run } = await setUpRuns(12);
    for (const body of ['one', 'two', 'one']) {
      testStore.putObject({ bucket: 'src', key: 't/x', body });
      expect((await run()).result?.copied).toBeGreaterThan(0);
      expectAllCopied(testStore);
    }
  });

  it('what was replaced after it was listed, and then put back, is copied again', async () => {
    const { testStore, run, readLines } = await setUpRuns(12);
    testStore.putObject({ bucket: 'src', key: 't/x', body: 'one' });
    testStore.setFaults([
      ({ operation, key }) => {
        if (operation === 'copyObject' && key === 'c/x')
          testStore.putObject({ bucket: 'src', key: 't/x', body: 'two' });
        return undefined;
      },
    ]);
    await run();
    testStore.setFaults([]);
    const line = (await readLines()).find(({ source }) => source.key === 't/x');
    expect(line?.source.etag).toBe(testStore.object('src', 't/x')?.etag);
    expect((await run()).result).toMatchObject({ copied: 0, skipped: 13 });
    testStore.putObject({ bucket: 'src', key: 't/x', body: 'one' });
    expect((await run()).result).toMatchObject({ copied: 1, skipped: 12 });
    expectAllCopied(testStore);
  });

  it('what was left because something stood there is copied by a run that may overwrite', async () => {
    const { testStore, run } = await setUpRuns(12);
    testStore.putObject({ bucket: 'dst', key: 'c/03', body: 'other' });
    expect((await run({ ifExists: 'skip' })).result).toMatchObject({ copied: 11, skipped: 1 });
    expect((await run()).result).toMatchObject({ copied: 1, skipped: 11 });
    expectAllCopied(testStore);
  });
});

/** A store that takes no tags with a copy, so that they are set afterwards. */
function withoutTagsOnCopy(store: CopyStore): CopyStore {
  const copyObject: CopyStore['copyObject'] = ({ properties, ...request }) =>
    store.copyObject({ ...request, properties: properties && { ...properties, tags: undefined } });
  return { ...store, copyObject };
}

describe('what is to be set after the copy', () => {
  const objects = Array.from({ length: 12 }, (_, index) => ({
    bucket: 'src',
    key: `t/${index}`,
    size: 10,
    tags: { n: String(index) },
  }));

  async function setUpTagged(faults: readonly (FaultRule | FaultHook)[], more: Partial<CopyObjectsOptions> = {}) {
    const { testStore, run } = await setUpRuns(0, { personality: 'obs', objects });
    const { endpoint, credentials } = testStore;
    const asked = { store: withoutTagsOnCopy(obsStore({ endpoint, credentials })), ...more };
    testStore.setFaults([...faults]);
    const first = await run(asked);
    testStore.setFaults([]);
    expect(testStore.object('dst', 'c/3')).toMatchObject({ size: 10, tags: {} });
    return { first, testStore, goOn: (other: Partial<CopyObjectsOptions> = {}) => run({ ...asked, ...other }) };
  }

  const denied = {
    kind: 'error',
    status: 403,
    code: 'AccessDenied',
    operation: 'putObjectTagging',
    key: 'c/3',
  } as const;

  it.each(['overwrite', 'skip-same', 'fail'] as const)(
    'is set by a later run if the first one failed at it, with ifExists %s',
    async (ifExists) => {
      const { first, testStore, goOn } = await setUpTagged([denied], { preserve: { tags: true }, ifExists });
      expect(first.result).toMatchObject({ copied: 11, failed: 1 });
      expect((await goOn()).result).toMatchObject({ copied: 1, skipped: 11 });
      expectAllCopied(testStore);
    },
  );

  it('is set by a later run if the first one was killed before it', async () => {
    const killed = new AbortController();
    const kill = ({ operation, key }: RequestInfo): undefined => {
      if (operation === 'putObjectTagging' && key === 'c/3') killed.abort(new Error('killed'));
      return undefined;
    };
    const { first, testStore, goOn } = await setUpTagged([kill, denied], {
      preserve: { tags: true },
      signal: killed.signal,
    });
    expect(first.error).toMatchObject({ message: 'killed' });
    expect((await goOn({ signal: undefined })).result).toMatchObject({ failed: 0 });
    expectAllCopied(testStore);
  });

  it('is set for a list, too, that is looked at by HEADs', async () => {
    const source = { bucket: 'src', objects: objects.map(({ key }) => key) };
    const destination = ({ name }: { name: string }) => ({ bucket: 'dst', key: `c/${name.slice(2)}` });
    const { testStore, goOn } = await setUpTagged([denied], { preserve: { tags: true }, source, destination });
    expect((await goOn()).result).toMatchObject({ copied: 1, skipped: 11 });
    expectAllCopied(testStore);
  });
});
