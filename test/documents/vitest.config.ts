import { defineConfig } from 'vitest/config';

/** The examples and the documents, as a user has them: with the packed package installed, and its examples' dependencies. */
export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: {
    reporters: ['default', `${import.meta.dirname}/../outcome-line-reporter.ts`],
    include: ['test/documents/**/*.test.ts'],
    globalSetup: [`${import.meta.dirname}/../build-before-tests.ts`, `${import.meta.dirname}/install-examples.ts`],
    // only against hangs: a busy machine is no failure
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
