#!/usr/bin/env bash
# minio 8.0.7 (npm), Node.js 20.
# Behaviour: listObjectsV2 reads keys that look like numbers as numbers and cuts off blanks: `007` is listed as `7`, `0x10` as `16`,
# `1.50` as `1.5`, ` name` and `name ` both as `name`. Nothing is reported.
# What one expects: each key as it is; an XML element holds text.
# Seen: "007 -> 7, 0x10 -> 16, 1.50 -> 1.5, ' name' -> 'name', 'name ' -> 'name'".
# Why a user cares: numbered frames, dates and version folders are such keys. Who lists and then reads, copies or removes asks for another
# object: mostly 404, but where `7` is there beside `007`, the wrong one is copied or removed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund minio@8.0.7 >/dev/null
cat >list.mjs <<'JS'
import { createServer } from 'node:http';
import { Client } from 'minio';
const keys = ['007', '0x10', '1.50', ' name', 'name '];
const entry = (key) => `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents>`;
const page = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>
<IsTruncated>false</IsTruncated>${keys.map(entry).join('')}</ListBucketResult>`;
const server = createServer((request, response) => response.setHeader('content-type', 'application/xml').end(page));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey: 'any', secretKey: 'any', region: 'us-east-1' });
const listed = [];
for await (const { name } of client.listObjectsV2('bucket', '', true)) listed.push(name);
server.close();
console.log(keys.map((key, index) => `'${key}' -> '${listed[index]}'`).join(', '));
process.exitCode = String(listed) === '7,16,1.5,name,name' ? 0 : 1;
JS
node list.mjs
