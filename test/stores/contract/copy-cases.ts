import { isDeepStrictEqual } from 'node:util';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { S3_LIMITS } from '../../../src/store/store-limits.ts';
import type { ContractCase } from './case.ts';
import { asOne, copyAndDescribe, type CopyInput, inParts } from './outcome.ts';
import { destinationBucket, MiB, twoParts, type Scene, sourceBucket, type TestObject } from './scene.ts';

const headers = {
  ContentType: 'text/x-test; charset=utf-8',
  CacheControl: 'max-age=60',
  ContentDisposition: 'attachment; filename="a b.txt"',
  ContentEncoding: 'x-test',
  ContentLanguage: 'de',
} as const;
const metadata = { name: 'value', 'with-dash': 'two words' } as const;
const tags = { 'a b': 'c+d', project: 'x/y' } as const;

/** What HEAD doesn't show as it was at the source. */
function differences(head: HeadObjectCommandOutput): string[] {
  const lost = Object.entries(headers).filter(([name, value]) => head[name as keyof typeof headers] !== value);
  const lostMetadata = Object.entries(metadata).filter(([name, value]) => head.Metadata?.[name] !== value);
  return [...lost, ...lostMetadata].map(([name]) => name);
}

/** Properties are compared with what the server itself shows of the source, since some lose them on the way in. */
async function copyProperties(scene: Scene, source: TestObject, input: CopyInput): Promise<string> {
  const outcome = await copyAndDescribe(scene, source, input);
  if (!outcome.startsWith('right')) return outcome;
  const lostAtSource = differences(await scene.head(source.bucket, source.key));
  const lost = differences(await scene.head(destinationBucket, input.key)).filter(
    (name) => !lostAtSource.includes(name),
  );
  return lost.length === 0 ? outcome : `${outcome}; lost: ${lost.join(', ')}`;
}

async function copyTags(scene: Scene, input: CopyInput): Promise<string> {
  const key = `tagged for ${input.key}`;
  let source = await scene.put(sourceBucket, key, twoParts);
  // some servers take the tags for the object's bytes
  const isKept =
    (await scene.putTags(source, tags)) &&
    isSame(tags, await scene.tags(sourceBucket, key)) &&
    (await scene.read(sourceBucket, key))?.md5 === source.md5;
  if (!isKept) source = await scene.put(sourceBucket, key, twoParts);
  const outcome = await copyAndDescribe(scene, source, input);
  if (!outcome.startsWith('right')) return outcome;
  if (!isKept) return `${outcome}; the server keeps no tags`;
  return isSame(tags, await scene.tags(destinationBucket, input.key)) ? outcome : `${outcome}; tags lost`;
}

function isSame(left: object, right: object | undefined): boolean {
  return isDeepStrictEqual(new Map(Object.entries(left)), new Map(Object.entries(right ?? {})));
}

export const copyCases: readonly ContractCase[] = [
  {
    name: 'small object',
    group: 'one request',
    usual: 'right',
    run: (scene, { small }) => copyAndDescribe(scene, small, { key: `${scene.way}/small` }),
  },
  {
    name: 'zero bytes',
    group: 'one request',
    usual: 'right',
    run: (scene, { empty }) => copyAndDescribe(scene, empty, { key: `${scene.way}/empty` }),
  },
  {
    name: 'object of several parts, as one',
    group: 'one request',
    usual: 'right',
    run: (scene, { medium }) => copyAndDescribe(scene, medium, { key: `${scene.way}/medium as one`, ...asOne }),
  },
  {
    name: '256 MiB in parts',
    group: 'in parts',
    usual: 'right',
    run: async (scene, { large }) => {
      const key = `${scene.way}/large in parts`;
      const outcome = await copyAndDescribe(scene, large, { key, multipartThreshold: 0 });
      await scene.remove({ bucket: destinationBucket, key });
      return outcome;
    },
  },
  {
    name: 'hedged, in parts',
    group: 'in parts',
    usual: 'right',
    run: (scene, { medium }) => {
      const hedge = { factor: 1, minDelayMs: 0, maxRatio: 1 };
      return copyAndDescribe(scene, medium, { key: `${scene.way}/hedged`, ...inParts, concurrency: 4, hedge });
    },
  },
  {
    name: 'more than one request takes',
    group: 'in parts',
    usual: 'right',
    run: (scene, { pair }) => {
      const store = scene.connect({ ...S3_LIMITS, maxCopyObjectSize: 5 * MiB });
      return copyAndDescribe(scene, pair, { key: `${scene.way}/more than one takes`, ...inParts, store });
    },
  },
  {
    name: 'over an older object, in parts',
    group: 'in parts',
    usual: 'right',
    run: async (scene, { pair }) => {
      const key = `${scene.way}/older`;
      await scene.put(destinationBucket, key, 1000, { ContentType: 'text/older' });
      return copyAndDescribe(scene, pair, { key, ...inParts });
    },
  },
  {
    name: 'over an older object, as one',
    group: 'one request',
    usual: 'right',
    run: async (scene, { small }) => {
      const key = `${scene.way}/older as one`;
      await scene.put(destinationBucket, key, 1000);
      return copyAndDescribe(scene, small, { key });
    },
  },
  {
    name: 'headers and metadata, as one',
    group: 'properties',
    usual: 'right',
    run: async (scene) => {
      const properties = { ...headers, Metadata: metadata };
      const source = await scene.put(sourceBucket, `${scene.way} with properties`, 5000, properties);
      return copyProperties(scene, source, { key: `${scene.way}/properties` });
    },
  },
  {
    name: 'headers and metadata, in parts',
    group: 'properties',
    usual: 'right',
    run: async (scene) => {
      const properties = { ...headers, Metadata: metadata };
      const source = await scene.put(sourceBucket, `${scene.way} with properties in parts`, twoParts, properties);
      return copyProperties(scene, source, { key: `${scene.way}/properties in parts`, ...inParts });
    },
  },
  {
    name: 'tags, as one',
    group: 'tags',
    usual: 'right',
    run: (scene) => copyTags(scene, { key: `${scene.way}/tags` }),
  },
  {
    name: 'tags, in parts',
    group: 'tags',
    usual: 'right',
    run: (scene) => copyTags(scene, { key: `${scene.way}/tags in parts`, ...inParts }),
  },
];
