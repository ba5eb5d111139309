#!/usr/bin/env bash
# @aws-sdk/client-s3 3.1173.0 (npm), Node.js 20.
# Behaviour: for a directory bucket (…--x-s3) and an endpoint that is an IP address, the SDK puts two slashes behind the bucket, so that
# the path of key "a" is /bucket//a, and CreateSession asks for /bucket//?session.
# What S3's documents let one expect: /bucket/a, as for any other bucket in path style.
# Why a user cares: a server on loopback (an emulator, a test) stores the object under "/a", and answers CreateSession for an object "/".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund @aws-sdk/client-s3@3.1173.0 >/dev/null
cat >ask.mjs <<'JS'
import { HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const paths = [];
const requestHandler = {
  handle: async (request) => {
    paths.push(request.path);
    throw Object.assign(new Error('stop'), { name: 'Stop' });
  },
};
const client = new S3Client({
  endpoint: 'http://127.0.0.1:9', region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  forcePathStyle: true, maxAttempts: 1, requestHandler, disableS3ExpressSessionAuth: true,
});
for (const Bucket of ['plain', 'fast--use1-az4--x-s3'])
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' })).catch(() => undefined);
console.log(paths.join(' '));
JS
seen=$(node ask.mjs 2>/dev/null)
echo "paths: $seen"
[ "$seen" = "/plain/a /fast--use1-az4--x-s3//a" ]
