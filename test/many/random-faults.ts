import type { ObjectOutcome } from '../../src/index.ts';
import type { FaultHook, FaultKind, TestStore } from '../../src/testing/index.ts';

const KINDS: readonly FaultKind[] = [
  'error',
  'errorAfterWork',
  'errorBeforeWork',
  'resetAfterWork',
  'reset',
  'truncate',
  'errorIn200',
  'garbageIn200',
  'emptyIn200',
  'noEtagIn200',
  'wrongEtag',
  'nothingStored',
  'wrongBytes',
  'replaceSource',
  'loseUpload',
];
const CODES = [
  [500, 'InternalError'],
  [503, 'SlowDown'],
  [403, 'AccessDenied'],
  [412, 'PreconditionFailed'],
  [501, 'NotImplemented'],
] as const;

/** Faults of any kind for a share of the requests, as far as a client can see them. */
export function randomFaults(random: () => number, share: number): FaultHook {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  return ({ operation, key, attempt }) => {
    if (random() > share || attempt > 4) return undefined;
    const kind = pick(KINDS);
    // What the store says of itself is believed; a listing must only not be taken for whole if it isn't.
    if (operation.startsWith('list') || operation === 'headObject')
      return { kind: 'error', status: 500, code: 'InternalError' };
    // No client can see that: a part's ETag is that of the wrong bytes, and the object's is made of the parts'. Nor can it say what
    // the ETag of a single copy is if its source was joined from parts.
    if (kind === 'wrongBytes' && (operation === 'copyPart' || key === 'c/parts')) return undefined;
    const [status, code] = pick(CODES);
    return { kind, status, code, delayMs: 5 };
  };
}

/** Whether an object that is reported as copied stands at its destination, every byte from its source. */
export function isTrue(testStore: TestStore, { outcome, source, destination }: ObjectOutcome): boolean {
  if (outcome !== 'copied') return true;
  const copy = testStore.object('dst', destination?.key ?? '');
  if (copy === undefined) return false;
  const ranges = copy.size === 0 ? [] : testStore.provenance('dst', copy.key);
  return ranges.every(({ key, bucket }) => key === source.key && bucket === 'src');
}
