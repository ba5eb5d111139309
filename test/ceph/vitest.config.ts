import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  test: {
    name: 'ceph',
    include: ['test/ceph/**/*.test.ts'],
    globalSetup: [`${import.meta.dirname}/start-ceph-gateway.ts`],
    reporters: ['default', `${import.meta.dirname}/../outcome-line-reporter.ts`],
    // one gateway serves all files, and one of them stops it
    fileParallelism: false,
    retry: 0,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
