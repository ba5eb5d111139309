import { setTimeout as delay } from 'node:timers/promises';
import type { CheckpointStore } from '../../../src/index.ts';
import type { ContractCase } from './case.ts';
import {
  asOne,
  copyAndDescribe,
  describeEnd,
  describeError,
  type Ended,
  endOf,
  inParts,
  startCopy,
  uploadIdOf,
} from './outcome.ts';
import { destinationBucket, MiB, type Scene, sourceBucket, type TestObject } from './scene.ts';

function ifExistsCase(ifExists: 'fail' | 'skip', strategy: 'as one' | 'in parts'): ContractCase {
  return {
    name: `ifExists '${ifExists}', ${strategy}`,
    group: 'ifExists',
    usual:
      ifExists === 'fail' ? 'DestinationExistsError, and right on a fresh key' : 'skipped, and right on a fresh key',
    run: async (scene, { small, pair }) => {
      const source = strategy === 'as one' ? small : pair;
      const options = { ifExists, ...(strategy === 'as one' ? asOne : inParts) };
      const key = `${scene.way}/there before ${ifExists} ${strategy}`;
      const before = await scene.put(destinationBucket, key, 100);
      const { result, error } = await endOf(startCopy(scene, source, { key, ...options }));
      let outcome = error instanceof Error && error.name === 'DestinationExistsError' ? error.name : undefined;
      outcome ??= result === undefined ? describeError(error) : result.strategy;
      const harm = await scene.compare(key, before);
      if (harm !== undefined) outcome += `, but the older object is lost: ${harm}`;
      if (((await scene.uploads(key)) ?? []).length > 0) outcome += ', uploads left behind';
      const fresh = await copyAndDescribe(scene, source, { key: `${key} fresh`, ...options });
      return `${outcome}, and ${fresh} on a fresh key`;
    },
  };
}

/** Does something while the copy waits between its first and its other parts. */
async function interfere(
  copy: ReturnType<typeof startCopy>,
  what: () => Promise<unknown>,
): Promise<{ readonly hasInterfered: boolean; readonly end: Awaited<ReturnType<typeof endOf>> }> {
  let interference: Promise<unknown> | undefined;
  copy.once('part', () => {
    copy.pause();
    interference = what().finally(() => copy.resume());
    interference.catch(() => undefined);
  });
  const end = await endOf(copy);
  await interference;
  return { hasInterfered: interference !== undefined, end };
}

/** The end of a copy over an older object. One that has failed must leave that object. */
async function describeConflict(scene: Scene, source: TestObject, older: TestObject, end: Ended): Promise<string> {
  const { key } = older;
  const description = await describeEnd(scene, source, key, end, inParts);
  if (end.result !== undefined) return description;
  const harm = await scene.compare(key, older);
  return `${description}; ${harm === undefined ? 'the older object stays' : `the older object is lost: ${harm}`}`;
}

export const conflictCases: readonly ContractCase[] = [
  ifExistsCase('fail', 'as one'),
  ifExistsCase('fail', 'in parts'),
  ifExistsCase('skip', 'as one'),
  ifExistsCase('skip', 'in parts'),
  {
    name: 'upload aborted by someone else',
    group: 'upload aborted by others',
    usual: /^PartFailedError: Cannot copy part \d .* 1 attempt .*NoSuchUpload.*; the older object stays$/,
    run: async (scene, { medium }) => {
      const key = `${scene.way}/aborted by others`;
      const before = await scene.put(destinationBucket, key, 1000);
      let saved = '';
      const checkpoint: CheckpointStore = {
        load: async () => undefined,
        save: async (_id, text) => void (saved = text),
        delete: async () => undefined,
        lock: async () => async () => undefined,
      };
      const copy = startCopy(scene, medium, { key, ...inParts, concurrency: 1, hedge: false, checkpoint });
      let uploads = 0;
      const { hasInterfered, end } = await interfere(copy, async () => {
        uploads = await scene.abortUploads(key, () => Promise.resolve([uploadIdOf(saved)]));
      });
      if (!hasInterfered) return describeEnd(scene, medium, key, end, inParts);
      if (uploads !== 1) return `${uploads} uploads listed in mid-copy`;
      return describeConflict(scene, medium, before, end);
    },
  },
  {
    name: 'source replaced between parts',
    group: 'source replaced',
    usual: /^SourceChangedError: .*; the older object stays$/,
    run: async (scene) => {
      const key = `${scene.way}/of replaced`;
      const sourceKey = `${scene.way} replaced`;
      const source = await scene.put(sourceBucket, sourceKey, 3 * 5 * MiB);
      // without ETags two objects of one second look alike, which each copy warns of
      await delay(1000 - (Date.now() % 1000));
      const before = await scene.put(destinationBucket, key, 1000);
      const copy = startCopy(scene, source, { key, ...inParts, concurrency: 1, hedge: false });
      let replacement = source;
      const { hasInterfered, end } = await interfere(copy, async () => {
        replacement = await scene.put(sourceBucket, sourceKey, 3 * 5 * MiB);
      });
      if (!hasInterfered) return describeEnd(scene, source, key, end, inParts);
      return describeConflict(scene, replacement, before, end);
    },
  },
];
