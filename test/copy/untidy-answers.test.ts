import { expect, it } from 'vitest';
import { copyLargeObject, type CopyOptions, type CopyStore, planCopy, s3Store } from '../../src/index.ts';
import { listensToCancellations } from '../../src/store/request-cancellation.ts';
import { withTidyAnswers } from '../../src/store/tidy-answers.ts';
import { failure } from './fake-store.ts';
import { memoryCheckpoints } from './memory-checkpoints.ts';
import { expectWholeCopy, setUpCopy } from './set-up-copy.ts';

/** A store whose dates are all this one. */
function withDates(date: Date, serverTime: (fact: Date | undefined) => Date | undefined = () => date) {
  return (store: CopyStore): CopyStore => ({
    ...store,
    headObject: async (request) => {
      const head = await store.headObject(request);
      return { ...head, lastModified: date, serverTime: serverTime(head.serverTime) };
    },
    copyObject: async (request) => ({ ...(await store.copyObject(request)), lastModified: date }),
    listParts: async (request) => {
      const page = await store.listParts(request);
      return { ...page, parts: page.parts.map((part) => ({ ...part, lastModified: date })) };
    },
    listMultipartUploads: async (request) => {
      const page = await store.listMultipartUploads(request);
      return { ...page, uploads: page.uploads.map((upload) => ({ ...upload, initiated: date })) };
    },
  });
}

/** A store whose author parses dates that aren't there. */
const withInvalidDates = withDates(new Date(Number.NaN));
/** Servers that keep no date show their clock's zero: Go's is in the year 1, others' is 1970. */
const withoutDates = (zero: string) => withDates(new Date(zero), (now) => now);

/** A store whose HEAD gives an empty ETag, and which is never asked to compare one. */
function withEmptyEtags(store: CopyStore): CopyStore {
  return {
    ...store,
    traits: { sendsSourceIfMatch: false },
    headObject: async (request) => ({ ...(await store.headObject(request)), etag: '' }),
  };
}

async function interrupt(options: CopyOptions): Promise<void> {
  const copy = copyLargeObject(options);
  copy.once('part', () => copy.abort(new Error('interrupted')));
  await expect(copy).rejects.toThrow('interrupted');
}

for (const [name, spoil] of [
  ['invalid dates', withInvalidDates],
  ['the date 1970', withoutDates('1970-01-01T00:00:00Z')],
  ['the date 1', withoutDates('0001-01-01T00:00:00Z')],
  ['an empty ETag', withEmptyEtags],
] as const) {
  it(`a store that gives ${name} copies, and goes on after an interruption`, async () => {
    const { fake, options } = setUpCopy({}, { checkpoint: memoryCheckpoints() });
    const spoilt = { ...options, store: spoil(fake.store) };
    await interrupt(spoilt);
    const result = await copyLargeObject(spoilt);
    expect(result).toMatchObject({ resumed: true });
    expect(result.warnings.map(({ code }) => code)).toEqual(name === 'an empty ETag' ? ['SOURCE_PIN_WEAK'] : []);
    expectWholeCopy(fake);
    expect(fake.uploads.size).toBe(0);
  });

  it(`a store that gives ${name} makes a single copy`, async () => {
    const { fake, options } = setUpCopy({}, { multipartThreshold: 1000 });
    const result = await copyLargeObject({ ...options, store: spoil(fake.store) });
    expect(result).toMatchObject({ strategy: 'single', size: 200 });
    expectWholeCopy(fake);
  });

  it(`a source store that gives ${name} is only not known so well`, async () => {
    const { fake, options } = setUpCopy();
    const sourceStore = spoil(fake.store);
    const plan = await planCopy({ ...options, sourceStore });
    expect(name === 'an empty ETag' ? plan.etag : plan.lastModified).toBeUndefined();
    const traits = { sendsSourceIfMatch: false };
    expect(await copyLargeObject({ ...options, store: { ...fake.store, traits }, sourceStore })).toMatchObject({
      verified: 'etag',
    });
    expectWholeCopy(fake);
  });
}

it.each(['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z'])(
  'a store that shows neither an ETag nor another date than %s copies, verified by size',
  async (zero) => {
    const { fake, options } = setUpCopy();
    const store = withoutDates(zero)(fake.store);
    const withoutEtag: CopyStore = {
      ...store,
      traits: { endpoint: 'http://no-dates.test' },
      headObject: async (request) => {
        const head = await store.headObject(request);
        return request.bucket === 'dst' ? { ...head, etag: undefined } : head;
      },
    };
    for (const multipartThreshold of [1, 1000]) {
      const result = await copyLargeObject({ ...options, store: withoutEtag, multipartThreshold });
      expect(result).toMatchObject({ verified: 'size', warnings: [] });
      expectWholeCopy(fake);
    }
  },
);

it('a store that gives invalid dates has an upload reported, not aborted, where the answer to Create was lost: it may be anyone’s', async () => {
  const { fake, options } = setUpCopy({
    hook: ({ operation, count }) => {
      if (operation !== 'createMultipartUpload' || count > 1) return undefined;
      return {
        after: () => {
          throw failure(operation, 'ambiguous', undefined, 'ECONNRESET');
        },
      };
    },
  });
  const result = await copyLargeObject({ ...options, store: withInvalidDates(fake.store) });
  const [left] = fake.uploads.keys();
  expect(result.warnings).toMatchObject([
    { code: 'ORPHAN_UPLOADS', message: expect.stringContaining(`${left} (begun`) },
  ]);
  expectWholeCopy(fake);
});

// A signal for each of 10,000 parts costs a quarter of their time: it is made only for stores that need it.
it('a store that needs no signal for each part still needs none behind tidy answers', () => {
  const store = s3Store({ endpoint: 'https://s3.example.com', credentials: false });
  expect(listensToCancellations(withTidyAnswers(store))).toBe(true);
  expect(listensToCancellations(withTidyAnswers({ ...store, name: 'wrapped' }))).toBe(false);
});

it('a call that is put in another one’s place between two copies is what the second copy calls', async () => {
  const { fake, options } = setUpCopy();
  const store = { ...fake.store };
  await copyLargeObject({ ...options, store });
  const asked = { headObject: 0, copyPart: 0 };
  store.headObject = (request) => {
    asked.headObject++;
    return fake.store.headObject(request);
  };
  store.copyPart = (request) => {
    asked.copyPart++;
    return fake.store.copyPart(request);
  };
  await copyLargeObject({ ...options, store });
  expect(asked.copyPart).toBe(20);
  expect(asked.headObject).toBeGreaterThan(1);
});
