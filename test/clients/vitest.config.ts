import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: {
    name: 'clients',
    include: ['test/clients/**/*.test.ts'],
    reporters: ['default', `${import.meta.dirname}/../outcome-line-reporter.ts`],
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
