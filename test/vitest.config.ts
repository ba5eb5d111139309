import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Folders whose tests start a process or a build, or take minutes. */
const slowFolders = ['contract', 'faithful', 'cli', 'package', 'chaos'];
/** Files that take seconds each: many processes, thousands of objects or parts, or hundreds of copies. The slow suite runs them. */
const heavyFiles = [
  'adapters/lying-answers',
  'adapters/most-connections',
  'adapters/put-right',
  'adapters/unanswered',
  'copy/many-copies',
  'engine/concurrency-controller-targets',
  'many/abort-anywhere',
  'many/file-report',
  'many/inventory',
  'many/random-faults',
  'many/random-kills',
  'many/schedule',
  'many/unproved-copies',
  'resume/file-checkpoint-store',
  'resume/stopped-process',
  'testing/faults',
  'testing/provenance',
  'wire/lost-answers',
  'wire/secrets',
].map((file) => `test/${file}.test.ts`);
/** Suites with a command of their own: they need more than `npm ci` installs. */
const separateSuites = ['test/ceph/**', 'test/clients/**', 'test/documents/**', 'test/fleet/**', 'test/stores/**'];
/** Files that set the clock, in processes of their own: the copies that others left unfinished would share it. */
const withOwnClock = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8').includes('useFakeTimers'))
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .filter((file) => !heavyFiles.includes(file));
/** Parsers and planners by many thousand inputs: a share of them in the fast loop, all of them in the slow one. */
const fuzzed = ['test/wire/xml.test.ts', 'test/resume/parse-checkpoint.test.ts', 'test/plan/plan-parts.test.ts'];

const fast = {
  exclude: [...separateSuites, ...slowFolders.map((folder) => `test/${folder}/**`), ...heavyFiles],
  env: { FUZZ_SHARE: '0.05' },
  isolate: false,
  setupFiles: [`${import.meta.dirname}/forget-servers.ts`],
  // only against hangs: a busy machine is no failure
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000 } },
};

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    reporters: ['default', `${import.meta.dirname}/outcome-line-reporter.ts`],
    retry: 0,
    coverage: {
      include: ['src/**/*.ts'],
      exclude: ['src/cli/**'],
      reporter: ['text-summary', 'html'],
    },
    projects: [
      {
        test: {
          ...fast,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...fast.exclude, ...withOwnClock],
        },
      },
      { test: { ...fast, name: 'fast-own-clock', include: withOwnClock } },
      {
        test: {
          name: 'slow',
          include: [...slowFolders.map((folder) => `test/${folder}/**/*.test.ts`), ...heavyFiles, ...fuzzed],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 30_000 } },
          globalSetup: [`${import.meta.dirname}/build-before-tests.ts`],
        },
      },
    ],
  },
});
