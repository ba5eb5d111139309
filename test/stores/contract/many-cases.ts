import { copyObjects, type ObjectOutcome } from '../../../src/index.ts';
import type { ContractCase } from './case.ts';
import { putIfPossible } from './put-if-possible.ts';
import { destinationBucket, type Scene, sourceBucket, type TestObject } from './scene.ts';

/** Keys that listings write in many ways, or lose. */
const oddKeys = [
  'a%2Fb',
  '100%25',
  'p+q r',
  '\u{1F600}',
  '\u{FF01}',
  'dir/',
  'a//b',
  'plain',
  ...Array.from({ length: 12 }, (_, index) => `many/${index}`),
];

/** Keys that XML can't hold as they are. */
const controlKeys = ['cr\rlf', 'u\u0001', 'plain'];

/** Copies a prefix, and says of each key that isn't copied as itself whether the run has said so. */
async function copyPrefix(scene: Scene, name: string, keys: readonly string[]): Promise<string> {
  const from = `${scene.way}/${name}/`;
  const to = `${scene.way}/copies of ${name}/`;
  const objects = new Map<string, TestObject>();
  for (const key of keys) {
    const object = await putIfPossible(scene, from + key, 1000);
    if (object !== undefined) objects.set(key, object);
  }
  const told = new Map<string, ObjectOutcome>();
  const run = copyObjects({
    store: scene.store,
    source: { bucket: sourceBucket, prefix: from },
    destination: { bucket: destinationBucket, prefix: to },
  });
  const note = (outcome: ObjectOutcome): void => void told.set(outcome.source.key.slice(from.length), outcome);
  run.on('object', note);
  run.on('objectFailed', note);
  const failure = await run.then(
    () => undefined,
    (reason: unknown) => {
      const { name: kind, message } = reason as Error;
      return `${kind}: ${message}`;
    },
  );
  if (failure !== undefined) return failure;
  const remarks: string[] = [];
  for (const [key, object] of objects) {
    const { outcome, code } = told.get(key) ?? {};
    const harm = await scene.compare(to + key, object).catch((reason: unknown) => String(reason));
    if (outcome === 'copied' ? harm === undefined : outcome === 'failed') {
      if (outcome === 'failed') remarks.push(`${JSON.stringify(key)} fails with ${code}`);
    } else remarks.push(`${JSON.stringify(key)} is ${outcome ?? 'not listed'}: ${harm ?? 'right'}`);
  }
  for (const [key, { outcome, code }] of told) {
    if (!objects.has(key))
      remarks.push(`${JSON.stringify(key)} is listed, and ${outcome}${code ? ` with ${code}` : ''}`);
  }
  return remarks.length === 0 ? 'right' : remarks.toSorted().join(' | ');
}

export const manyCases: readonly ContractCase[] = [
  {
    name: 'a prefix of odd keys',
    group: 'odd keys',
    usual: 'right',
    run: (scene) => copyPrefix(scene, 'odd', oddKeys),
  },
  {
    name: 'a prefix of keys with control characters',
    group: 'odd keys',
    usual: 'right',
    run: (scene) => copyPrefix(scene, 'controls', controlKeys),
  },
];
