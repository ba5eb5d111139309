#!/usr/bin/env bash
# @aws-sdk/client-s3 3.1175.0 (npm), Node.js 20.
# Behaviour: a character beyond U+FFFF that an answer writes as a numeric reference (`&#x1F600;` or `&#128512;`) arrives as another one,
# U+F600: its upper bits are cut off. References below U+10000 (`&#xD;`, `&#13;`, `&#xFC;`) arrive right.
# What one expects: the character that the reference names, as XML 1.0 (section 4.1) has it.
# Seen: "a&#x1F600;b -> U+F600, a&#128512;b -> U+F600, a&#xFC;b -> U+FC".
# Why a user cares: serializers that write ASCII (Python's ElementTree by default, JAXP's with another encoding than UTF-8) write such
# references. Keys, tags and markers of a listing then name objects that aren't there, and the next page begins elsewhere.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund @aws-sdk/client-s3@3.1175.0 >/dev/null
cat >list.mjs <<'JS'
import { createServer } from 'node:http';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
const keys = ['a&#x1F600;b', 'a&#128512;b', 'a&#xFC;b'];
const page = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>
<IsTruncated>false</IsTruncated>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`;
const server = createServer((request, response) => response.setHeader('content-type', 'application/xml').end(page));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new S3Client({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
});
const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
client.destroy();
server.close();
const seen = Contents.map(({ Key }) => `U+${Key.codePointAt(1).toString(16).toUpperCase()}`);
console.log(keys.map((key, index) => `${key} -> ${seen[index]}`).join(', '));
process.exitCode = String(seen) === 'U+F600,U+F600,U+FC' ? 0 : 1;
JS
node --no-warnings list.mjs
