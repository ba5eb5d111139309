import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { fileReport, type ObjectOutcome } from '../../src/index.ts';
import type { TestStoreOptions } from '../../src/testing/test-store-options.ts';
import { setUpRun } from './set-up-run.ts';

/** A run with a report in a file. */
export async function setUpReport(count: number, storeOptions: TestStoreOptions = {}) {
  const { testStore, options } = await setUpRun(count, storeOptions);
  const folder = await mkdtemp(path.join(tmpdir(), 'report-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'deep', 'run.ndjson');
  const readLines = async (): Promise<ObjectOutcome[]> => {
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as ObjectOutcome);
  };
  return { testStore, file, readLines, options: { ...options, report: fileReport(file) } };
}
