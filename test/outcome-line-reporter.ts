import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Ends a run with a plain `N passed, N failed` line, which is what scripts read. A file that can't be loaded and an error outside
 * of any test count as failures; so does a run without tests, since nothing was shown by it.
 */
export default class OutcomeLineReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    let skipped = 0;
    for (const testModule of testModules) {
      failed += testModule.errors().length;
      for (const test of testModule.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'skipped') skipped += 1;
        else failed += 1;
      }
    }
    if (passed + failed === 0) failed = 1;
    if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
}
