import { type CopyStore, obsStore, s3Store } from '../../src/index.ts';
import type { TestStore } from '../../src/testing/index.ts';
import type { PersonalityName } from '../../src/testing/personality.ts';
import { waysToStore } from '../contract/embedded-store.ts';

/** Servers that make another key of `dir/` or `a//b`, or take none: a refusal is right there, and so is a whole copy. */
export const keyFolding: readonly PersonalityName[] = [
  'juicefs',
  's3s-fs',
  'seaweedfs',
  'rustfs',
  'versitygw',
  'rclone',
];

export type Way = 's3Store' | 'obsStore' | 'fromS3Client' | 'fromVendorObsClient';
export const ways: readonly Way[] = ['s3Store', 'obsStore', 'fromS3Client', 'fromVendorObsClient'];

/** As a user makes them: nothing is known of the server. */
export function storeOf(way: Way, server: TestStore, personality: PersonalityName): CopyStore {
  const { endpoint, credentials, region } = server;
  const signature = personality === 'obs' ? 'obs' : 'v4';
  if (way === 's3Store') return s3Store({ endpoint, credentials, region });
  if (way === 'obsStore') return obsStore({ endpoint, credentials, region, signature });
  return waysToStore[way](server, signature);
}
