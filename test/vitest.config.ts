import { defineConfig } from 'vitest/config';

/** Folders whose tests start a store, a process or a build; the rest are unit tests. */
const integrationFolders = ['contract', 'faithful', 'scenario', 'cli', 'package', 'chaos'];
/** Suites with a command of their own: they need programs that npm doesn't install, or take minutes. */
const separateSuites = ['test/ceph/**', 'test/clients/**', 'test/chaos-long/**', 'test/stores/*.test.ts'];

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
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...separateSuites, ...integrationFolders.map((folder) => `test/${folder}/**`)],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: integrationFolders.map((folder) => `test/${folder}/**/*.test.ts`),
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: [`${import.meta.dirname}/build-before-tests.ts`],
        },
      },
    ],
  },
});
