import type { OperationRunner } from '../request/operation-runner.ts';
import type { ServerClock } from '../request/server-clock.ts';
import type {
  BucketVersioning,
  CopyStore,
  HeadObjectResult,
  SourceLocation,
  StoreRequest,
} from '../store/copy-store.ts';
import { ignoreStatus } from '../store/store-error.ts';

/** One side of a run: where objects are read, or where they go. What a request to its store carries stands beside the store. */
export interface Side extends Pick<StoreRequest, 'requestPayer' | 'expectedBucketOwner' | 'signal'> {
  readonly store: CopyStore;
  readonly runner: OperationRunner;
  /** Its store's, as far as that has told its time: one clock if both sides are of one store. */
  readonly clock: ServerClock;
}

/** Reads the properties of an object; undefined if it doesn't exist. */
export async function headAt(
  { store, runner, clock, ...terms }: Side,
  place: SourceLocation,
): Promise<HeadObjectResult | undefined> {
  const head = await runner
    .run('headObject', () => store.headObject({ ...place, ...terms }), { signal: terms.signal })
    .catch(ignoreStatus(404));
  clock.observe(head?.serverTime);
  return head;
}

/** Whether a bucket keeps versions. */
export async function versioningAt(side: Side, bucket: string): Promise<BucketVersioning['status']> {
  const { store, runner, signal, requestPayer, expectedBucketOwner } = side;
  const request = { bucket, requestPayer, expectedBucketOwner, signal };
  const ask = async (): Promise<BucketVersioning | undefined> => store.getBucketVersioning?.(request);
  return (await runner.run('getBucketVersioning', ask, { signal }))?.status;
}
