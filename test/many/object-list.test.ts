import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { type ObjectEntry, readObjectList } from '../../src/index.ts';

async function read(text: string): Promise<readonly ObjectEntry[]> {
  const entries: ObjectEntry[] = [];
  for await (const entry of readObjectList(Readable.from([text]))) entries.push(entry);
  return entries;
}

it('reads keys, the CSV of S3 Batch Operations, and JSON lines', async () => {
  const text = [
    '\uFEFFa b/%20+ü',
    'media,p%20q%2Cr+s',
    '"media","x",v1',
    '',
    '{"key":"j","size":5,"lastModified":"2026-01-02T03:04:05.000Z","destination":{"key":"k"}}',
  ].join('\r\n');
  expect(await read(text)).toEqual([
    { key: 'a b/%20+ü' },
    { bucket: 'media', key: 'p q,r s' },
    { bucket: 'media', key: 'x', versionId: 'v1' },
    { key: 'j', size: 5, lastModified: new Date('2026-01-02T03:04:05.000Z'), destination: { key: 'k' } },
  ]);
});

it.each(['a,b,c,d', 'media,', ',key', '"media,key', 'media,%FF', '{"key":5}', '{"key":"a"'])(
  'refuses %s',
  async (line) => {
    await expect(read(`good\n${line}\n`)).rejects.toThrow(/Cannot read line 2 of the list/);
  },
);
