import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: {
    name: 'stores',
    include: ['test/stores/*.test.ts'],
    reporters: ['default', `${import.meta.dirname}/../outcome-line-reporter.ts`],
    // the servers and the copies share the machine, and copies are timed
    fileParallelism: false,
    retry: 0,
    testTimeout: 60_000,
    // the first start installs, and may build
    hookTimeout: 3_600_000,
  },
});
