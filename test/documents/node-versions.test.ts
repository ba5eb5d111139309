import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readPage } from './read-blocks.ts';

const run = promisify(execFile);
const examples = inject('examples');
const folder = path.join(examples, 'modules');

/** Of each line of the table the first version that is supported, and a late one. */
const VERSIONS = ['20.18.1', '20.20.2', '22.12.0', '22', '24', '26'];

const COPY = `
const copies = async ({ copyLargeObject, s3Store }, { startTestStore }) => {
  const server = await startTestStore({ objects: [{ bucket: 'media', key: 'film', size: 1024 ** 3 }], buckets: ['archive'] });
  const store = s3Store({ endpoint: server.endpoint, credentials: server.credentials });
  const copy = copyLargeObject({ store, source: { bucket: 'media', key: 'film' }, destination: { bucket: 'archive', key: 'film' } });
  const { size, verified } = await copy;
  await server.close();
  return \`\${size} bytes, \${verified}\`;
};
`;
const COPIED = `${1024 ** 3} bytes, etag`;
const IMPORTED = `import * as main from 'copy-large-object';\nimport * as testing from 'copy-large-object/testing';\n${COPY}`;
const tested = (imports: string): string =>
  `${imports}\ntest('copies', async () => { const said = await copies(main, testing); if (said !== '${COPIED}') throw new Error(said); });\n`;

/** A busy machine is no failure. */
const PATIENCE = '--testTimeout=120000';

/** Ways to load the package: a program, the arguments that Node gets for it, and how the page calls it. */
const WAYS = [
  {
    name: '`import` in an ES module',
    file: 'import.mjs',
    text: `${IMPORTED}\nconsole.log(await copies(main, testing));\n`,
  },
  {
    name: '`await import()` in CommonJS',
    file: 'dynamic.cjs',
    text: `${COPY}\nPromise.all([import('copy-large-object'), import('copy-large-object/testing')]).then(async ([main, testing]) => console.log(await copies(main, testing)));\n`,
  },
  {
    name: '`require()` in CommonJS',
    file: 'require.cjs',
    text: `${COPY}\ncopies(require('copy-large-object'), require('copy-large-object/testing')).then(console.log);\n`,
  },
  {
    name: '`node:test`',
    file: 'node.test.mjs',
    args: ['--test'],
    text: tested(`import { test } from 'node:test';\n${IMPORTED}`),
  },
  {
    name: 'Vitest 4',
    file: 'vitest.test.mjs',
    args: ['node_modules/vitest/vitest.mjs', 'run', PATIENCE],
    text: tested(`import { test } from 'vitest';\n${IMPORTED}`),
  },
  {
    name: 'Jest 30 with `--experimental-vm-modules`',
    file: 'jest.test.mjs',
    args: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', PATIENCE],
    text: tested(IMPORTED),
  },
  {
    name: 'Jest 30 in CommonJS with `@swc/jest`',
    file: 'jest.test.cjs',
    args: ['node_modules/jest/bin/jest.js', '--config', 'modules/jest.config.json', PATIENCE],
    text: tested(
      `const main = require('copy-large-object');\nconst testing = require('copy-large-object/testing');\n${COPY}`,
    ),
  },
] as const;

async function nodeOf(version: string, prefix: string): Promise<string> {
  const name = `node-linux-${process.arch}`;
  const args = ['--prefer-offline', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix];
  await run('npm', ['install', ...args, `${name}@${version}`]);
  return path.join(prefix, 'node_modules', name, 'bin/node');
}

const columns = new Map<string, readonly string[]>();
let nodes: string;

beforeAll(async () => {
  nodes = await mkdtemp(path.join(tmpdir(), 'node-'));
  await mkdir(folder);
  for (const { file, text } of WAYS) await writeFile(path.join(folder, file), text);
  await cp(path.join(examples, 'jest-commonjs/jest.config.json'), path.join(folder, 'jest.config.json'));
});
afterAll(() => rm(nodes, { recursive: true, force: true }));

/** Where a way fails: by what the runner, or Node, says. */
const EXPECTED_FAILURE = /ERR_REQUIRE_ESM/;

describe('the packed package copies on each Node of the table, in each way', () => {
  test.for(VERSIONS)('%s', { timeout: 400_000 }, async (version) => {
    const node = await nodeOf(version, path.join(nodes, version));
    const column: string[] = [];
    for (const way of WAYS) {
      const args = [...('args' in way ? way.args : []), `modules/${way.file}`];
      try {
        const { stdout } = await run(node, args, { cwd: examples });
        if (!('args' in way)) expect(stdout).toBe(`${COPIED}\n`);
        column.push('✓');
      } catch (error) {
        expect(String((error as { stderr?: string }).stderr ?? error)).toMatch(EXPECTED_FAILURE);
        column.push('✗');
      }
    }
    columns.set(version, column);
  });

  test('the page has the table of it', () => {
    const rows = WAYS.map(
      ({ name }, at) => `| ${[name, ...VERSIONS.map((each) => columns.get(each)?.[at])].join(' | ')} |`,
    );
    const head = `| | ${VERSIONS.join(' | ')} |\n|---|${'---|'.repeat(VERSIONS.length)}`;
    expect(readPage('docs/node-versions.md')).toContain(`${head}\n${rows.join('\n')}\n`);
  });

  test('the table names each line', () => {
    const lines = [...readPage('docs/node-versions.md').matchAll(/^\| (\d+)/gm)].map(([, line]) => line);
    expect(lines).toEqual([...new Set(VERSIONS.map((version) => version.split('.')[0]))]);
  });
});
