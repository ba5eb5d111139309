import { expect, test } from 'vitest';
import { startTestStore } from '../../src/testing/index.ts';
import { environmentOf, runCommand } from './run-command.ts';

const GIB = 1024 ** 3;

test('--max-parts and --max-part-size bound the parts', async () => {
  const store = await startTestStore({ objects: [{ bucket: 'a', key: 'k', size: 20 * GIB }], buckets: ['b'] });
  const args = ['plan', 's3://a/k', 's3://b/k', '--json', '--part-size', '5MiB', '--max-parts', '10'];
  const { events } = await runCommand(args, environmentOf(store));
  expect(events[0]?.['parts']).toHaveLength(10);
  const { stderr, exitCode } = await runCommand([...args, '--max-part-size', '1GiB'], environmentOf(store));
  expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('10 parts of at most 1 GiB'), exitCode: 2 });
  await store.close();
});

test('--source-endpoint and --source-region say where the source is', async () => {
  const store = await startTestStore({ objects: [{ bucket: 'a', key: 'k', size: 9 }], buckets: ['b'] });
  const lost = { ...environmentOf(store), AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: undefined };
  const args = ['plan', 's3://a/k', 's3://b/k', '--json', '--source-endpoint', store.endpoint];
  const planned = await runCommand(args, lost);
  expect(planned.events[0]).toMatchObject({ strategy: 'single', size: 9 });
  const elsewhere = await runCommand([...args, '--source-region', 'eu-west-9'], lost);
  expect(elsewhere).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--source-region') });
  await store.close();
});
