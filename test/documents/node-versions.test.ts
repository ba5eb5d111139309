import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { readPage } from './read-blocks.ts';

const run = promisify(execFile);
const examples = inject('examples');

/** Of each line of the table the first version that is supported, and a late one. */
const VERSIONS = ['20.18.1', '20.20.2', '22.12.0', '22', '24', '26'];

/** A copy on the embedded store, loaded by `import` and by `require`, as far as that Node can. */
const PROGRAM = `
import { createRequire } from 'node:module';
import { copyLargeObject, s3Store } from 'copy-large-object';
import { startTestStore } from 'copy-large-object/testing';
const server = await startTestStore({ objects: [{ bucket: 'media', key: 'film', size: 1024 ** 3 }], buckets: ['archive'] });
const store = s3Store({ endpoint: server.endpoint, credentials: server.credentials });
const copy = copyLargeObject({ store, source: { bucket: 'media', key: 'film' }, destination: { bucket: 'archive', key: 'film' } });
const { size, verified } = await copy;
await server.close();
let required;
try {
  required = createRequire(import.meta.url)('copy-large-object').copyLargeObject === copyLargeObject;
} catch (error) {
  required = error.code;
}
console.log(JSON.stringify({ size, verified, required }));
`;

async function nodeOf(version: string, folder: string): Promise<string> {
  const name = `node-linux-${process.arch}`;
  await run('npm', [
    'install',
    '--prefer-offline',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    `${name}@${version}`,
  ]);
  return path.join(folder, 'node_modules', name, 'bin/node');
}

describe('the packed package copies on each Node of the table', () => {
  test.for(VERSIONS)('%s', async (version) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'node-'));
    try {
      const node = await nodeOf(version, folder);
      const program = path.join(examples, `on-${version}.mjs`);
      await writeFile(program, PROGRAM);
      const { stdout } = await run(node, [program], { cwd: examples });
      const required = version.startsWith('20.18') ? 'ERR_REQUIRE_ESM' : true;
      expect(JSON.parse(stdout)).toEqual({ size: 1024 ** 3, verified: 'etag', required });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('the table names each line', () => {
    const lines = [...readPage('docs/node-versions.md').matchAll(/^\| (\d+)/gm)].map(([, line]) => line);
    expect(lines).toEqual([...new Set(VERSIONS.map((version) => version.split('.')[0]))]);
  });
});
