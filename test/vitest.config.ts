import { defineConfig } from 'vitest/config';

/** Folders whose tests start a process or a build, or take minutes. */
const slowFolders = ['contract', 'faithful', 'cli', 'package', 'chaos'];
/** Suites with a command of their own: they need programs that npm doesn't install. */
const separateSuites = ['test/ceph/**', 'test/clients/**', 'test/stores/**'];
/** It takes a module away, and so needs a process's state of its own. */
const isolated = ['test/adapters/aws-sdk-missing.test.ts'];
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
          // loading the library anew for each file takes longer than most files' tests
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
