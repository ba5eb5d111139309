import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointError, type CheckpointStore, copyLargeObject, type CopyOptions } from '../../src/index.ts';
import { failure, type Hook } from './fake-store.ts';
import { LEASE_MS, leasedCheckpoints } from './leased-checkpoints.ts';
import { endInFakeTime } from './fake-time.ts';
import { expectWholeCopy, openPromise, setUpCopy } from './set-up-copy.ts';

/** A request of the first process that is under way while that process stands still. */
interface Standstill {
  readonly operation: Parameters<Hook>[0]['operation'];
  readonly count: number;
  /** The store does the work meanwhile. @default when the process is back */
  readonly isDone?: boolean;
  /** What the request comes to when the process is back. @default it works */
  readonly fault?: Error;
  readonly before?: Hook;
}

/**
 * Copies in a process that stands still at a request until another process has taken its checkpoint over. Then it comes back and runs
 * to its end, before the other one sends anything.
 */
async function comeBack(
  options: Partial<CopyOptions>,
  { operation, count, isDone, fault, before }: Standstill,
  onReturn: (cancel: () => void) => void | Promise<unknown> = () => undefined,
  change: (store: CheckpointStore) => CheckpointStore = (store) => store,
) {
  const { openView } = leasedCheckpoints();
  const [first, second] = [openView(), openView()];
  const reached = openPromise();
  const back = openPromise();
  let isOver = false;
  let id = '';
  const hook: Hook = async (call) => {
    await before?.(call);
    if (isOver || call.operation !== operation || call.count !== count) return;
    const standStill = async (): Promise<void> => {
      reached.resolve();
      await back.promise;
      if (fault !== undefined) throw fault;
    };
    if (isDone === true) return { after: standStill };
    return standStill();
  };
  const lock: CheckpointStore['lock'] = (name, onLost) => {
    id = name;
    return first.lock?.(name, onLost) ?? Promise.reject(new Error('no lock'));
  };
  const set = setUpCopy({ hook }, { ...options, checkpoint: change({ ...first, lock }) });
  const copy = copyLargeObject(set.options);
  copy.catch(() => undefined);
  await reached.promise;
  first.stop();
  await vi.advanceTimersByTimeAsync(LEASE_MS + 1);
  const unlock = await second.lock?.(id);
  const earlier = set.fake.calls.length;
  first.goOn();
  await onReturn(() => copy.abort(new Error('cancelled')));
  back.resolve();
  const { error } = await endInFakeTime(copy, LEASE_MS / 6);
  const sent = set.fake.calls.slice(earlier).map((call) => call.operation);
  isOver = true;
  const takeOver = async () => {
    await unlock?.();
    const result = await copyLargeObject({ ...set.options, checkpoint: second });
    expectWholeCopy(set.fake);
    expect(set.fake.uploads.size).toBe(0);
    return result;
  };
  return { error, sent, takeOver };
}

const PART = { operation: 'copyPart', count: 20 } as const;
const CREATE = { operation: 'createMultipartUpload', count: 1, isDone: true } as const;
const DENIED = failure('copyPart', 'permanent', 403, 'AccessDenied');
const LOST = 'The lock of the checkpoint was lost';

beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
);
afterEach(() => void vi.useRealTimers());

describe.each(['abort', 'keep'] as const)('a process that lost its lock, with onFailure %j,', (onFailure) => {
  function expectLost(error: unknown, sent: readonly string[]): void {
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toContain(LOST);
    expect(sent).not.toContain('completeMultipartUpload');
    expect(sent).not.toContain('abortMultipartUpload');
  }

  it('sends nothing more when its store says so', async () => {
    const told = () => vi.advanceTimersByTimeAsync(LEASE_MS / 3);
    const { error, sent, takeOver } = await comeBack({ onFailure }, { ...PART, count: 3 }, told);
    expectLost(error, sent);
    expect(sent).toEqual([]);
    expect(await takeOver()).toMatchObject({ resumed: true });
  });

  it('sends no Complete', async () => {
    const { error, sent, takeOver } = await comeBack({ onFailure }, PART);
    expectLost(error, sent);
    expect(await takeOver()).toMatchObject({ resumed: true });
  });

  it('does not abort when a part fails', async () => {
    const { error, sent, takeOver } = await comeBack({ onFailure }, { ...PART, fault: DENIED });
    if (onFailure === 'keep') expect(error).toMatchObject({ cause: DENIED });
    else expectLost(error, sent);
    expect(sent).not.toContain('abortMultipartUpload');
    expect(await takeOver()).toMatchObject({ resumed: true });
  });

  it('does not abort when it is cancelled', async () => {
    const { error, sent, takeOver } = await comeBack({ onFailure }, PART, (cancel) => cancel());
    expect(error).toMatchObject({ message: 'cancelled' });
    expect(sent).not.toContain('abortMultipartUpload');
    expect(await takeOver()).toMatchObject({ resumed: true });
  });

  it('leaves the upload that it has just begun to the other one, which aborts it', async () => {
    const { error, sent, takeOver } = await comeBack({ onFailure }, CREATE);
    expectLost(error, sent);
    expect(sent).toEqual([]);
    expect(await takeOver()).toMatchObject({ resumed: false });
  });

  it('does not look for uploads of Creates whose answer was lost', async () => {
    const fault = failure('createMultipartUpload', 'ambiguous');
    const before: Hook = ({ operation, count }) =>
      operation === 'createMultipartUpload' && count === 1
        ? {
            after: () => {
              throw fault;
            },
          }
        : undefined;
    const { error, sent } = await comeBack({ onFailure }, { ...PART, before });
    expectLost(error, sent);
    expect(sent).not.toContain('listMultipartUploads');
  });

  it('does not repeat a Complete', async () => {
    const fault = failure('completeMultipartUpload', 'ambiguous');
    const complete = { operation: 'completeMultipartUpload', count: 1, fault } as const;
    const { error, sent, takeOver } = await comeBack({ onFailure }, complete);
    expectLost(error, sent);
    expect(await takeOver()).toMatchObject({ resumed: true });
  });
});

it('a store that only refuses to save keeps a copy from aborting what another process has taken over', async () => {
  const silent = (store: CheckpointStore): CheckpointStore => ({
    ...store,
    lock: (id) => store.lock?.(id) ?? Promise.reject(new Error('no lock')),
  });
  const { error, sent, takeOver } = await comeBack(
    { onFailure: 'abort' },
    { ...PART, fault: DENIED },
    undefined,
    silent,
  );
  expect(error).toMatchObject({ cause: DENIED, abortError: { code: 'ERR_COPY_CHECKPOINT' } });
  expect(sent).not.toContain('abortMultipartUpload');
  expect(await takeOver()).toMatchObject({ resumed: true });
});
