#!/usr/bin/env bash
# s3rver 3.7.1 (npm), Node.js 20.
# Behaviour: CopyObject with x-amz-metadata-directive: REPLACE over an object that exists stores the new bytes under the old object's ETag. The
# copy's answer, HEAD and GET give that ETag from then on. With the directive COPY, or at a new key, the ETag is the MD5 of the bytes.
# What S3's documents let one expect: the ETag tells of the object's content, so that other bytes have another ETag.
# Seen: "new key: right; over another, COPY: right; over another, REPLACE: that of the older object, bytes new".
# Why a user cares: a client that compares ETags takes a finished copy for the old object, and one that asks with If-None-Match gets 304
# for bytes that it has never seen.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund s3rver@3.7.1 @aws-sdk/client-s3@3.1173.0 >/dev/null
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
node_modules/.bin/s3rver --directory "$work/data" --address 127.0.0.1 --port "$port" --no-vhost-buckets --configure-bucket bucket >log 2>&1 &
server=$!
for _ in $(seq 600); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; kill -0 "$server"; sleep 0.1; done
cat >copy.mjs <<JS
import { createHash } from 'node:crypto';
import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const client = new S3Client({
  endpoint: 'http://127.0.0.1:$port', region: 'us-east-1', forcePathStyle: true,
  credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }, requestChecksumCalculation: 'WHEN_REQUIRED',
});
const Bucket = 'bucket';
const md5 = (text) => createHash('md5').update(text).digest('hex');
const put = (Key, Body) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
async function copyTo(Key, MetadataDirective) {
  await client.send(new CopyObjectCommand({ Bucket, Key, CopySource: 'bucket/source', MetadataDirective }));
  const { ETag } = await client.send(new HeadObjectCommand({ Bucket, Key }));
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const bytes = (await Body.transformToString()) === 'new bytes' ? 'new' : 'old';
  const etag = { [md5('new bytes')]: 'right', [md5('old')]: 'that of the older object' }[ETag.replaceAll('"', '')];
  return etag === 'right' ? etag : etag + ', bytes ' + bytes;
}
await put('source', 'new bytes');
await put('one', 'old');
await put('other', 'old');
console.log('new key: ' + (await copyTo('fresh', 'REPLACE')) + '; over another, COPY: ' + (await copyTo('one', 'COPY')) +
  '; over another, REPLACE: ' + (await copyTo('other', 'REPLACE')));
JS
seen=$(node copy.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'new key: right; over another, COPY: right; over another, REPLACE: that of the older object, bytes new' ]
