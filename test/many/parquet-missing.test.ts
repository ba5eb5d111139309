import type * as hyparquet from 'hyparquet';
import { expect, expectTypeOf, it, vi } from 'vitest';
import { type ParquetReader, readParquetRows } from '../../src/many/inventory-parquet.ts';
import type { ObjectReader } from '../../src/many/object-reader.ts';

vi.mock('hyparquet', () => {
  throw new Error("Cannot find package 'hyparquet'");
});

it('says what to install if an inventory is in Parquet and its reader is missing', async () => {
  const reader = { name: 'inv/data.parquet' } as ObjectReader;
  await expect(readParquetRows(reader, 4).next()).rejects.toThrow(
    "Cannot read inv/data.parquet as it is Parquet: install the optional package 'hyparquet' (npm install hyparquet), or configure",
  );
});

it('asks its reader for what that has', () => {
  expectTypeOf<typeof hyparquet>().toExtend<ParquetReader>();
});
