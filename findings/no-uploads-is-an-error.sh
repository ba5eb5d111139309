#!/usr/bin/env bash
# gofakes3 1.2.0 (Go: github.com/johannesboyne/gofakes3), in memory, Go 1.26, Debian 12; rclone 1.76.0 `serve s3` is built on a fork and does the same.
# Behaviour: ListMultipartUploads of a bucket that has never had an upload is 404 NoSuchUpload; after one Create and its Abort it is an empty page.
# What S3 documents let one expect: 200 with an empty list. Seen: "fresh bucket 404 NoSuchUpload; after Create and Abort 200, 0 uploads".
# Why a user cares: a job that cleans up uploads fails on each clean bucket, and code for which 404 means a lost bucket or upload is misled.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
GOBIN=$work go install github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0 2>"$work/build.log" || { tail -5 "$work/build.log"; exit 2; }
"$work/gofakes3" -backend memory -host "127.0.0.1:$port" -quiet >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
curl -s -X PUT "$bucket" -o /dev/null
fresh=$(curl -s "$bucket?uploads" -o "$work/fresh" -w '%{http_code}')
id=$(curl -s -X POST "$bucket/key?uploads" | grep -o '<UploadId>[^<]*' | cut -d '>' -f 2)
curl -s -X DELETE "$bucket/key?uploadId=$id" -o /dev/null
later=$(curl -s "$bucket?uploads" -o "$work/later" -w '%{http_code}')
code=$(grep -o '<Code>[^<]*' "$work/fresh" | cut -d '>' -f 2)
uploads=$(grep -c '<UploadId>' "$work/later" || true)
echo "fresh bucket $fresh $code; after Create and Abort $later, $uploads uploads"
[ "$fresh" = 404 ] && [ "$code" = NoSuchUpload ] && [ "$later" = 200 ] && [ "$uploads" = 0 ]
