import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { environmentOf, runCommand, startProgram } from '../cli/run-command.ts';
import { packageRoot } from '../package/source-imports.ts';
import { type Block, pages, readBlocks } from './read-blocks.ts';

const examples = inject('examples');
const folder = path.join(examples, 'blocks');

const programs = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.[jt]s$/.test(name) && !name.includes('node_modules'))
  .map((name) => readFileSync(path.join(examples, name), 'utf8'));
const inGuides = pages.filter((page) => page.startsWith('docs/guides/')).flatMap(readBlocks);
/** What isn't a part of an example is a whole program. */
const wholes = inGuides.filter(
  ({ language, text }) => language === 'ts' && !programs.some((each) => each.includes(text)),
);

/** Names that the fragments of these pages leave to the reader. */
const LEFT_TO_THE_READER = `
type Main = typeof import('copy-large-object');
declare const options: import('copy-large-object').CopyOptions;
declare const store: import('copy-large-object').CopyStore;
declare const copyLargeObject: Main['copyLargeObject'];
declare const copyObjects: Main['copyObjects'];
declare const fileReport: Main['fileReport'];
declare const accessKeyId: string, secretAccessKey: string, access_key_id: string, secret_access_key: string;
declare const customerKey: string, keyId: string, profile: string;
declare const s3Store: Main['s3Store'];
declare const server: string, uploadId: string, url: string, connectionString: string;
declare const Redis: typeof import('ioredis').Redis;
declare const Pool: typeof import('pg').Pool;
declare const pool: import('pg').Pool;
declare const MyStore: new (pool: import('pg').Pool) => import('copy-large-object').CheckpointStore;
declare module 'esdk-obs-nodejs';
`;
const fragments = [
  'README.md',
  ...['clients', 'faq', 'fleet', 'properties', 'resuming', 'telemetry', 'testing'].map((name) => `docs/${name}.md`),
].flatMap(readBlocks);
/** What the pages about queues import, and the examples' own package doesn't name. */
const BESIDE = ['bullmq', 'ioredis', 'pg', '@types/pg'];

const fileOf = ({ page, number }: Block): string => `${page.replaceAll(/\W/g, '-')}-${number}.ts`;
const nameOf = ({ page, number }: Block): string => `${page} ${number}`;

let store: TestStore;

beforeAll(async () => {
  const film = { bucket: 'media', key: 'film.mxf', size: 10 * 1024 ** 3 };
  const small = ['tenant-17/A.mxf', 'tenant-17/b.txt'].map((key) => ({ bucket: 'media', key, size: 1000 }));
  store = await startTestStore({ objects: [film, ...small], buckets: ['archive'] });
  await mkdir(folder);
  for (const name of BESIDE) {
    const link = path.join(examples, 'node_modules', name);
    if (!existsSync(link)) await symlink(path.join(packageRoot, 'node_modules', name), link);
  }
  await writeFile(path.join(folder, 'left-to-the-reader.d.ts'), LEFT_TO_THE_READER);
  for (const block of [...wholes, ...fragments.filter(({ language }) => language === 'ts')]) {
    await writeFile(path.join(folder, fileOf(block)), `${block.text}\nexport {};\n`);
  }
});

afterAll(() => store.close());

test('the blocks of the README, the guides and the pages of which only fragments are shown type-check', async () => {
  await writeFile(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions: { skipLibCheck: true }, include: ['.'] }),
  );
  const args = ['node_modules/typescript/bin/tsc', '-p', 'blocks'];
  const { stdout, exitCode } = await startProgram(args, {}, examples).ended;
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
});

test('the guides have programs and commands to be run', () => {
  expect(wholes.length).toBeGreaterThan(2);
  expect(inGuides.filter(({ language }) => language === 'sh').length).toBeGreaterThan(2);
});

describe('each whole program of the guides runs', () => {
  test.for(wholes.map((block) => [nameOf(block), block] as const))('%s', async ([, block]) => {
    const args = ['--import', 'tsx', path.join('blocks', fileOf(block))];
    const { exitCode, stderr } = await startProgram(args, environmentOf(store), examples).ended;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(store.keys('archive')).not.toEqual([]);
    expect(store.uploads('archive')).toEqual([]);
  });
});

describe('each command of the guides is one that the program takes', () => {
  const commands = inGuides
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => line.startsWith('npx copy-large-object '));
  test.for(commands)('%s', async (command) => {
    const [call = ''] = command.split(' > ');
    const args = call
      .split(' ')
      .slice(2)
      .map((word) => word.replaceAll("'", ''));
    const report = args.indexOf('--report');
    if (report !== -1) args[report + 1] = path.join(examples, args[report + 1] as string);
    const { exitCode, stdout, stderr } = await runCommand(args, environmentOf(store));
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
  });
});

test('what the guides show as JSON is JSON', () => {
  for (const { text } of inGuides.filter(({ language }) => language === 'json')) expect(JSON.parse(text)).toBeDefined();
});
