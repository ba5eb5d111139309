import { expect, it } from 'vitest';
import { HashTable, valueOf } from '../../src/many/hash-table.ts';

const TEXTS = Array.from({ length: 20_000 }, (_, index) => `text ${index}`);

it('knows each text that was added, and no other', () => {
  const table = new HashTable();
  for (const text of TEXTS) expect(table.add(text)).toBe(true);
  for (const text of TEXTS) expect(table.add(text)).toBe(false);
  expect(table.size).toBe(TEXTS.length);
  expect(table.add('another')).toBe(true);
});

it('gives the last value of each text, of all 48 bits', () => {
  const table = new HashTable(true);
  for (const text of TEXTS) table.set(text, valueOf(`older value of ${text}`));
  for (const text of TEXTS) table.set(text, valueOf(`value of ${text}`));
  table.set('greatest', 2 ** 48 - 1);
  for (const text of TEXTS) expect(table.get(text)).toBe(valueOf(`value of ${text}`));
  expect(table.get('greatest')).toBe(2 ** 48 - 1);
  expect(table.get('another')).toBeUndefined();
  expect(table.size).toBe(TEXTS.length + 1);
});
