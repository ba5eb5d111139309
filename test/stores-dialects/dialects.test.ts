import { describe, expect, onTestFinished, test } from 'vitest';
import { CopyError, copyLargeObject, type CopyOptions } from '../../src/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { personalityNames, type PersonalityName } from '../../src/testing/personality.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import { isWholeCopy, MIB } from '../faithful/set-up-store.ts';

// Each server that the embedded store can behave like, in each way and by each strategy: the copy ends right or refuses clearly,
// soon, and without asking the same question again and again.

const SIZE = 12 * MIB;
const SOURCE = { bucket: 'source', key: 'film' };
const WITHIN_MS = 2000;
/** One repetition of what is refused, or answered with nothing, is enough; three parts may be on their way by then. */
const MOST_REQUESTS: Readonly<Record<string, number>> = {
  createMultipartUpload: 2,
  copyPart: 6,
  completeMultipartUpload: 2,
  copyObject: 2,
  getObjectTagging: 3,
  putObjectTagging: 2,
  listMultipartUploads: 2,
};
const strategies = { single: { multipartThreshold: SIZE }, 'in parts': { multipartThreshold: 0, partSize: 5 * MIB } };
type Strategy = keyof typeof strategies;

/** Servers without UploadPartCopy. One CopyObject instead is right, too. */
const partless: readonly PersonalityName[] = ['gofakes3', 'gcs'];
/** Servers that make another key of `dir/`, or take none: a refusal is right there, and so is a whole copy. */
const keyFolding: readonly PersonalityName[] = ['juicefs', 's3s-fs', 'seaweedfs', 'rustfs', 'versitygw', 'rclone'];

type Way = 's3Store' | 'obsStore' | 'fromS3Client' | 'fromVendorObsClient';
const ways: readonly Way[] = ['s3Store', 'obsStore', 'fromS3Client', 'fromVendorObsClient'];

interface Outcome {
  readonly server: TestStore;
  readonly error: unknown;
  readonly warnings: readonly string[];
}

async function copyLike(
  personality: PersonalityName,
  way: Way,
  strategy: Strategy,
  options: { readonly key?: string; readonly ifExists?: CopyOptions['ifExists'] } = {},
): Promise<Outcome> {
  const server = await startTestStore({
    personality,
    buckets: [SOURCE.bucket, 'destination'],
    objects: [
      {
        ...SOURCE,
        size: SIZE,
        contentType: 'video/mxf',
        metadata: { reel: '7' },
        tags: { a: 'b c' },
        checksumAlgorithm: 'CRC64NVME',
      },
    ],
  });
  onTestFinished(() => server.close());
  const { key = 'copy', ...others } = options;
  const copy = copyLargeObject({
    store: waysToStore[way](server, personality === 'obs' ? 'obs' : 'v4'),
    source: SOURCE,
    destination: { bucket: 'destination', key },
    ...strategies[strategy],
    ...others,
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  try {
    const { warnings } = await copy;
    return { server, error: undefined, warnings: warnings.map(({ code }) => code) };
  } catch (error) {
    return { server, error, warnings: [] };
  }
}

/** What is wrong with an outcome, in words. */
function faultsOf({ server, error, warnings }: Outcome, mayRefuse: boolean, key = 'copy'): readonly string[] {
  const faults: string[] = [];
  const object = server.object('destination', key);
  if (error === undefined) {
    if (object === undefined || !isWholeCopy(server, { bucket: 'destination', key }, SOURCE)) faults.push('not whole');
    else if (warnings.length === 0) {
      if (object.headers['content-type'] !== 'video/mxf' || object.metadata['reel'] !== '7') faults.push('unsaid loss');
      if (object.tags['a'] !== 'b c') faults.push('tags lost without a word');
    }
    const { CRC64NVME: checksum } = object?.checksums ?? {};
    const right = server.object(SOURCE.bucket, SOURCE.key)?.checksums.CRC64NVME;
    if (checksum?.length === 12 && checksum !== right) faults.push('wrong checksum stored');
  } else if (!mayRefuse || !(error instanceof CopyError)) {
    faults.push(`${(error as Error).name}: ${(error as Error).message.slice(0, 200)}`);
  } else if (object !== undefined && object.size > 0) {
    faults.push('refused over what it wrote');
  }
  if (server.uploads('destination').length > 0) faults.push('an upload is left');
  for (const [operation, most] of Object.entries(MOST_REQUESTS)) {
    const { operations } = server.stats();
    const count = operations[operation as keyof typeof operations] ?? 0;
    if (count > most) faults.push(`${count} times ${operation}`);
  }
  return faults;
}

const cells = ways.flatMap((way) => (Object.keys(strategies) as Strategy[]).map((strategy) => ({ way, strategy })));

describe.for(personalityNames)('a server like %s', (personality) => {
  test.for(cells)('$way, $strategy', async ({ way, strategy }) => {
    const outcome = await copyLike(personality, way, strategy);
    const mayRefuse = strategy === 'in parts' && partless.includes(personality);
    expect(faultsOf(outcome, mayRefuse).join('; ')).toBe('');
  });

  test.for(cells.filter(({ way }) => way === 's3Store' || way === 'fromS3Client'))(
    '$way, $strategy, only if nothing is there: nothing is',
    async ({ way, strategy }) => {
      const outcome = await copyLike(personality, way, strategy, { ifExists: 'fail' });
      const mayRefuse = strategy === 'in parts' && partless.includes(personality);
      expect(faultsOf(outcome, mayRefuse).join('; ')).toBe('');
    },
  );

  test.for(cells.filter(({ way }) => way === 's3Store'))(
    '$way, $strategy, to a key that ends in a slash',
    async (cell) => {
      const outcome = await copyLike(personality, cell.way, cell.strategy, { key: 'dir/' });
      const mayRefuse =
        keyFolding.includes(personality) || (cell.strategy === 'in parts' && partless.includes(personality));
      // Where `dir/` is folded into `dir`, a whole copy there is right.
      const key =
        outcome.error === undefined && outcome.server.object('destination', 'dir/') === undefined ? 'dir' : 'dir/';
      expect(faultsOf(outcome, mayRefuse, key).join('; ')).toBe('');
    },
  );
});
