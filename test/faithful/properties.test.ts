import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedWays, startEmbeddedTarget, type EmbeddedWay } from './embedded-targets.ts';
import { propertyCases } from './property-cases.ts';
import type { PropertyTarget } from './property-target.ts';
import { fits, runPropertyCase } from './run-property-cases.ts';

/** What a way can't carry: it refuses with these words, before anything is begun. Every other row must come through. */
type Refusals = Readonly<Record<string, RegExp>>;

const ENCODES = /esdk-obs-nodejs percent-encodes header values, and can't send .* as it is: use obsStore/;
const CANT_NAME_EVERYONE = /OBS has no grant to everyone beside others/;

const ofObs: Refusals = { 'ACL of everyone and an account, preserve.acl: true': CANT_NAME_EVERYONE };
const ofVendorsObsClient: Refusals = {
  ...ofObs,
  'Content-Type with quotes': ENCODES,
  'User metadata: percent-encoded': ENCODES,
  'User metadata: percent signs that encode nothing': ENCODES,
  'User metadata: quotes': ENCODES,
  'User metadata: UTF-8 bytes': ENCODES,
  'User metadata: other bytes (latin1)': ENCODES,
  'Website redirect with escapes': ENCODES,
};
const refusals: Readonly<Record<EmbeddedWay, Refusals>> = {
  s3Store: {},
  'fromS3Client(S3Client)': {
    'User metadata: other bytes (latin1)': /bytes that are not UTF-8, which the AWS SDK can't sign/,
  },
  obsStore: ofObs,
  'obsStore, v4': ofObs,
  'fromObsClient(esdk-obs-nodejs)': ofVendorsObsClient,
  'fromObsClient(esdk-obs-nodejs), v2': ofVendorsObsClient,
  'fromObsClient(our ObsClient)': ofObs,
};

/** The vendor's client has this parameter for Create alone. */
const ONLY_IN_PARTS = 'destination.expiresAfterDays';

describe.for(embeddedWays)('%s carries over what an object is, as a single copy and in parts alike', (way) => {
  let target: PropertyTarget;
  beforeAll(async () => {
    target = await startEmbeddedTarget(way);
  });
  afterAll(() => target.close());

  test.for(propertyCases)('$name', async (property, { skip }) => {
    if (!fits(property, target)) return skip();
    const single = await runPropertyCase(target, property, 'single');
    const multipart = await runPropertyCase(target, property, 'multipart');

    const refusal = refusals[way][property.name];
    if (refusal === undefined) {
      expect(multipart).toEqual({ ended: 'kept' });
      const isVendors = way.includes('esdk');
      if (isVendors && property.name === ONLY_IN_PARTS) expect(single).toMatchObject({ ended: 'refused' });
      else expect(single).toEqual({ ended: 'kept' });
      return;
    }
    const refused = { ended: 'refused', reason: expect.stringMatching(refusal), leftBehind: false };
    expect(single).toEqual(refused);
    expect(multipart).toEqual(refused);
  });
});

describe.for(embeddedWays)('%s knows a single copy by what it is, where the answer was lost', (way) => {
  let target: Awaited<ReturnType<typeof startEmbeddedTarget>>;
  beforeAll(async () => {
    target = await startEmbeddedTarget(way);
    target.server.setFaults([{ kind: 'resetAfterWork', operation: 'copyObject' }]);
  });
  afterAll(() => target.close());

  const carried = propertyCases.filter(({ name }) => refusals[way][name] === undefined);
  test.for(carried)('$name', async (property, { skip }) => {
    if (!fits(property, target) || (way.includes('esdk') && property.name === ONLY_IN_PARTS)) return skip();
    expect(await runPropertyCase(target, property, 'single')).toEqual({ ended: 'kept' });
  });
});
