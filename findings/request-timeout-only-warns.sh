#!/usr/bin/env bash
# @aws-sdk/client-s3 3.1175.0 (npm), Node.js 20.
# Behaviour: `requestHandler: { requestTimeout: 300 }` does not end a request that nobody answers. The client writes one warning to its log after
# 300 ms, and the call stays pending; only with `throwOnRequestTimeout: true` it rejects. `socketTimeout: 300` rejects by itself.
# What the name lets one expect: a rejection after 300 ms, as with the time limits of other HTTP clients.
# Seen: "requestTimeout 300: pending after 3000 ms; with throwOnRequestTimeout: TimeoutError; socketTimeout 300: TimeoutError".
# Why a user cares: a store or gateway that accepts a connection and never answers holds the caller for ever, though a limit is set.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund @aws-sdk/client-s3@3.1175.0 >/dev/null
cat >ask.mjs <<'JS'
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
const server = createServer(() => {});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const ask = (requestHandler) => {
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    requestHandler,
  });
  const answer = client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' })).then(() => 'answered', (error) => error.name);
  return Promise.race([answer, setTimeout(3000, 'pending after 3000 ms')]);
};
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const seen = [
  await ask({ requestTimeout: 300, logger }),
  await ask({ requestTimeout: 300, throwOnRequestTimeout: true, logger }),
  await ask({ socketTimeout: 300, logger }),
];
console.log(`requestTimeout 300: ${seen[0]}; with throwOnRequestTimeout: ${seen[1]}; socketTimeout 300: ${seen[2]}`);
process.exit(String(seen) === 'pending after 3000 ms,TimeoutError,TimeoutError' ? 0 : 1);
JS
node --no-warnings ask.mjs
