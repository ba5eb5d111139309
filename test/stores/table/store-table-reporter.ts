import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { type SeenCase, type SeenStore, updateTable } from './store-table.ts';

const tablePath = path.join(import.meta.dirname, '../../../docs/stores.md');

/** Writes what a run has seen into the table; rows of servers that weren't run stay. */
export class StoreTableReporter implements Reporter {
  async onTestRunEnd(testModules: readonly TestModule[]): Promise<void> {
    const stores = new Map<string, SeenStore & { readonly cases: SeenCase[] }>();
    for (const test of testModules.flatMap(({ children }) => [...children.allTests()])) {
      const { store, outcome } = test.meta();
      if (store === undefined || outcome === undefined) continue;
      const cases = stores.get(store.name)?.cases ?? [];
      cases.push({ ...outcome, passed: test.result().state === 'passed' });
      // the last case has seen what each copy carries
      stores.set(store.name, { ...store, cases });
    }
    const date = new Date().toISOString().slice(0, 10);
    await writeFile(tablePath, updateTable(await readFile(tablePath, 'utf8'), [...stores.values()], date));
  }
}
