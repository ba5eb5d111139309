import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestStore } from '../../src/testing/index.ts';
import { fourWays } from './four-ways.ts';

describe.each(Object.entries(fourWays))('%s', (_, open) => {
  async function setUp() {
    const testStore = await startTestStore({ buckets: ['b'] });
    onTestFinished(() => testStore.close());
    return { testStore, store: open(testStore) };
  }

  it('writes an object, and another one in its place', async () => {
    const { testStore, store } = await setUp();
    const at = { bucket: 'b', key: 'runs/a ü+%2F.ndjson' };
    for (const body of ['short', '{"key":"ü😀"}\n'.repeat(50_000)]) {
      await store.putObject({ ...at, body });
      const { size } = testStore.object('b', at.key) ?? {};
      expect(size).toBe(Buffer.byteLength(body));
      const { bytes } = await store.getObject({ ...at, start: 0, end: 8_000_000 });
      expect(Buffer.from(bytes).toString()).toBe(body);
    }
  });

  it('says which object it could not write', async () => {
    const { store } = await setUp();
    const writing = store.putObject({ bucket: 'none', key: 'a', body: 'x' });
    await expect(writing).rejects.toMatchObject({
      name: 'StoreError',
      operation: 'putObject',
      statusCode: 404,
      message: expect.stringContaining('Cannot write none/a') as string,
    });
  });
});
