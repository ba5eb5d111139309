import path from 'node:path';
import { expect, test } from 'vitest';
import { readSourceImports } from './source-imports.ts';

/** What a copy is made of. */
const COPYING = ['engine', 'errors.ts', 'events.ts', 'options', 'plan', 'request', 'resume', 'store', 'task.ts'];

/** What each folder of `src`, or file at its root, may import from the others. The flow is read from the bottom up. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'check-options.ts': ['errors.ts'],
  'xml-tree.ts': [],
  'any-copy-error.ts': ['errors.ts', 'store'],
  store: ['errors.ts'],
  plan: ['check-options.ts', 'errors.ts', 'store'],
  'events.ts': ['plan', 'store'],
  request: ['check-options.ts', 'errors.ts', 'events.ts', 'store'],
  options: ['check-options.ts', 'errors.ts', 'plan', 'request', 'store'],
  engine: ['errors.ts', 'events.ts', 'options', 'plan', 'request', 'store'],
  resume: ['check-options.ts', 'engine', 'errors.ts', 'options', 'plan', 'request', 'store'],
  'progress-rate.ts': [],
  'progress.ts': ['events.ts', 'progress-rate.ts'],
  'node-emitter.ts': [],
  'task.ts': ['node-emitter.ts', 'check-options.ts', 'errors.ts', 'events.ts', 'options', 'request'],
  'trace-copy.ts': ['events.ts', 'options', 'store', 'task.ts'],
  'copy.ts': ['start-copy.ts', 'trace-copy.ts', ...COPYING],
  'start-copy.ts': ['progress.ts', ...COPYING],
  many: [
    'check-options.ts',
    'copy.ts',
    'engine',
    'errors.ts',
    'events.ts',
    'options',
    'plan',
    'progress-rate.ts',
    'request',
    'resume',
    'store',
    'task.ts',
  ],
  opentelemetry: ['any-copy-error.ts', 'check-options.ts', 'errors.ts', 'request', 'store', 'trace-copy.ts'],
  jobs: ['check-options.ts', 'engine', 'errors.ts', 'events.ts', 'many', 'options', 'request', 'store'],
  bullmq: ['check-options.ts', 'errors.ts', 'jobs', 'many', 'options', 'request', 'store'],
  wire: ['check-options.ts', 'errors.ts', 'request', 'store', 'xml-tree.ts'],
  adapters: ['check-options.ts', 'errors.ts', 'options', 'request', 'store', 'wire'],
  'obs-client': ['check-options.ts', 'errors.ts', 'options', 'request', 'store', 'wire'],
  testing: ['check-options.ts', 'errors.ts', 'store', 'xml-tree.ts'],
  timeline: ['errors.ts', 'plan', 'task.ts'],
  cli: ['bullmq', 'timeline', 'many', 'copy.ts', 'testing', 'wire', ...COPYING],
  'index.ts': [
    'any-copy-error.ts',
    'many',
    'copy.ts',
    'errors.ts',
    'events.ts',
    'options',
    'plan',
    'request',
    'resume',
    'store',
    'task.ts',
    'timeline',
    'trace-copy.ts',
    'wire',
  ],
};

/** Packages that one folder, or one file, alone may load. Types may be imported anywhere. */
const PACKAGE_OWNERS: Readonly<Record<string, RegExp>> = {
  undici: /^wire\//,
  sax: /^xml-tree\.ts$/,
  'p-retry': /^request\//,
  eventemitter3: /^node-emitter\.ts$/,
  bullmq: /^cli\/open-queue\.ts$/,
  commander: /^cli\//,
  'cli-progress': /^cli\//,
  hyparquet: /^many\/inventory-parquet\.ts$/,
  '@opentelemetry/api': /^opentelemetry\//,
};

const imports = await readSourceImports();

function areaOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : file;
}

test('each folder imports only what lies below it', () => {
  const wrong: string[] = [];
  for (const [file, { all }] of imports) {
    const area = areaOf(file);
    for (const name of all.filter((imported) => imported.startsWith('.'))) {
      const target = areaOf(path.posix.join(path.posix.dirname(file), name));
      if (target !== area && MAY_IMPORT[area]?.includes(target) !== true) wrong.push(`${file} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('the table has no circle', () => {
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (MAY_IMPORT[from] ?? []).some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
  expect(Object.keys(MAY_IMPORT).filter((area) => reaches(area, area))).toEqual([]);
});

test('each library is loaded in one place, and the SDKs nowhere', () => {
  const wrong: string[] = [];
  for (const [file, { atRunTime }] of imports) {
    for (const name of atRunTime.filter((imported) => !/^(?:\.|node:)/.test(imported))) {
      if (PACKAGE_OWNERS[name]?.test(file) !== true) wrong.push(`${file} loads ${name}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('planning is pure: it imports no module of Node', () => {
  const wrong = [...imports].filter(
    ([file, { all }]) => file.startsWith('plan/') && all.some((name) => name.startsWith('node:')),
  );
  expect(wrong).toEqual([]);
});
