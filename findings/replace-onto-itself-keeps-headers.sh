#!/usr/bin/env bash
# versitygw 1.8.0 (Go: github.com/versity/versitygw), posix backend, Go 1.26, Debian 12.
# Behaviour: CopyObject of an object onto itself with x-amz-metadata-directive: REPLACE replaces its metadata and Content-Type, and keeps the old
# Cache-Control, Content-Disposition, Content-Encoding, Content-Language and Expires if the request doesn't name them. The same request to
# another key leaves them out.
# What S3 documents let one expect: REPLACE takes all of them from the request, whatever the key.
# Seen: "onto itself: no-cache attachment gzip; to another key: none".
# Why a user cares: it is the usual way to change an object's headers. A wrong Content-Encoding or Cache-Control can't be taken off, only
# overwritten, and the answer is 200.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
GOBIN=$work go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 2>"$work/build.log" || { tail -5 "$work/build.log"; exit 2; }
mkdir "$work/data"
"$work/versitygw" --access tester --secret testsecret --port "127.0.0.1:$port" --quiet posix "$work/data" >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
s3() { curl -s --aws-sigv4 aws:amz:us-east-1:s3 -u tester:testsecret -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "$@"; }
s3 -X PUT "$bucket" -o /dev/null
s3 -X PUT "$bucket/key" -H 'cache-control: no-cache' -H 'content-disposition: attachment' -H 'content-encoding: gzip' --data-binary bytes -o /dev/null
copy_to() { s3 -X PUT "$bucket/$1" -H 'x-amz-copy-source: bucket/key' -H 'x-amz-metadata-directive: REPLACE' -H 'content-type: text/plain' -o /dev/null; }
headers_of() { s3 -I "$bucket/$1" | tr -d '\r' | grep -iE '^(cache-control|content-disposition|content-encoding):' | sort | cut -d ' ' -f 2 | paste -sd ' ' || true; }
copy_to other
other=$(headers_of other)
copy_to key
own=$(headers_of key)
echo "onto itself: ${own:-none}; to another key: ${other:-none}"
[ "$own" = 'no-cache attachment gzip' ] && [ -z "$other" ]
