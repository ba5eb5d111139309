import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Folders whose tests start a process or a build, or take minutes. */
const slowFolders = ['contract', 'faithful', 'cli', 'package', 'chaos'];
/** Suites with a command of their own: they need programs that npm doesn't install. */
const separateSuites = ['test/ceph/**', 'test/clients/**', 'test/stores/**'];
/**
 * Files that have a process's state of their own: those that set the clock or take a module away, as what another file left running would
 * share it; and those of `copy`, whose fake stores give the same upload ids. The others share one, as loading the library anew for each
 * file takes longer than most files' tests.
 */
const isolated = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => {
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    return file.startsWith('copy') || /useFakeTimers|vi\.(?:do)?[mM]ock/.test(text);
  })
  .map((file) => `test/${file.replaceAll('\\', '/')}`);
/** Parsers and planners by many thousand inputs: a share of them in the fast loop, all of them in the slow one. */
const fuzzed = ['test/wire/xml.test.ts', 'test/resume/parse-checkpoint.test.ts', 'test/plan/plan-parts.test.ts'];

const fast = {
  exclude: [...separateSuites, ...slowFolders.map((folder) => `test/${folder}/**`)],
  env: { FUZZ_SHARE: '0.05' },
  // only against hangs: a busy machine is no failure
  testTimeout: 60_000,
  hookTimeout: 60_000,
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
          exclude: [...fast.exclude, ...isolated],
          isolate: false,
        },
      },
      { test: { ...fast, name: 'fast-isolated', include: isolated } },
      {
        test: {
          name: 'slow',
          include: [...slowFolders.map((folder) => `test/${folder}/**/*.test.ts`), ...fuzzed],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: [`${import.meta.dirname}/build-before-tests.ts`],
        },
      },
    ],
  },
});
