import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: {
    name: 'fleet',
    include: ['test/fleet/**/*.test.ts'],
    globalSetup: [`${import.meta.dirname}/../build-before-tests.ts`, `${import.meta.dirname}/start-engines.ts`],
    reporters: ['default', `${import.meta.dirname}/../outcome-line-reporter.ts`],
    // the engines and two cores serve all files
    fileParallelism: false,
    retry: 0,
    testTimeout: 300_000,
    // only against hangs: a busy machine is no failure
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
  },
});
