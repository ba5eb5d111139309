import { expect, test } from 'vitest';
import { startTestStore } from '../../src/testing/index.ts';
import { answer, startScriptedServer } from '../wire/scripted-server.ts';
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
  await store.close();
  const server = await startScriptedServer(answer(404));
  const where = ['--source-endpoint', server.endpoint, '--source-region', 'eu-west-9'];
  await runCommand(['plan', 's3://a/k', 's3://b/k', ...where], lost);
  expect(server.seen[0]?.headers['authorization']).toContain('/eu-west-9/s3/');
});
