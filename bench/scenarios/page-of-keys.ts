import { readListObjects, readListObjectsByParser } from '../../src/wire/list-objects.ts';

const KEYS = 1000;
const ROUNDS = 100;

/** What reading a page of a listing costs: a thousand keys, as S3 writes them. */
export function measurePageOfKeys(): string {
  const contents = Array.from({ length: KEYS }, (_, index) => {
    const key = `tenant-17/2026/11/28/camera%20${index % 7}/clip-${String(index).padStart(8, '0')}.mxf`;
    const etag = index.toString(16).padStart(32, '0');
    const facts = `<LastModified>2026-11-28T08:00:00.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag>`;
    return `<Contents><Key>${key}</Key>${facts}<Size>${index * 1000}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><KeyCount>${KEYS}</KeyCount><MaxKeys>${KEYS}</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
  const [ours, parser] = [readListObjects, readListObjectsByParser].map((read) => {
    const readOnce = (): void => {
      const page = read(body, { bucket: 'b' });
      if (typeof page === 'string' || page.result.objects.length !== KEYS) throw new Error('the page was not read');
    };
    for (let round = 0; round < ROUNDS; round++) readOnce();
    const before = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round++) readOnce();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) / 1000 / ROUNDS).toFixed(2);
  });
  return `Reading a page of ${KEYS} keys takes ${ours} ms of CPU; by the XML parser that reads pages of another form, ${parser} ms.`;
}
