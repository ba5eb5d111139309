import { expect, test } from 'vitest';
import type { RequestInfo } from '../../src/testing/index.ts';
import { copySource, DESTINATION, IN_PARTS, isWholeCopy, setUpStore, SIZE, SOURCE } from './set-up-store.ts';

// Ceph decodes the source of a part twice; a part that is copied by an escaped name finds that out.

const source = { bucket: SOURCE.bucket, key: 'a%2Fb' };
const objects = [{ ...source, size: SIZE }];

test('behind a gateway that cuts every part off, the part that finds out is looked for, too', async () => {
  const { server, store } = await setUpStore('s3', {
    personality: 'ceph-rgw',
    objects,
    faults: [{ kind: 'errorAfterWork', status: 504, code: 'GatewayTimeout', operation: 'copyPart' }],
  });
  await copySource({ store, source, ...IN_PARTS });
  expect(isWholeCopy(server, DESTINATION, source)).toBe(true);
});

test('the part that finds out is one byte', async () => {
  const ranges: unknown[] = [];
  const note = ({ operation, headers }: RequestInfo): undefined => {
    if (operation === 'copyPart') ranges.push(headers['x-amz-copy-source-range']);
    return undefined;
  };
  const { server, store } = await setUpStore('s3', { personality: 'ceph-rgw', objects, faults: [note] });
  await copySource({ store, source, ...IN_PARTS });
  expect(ranges).toHaveLength(4);
  expect(ranges[0]).toBe(`bytes=${SIZE - 1}-${SIZE - 1}`);
  expect(isWholeCopy(server, DESTINATION, source)).toBe(true);
});
