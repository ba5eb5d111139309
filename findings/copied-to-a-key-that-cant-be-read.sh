#!/usr/bin/env bash
# MinIO RELEASE.2021-04-22T15-44-28Z, four drives (Go: github.com/minio/minio, Apache-2.0; later releases were not run), Go 1.26, Debian 12.
# Behaviour: PutObject, HEAD and GET of `a//b` are 400 XMinioInvalidObjectName. CopyObject to `a//b` is 200, and replaces the object at `a/b`.
# What one guesses of a server that refuses a key: it refuses each request that names it, and with one drive this release does.
# Seen: "PUT 400, CopyObject 200, GET 400; a/b holds 'copied'".
# Why a user cares: the copy looks done, isn't where it was sent, and has overwritten something else. A look at the key before the copy tells.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
GOBIN=$work go install github.com/minio/minio@v0.0.0-20210422020608-a7acfa6158ea 2>"$work/build.log" || { tail -5 "$work/build.log"; exit 2; }
MINIO_ROOT_USER=test-only MINIO_ROOT_PASSWORD=secret-of-tests-only \
  "$work/minio" server --quiet --address "127.0.0.1:$port" "$work"/drive{1...4} >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
send() { curl -s --path-as-is -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --aws-sigv4 aws:amz:us-east-1:s3 --user test-only:secret-of-tests-only "$@"; }
status() { send -o /dev/null -w '%{http_code}' "$@"; }
for _ in $(seq 100); do [ "$(status -X PUT "$bucket")" = 200 ] && break; sleep 0.1; done
[ "$(status -X PUT --data-binary older "$bucket/a/b")" = 200 ]
[ "$(status -X PUT --data-binary copied "$bucket/source")" = 200 ]
put=$(status -X PUT --data-binary put "$bucket/a//b")
copy=$(status -X PUT -H 'x-amz-copy-source: bucket/source' "$bucket/a//b")
get=$(status "$bucket/a//b")
holds=$(send "$bucket/a/b")
echo "PUT $put, CopyObject $copy, GET $get; a/b holds '$holds'"
[ "$put" = 400 ] && [ "$copy" = 200 ] && [ "$get" = 400 ] && [ "$holds" = copied ]
