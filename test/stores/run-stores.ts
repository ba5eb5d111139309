/**
 * `npm run test:stores -- [NAME...] [--table]`: runs the suite on the servers whose files are named, or on those that CI runs.
 * `--table` also writes what was seen into the table of `docs/stores.md`.
 */
import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { StoreTableReporter } from './table/store-table-reporter.ts';

/** Ready within two minutes, and need nothing but Python. The others are run by name. */
const storesOfCi = ['moto', 'seaweedfs'];

const { values, positionals } = parseArgs({ options: { table: { type: 'boolean' } }, allowPositionals: true });
const files = await readdir(import.meta.dirname);
const known = files.filter((file) => file.endsWith('.test.ts')).map((file) => file.replace('.test.ts', ''));
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no server ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exit(2);
}

const names = positionals.length > 0 ? positionals : storesOfCi;
const reporters = values.table === true ? { reporters: ['default', new StoreTableReporter()] } : {};
const vitest = await startVitest(
  'test',
  names.map((name) => `${import.meta.dirname}/${name}.test.ts`),
  { config: `${import.meta.dirname}/vitest.config.ts`, run: true, watch: false, ...reporters },
);
await vitest.close();
