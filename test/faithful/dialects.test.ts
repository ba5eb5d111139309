import { describe, expect, onTestFinished, test } from 'vitest';
import { CopyError, copyLargeObject, type CopyOptions } from '../../src/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { personalityNames, type PersonalityName } from '../../src/testing/personality.ts';
import { keyFolding, storeOf, type Way, ways } from './four-ways.ts';
import { isWholeCopy, MIB } from './set-up-store.ts';

// Each server that the embedded store can behave like, in each way and by each strategy: the copy ends right or refuses clearly,
// soon, and without asking the same question again and again.

const SIZE = 12 * MIB;
const SOURCE = { bucket: 'source', key: 'film' };
/** Only against hangs: the requests are counted, as a busy machine is no failure. */
const WITHIN_MS = 20_000;
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
/** What takes more on one server, as seen: each is a guess more at which header was refused, or a 500 that may pass. */
const MORE_REQUESTS: Partial<Record<PersonalityName, Readonly<Record<string, number>>>> = {
  // Tags that can't be read are asked for once more, at the source and at the copy.
  'ceph-rgw': { getObjectTagging: 4 },
  // It refuses a condition that holds, without saying which.
  cloudserver: { copyObject: 3 },
  // Without part copy, every part under way is refused.
  gcs: { copyPart: 12 },
  // It refuses the checksum at each part, without naming it: the condition is suspected first.
  minio: { copyPart: 15 },
  // It answers 500 for a key that it doesn't take.
  rclone: { copyObject: 10, createMultipartUpload: 10 },
  versitygw: { copyObject: 4 },
  // It takes no source without a slash in front, and only S3's way tries one.
  hcp: { copyObject: 3 },
};
const strategies = { single: { multipartThreshold: SIZE }, 'in parts': { multipartThreshold: 0, partSize: 5 * MIB } };
type Strategy = keyof typeof strategies;

/** Servers without UploadPartCopy. One CopyObject instead is right, too. */
const partless: readonly PersonalityName[] = ['gofakes3', 'gcs'];

/** Cells in which a refusal that says why is right. */
function mayRefuse(personality: PersonalityName, way: Way, strategy: Strategy): boolean {
  if (strategy === 'in parts' && partless.includes(personality)) return true;
  const isOfObs = way === 'obsStore' || way === 'fromVendorObsClient';
  // HCP speaks no OBS; JuiceFS gives parts no ETag, which the vendor's client can't do without.
  return isOfObs && (personality === 'hcp' || personality === 'juicefs');
}

/** Supabase takes PUT ?tagging for the object's own bytes: the copy is lost, and the error says so. */
const isLostByTags = (personality: PersonalityName, { error }: Outcome): boolean =>
  personality === 'supabase' && error instanceof CopyError && /tags|tagging/i.test(error.message);

interface Outcome {
  readonly personality: PersonalityName;
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
    store: storeOf(way, server, personality),
    source: SOURCE,
    destination: { bucket: 'destination', key },
    ...strategies[strategy],
    ...others,
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  try {
    const { warnings } = await copy;
    return { personality, server, error: undefined, warnings: warnings.map(({ code }) => code) };
  } catch (error) {
    return { personality, server, error, warnings: [] };
  }
}

/** What is wrong with an outcome, in words. */
function faultsOf(outcome: Outcome, isRefusalRight: boolean, key = 'copy'): readonly string[] {
  const { personality, server, error, warnings } = outcome;
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
  } else if (isLostByTags(personality, outcome)) {
    // said
  } else if (!isRefusalRight || !(error instanceof CopyError)) {
    faults.push(`${(error as Error).name}: ${(error as Error).message.slice(0, 200)}`);
  } else if (object !== undefined && object.size > 0) {
    faults.push('refused over what it wrote');
  }
  if (server.uploads('destination').length > 0) faults.push('an upload is left');
  for (const [operation, most] of Object.entries({ ...MOST_REQUESTS, ...MORE_REQUESTS[personality] })) {
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
    expect(faultsOf(outcome, mayRefuse(personality, way, strategy)).join('; ')).toBe('');
  });

  test.for(cells.filter(({ way }) => way === 's3Store' || way === 'fromS3Client'))(
    '$way, $strategy, only if nothing is there: nothing is',
    async ({ way, strategy }) => {
      const outcome = await copyLike(personality, way, strategy, { ifExists: 'fail' });
      expect(faultsOf(outcome, mayRefuse(personality, way, strategy)).join('; ')).toBe('');
    },
  );

  test.for(cells.filter(({ way }) => way === 's3Store'))(
    '$way, $strategy, to a key that ends in a slash',
    async (cell) => {
      const outcome = await copyLike(personality, cell.way, cell.strategy, { key: 'dir/' });
      const isRefusalRight = keyFolding.includes(personality) || mayRefuse(personality, cell.way, cell.strategy);
      // Where `dir/` is folded into `dir`, a whole copy there is right.
      const key =
        outcome.error === undefined && outcome.server.object('destination', 'dir/') === undefined ? 'dir' : 'dir/';
      expect(faultsOf(outcome, isRefusalRight, key).join('; ')).toBe('');
    },
  );
});
