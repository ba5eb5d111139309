#!/usr/bin/env bash
# gofakes3 1.2.0 (Go: github.com/johannesboyne/gofakes3), `-backend fs`, Go 1.26, Debian 12.
# Behaviour: PutObject (or CopyObject) to `a//b` replaces the bytes of `a/b`. HEAD of `a/b` then shows the new size and an ETag that is the
# MD5 of neither the old nor the new bytes; if `a/b` was there first, HEAD of `a//b` before that is 500, not 404 and not the object.
# What S3 documents let one expect: two keys; of a server that keeps files, one object by either key, with one ETag, as s3s-fs and JuiceFS
# have it. Seen: "HEAD a//b before: 500; a/b holds 'overwritten', ETag of neither text".
# Why a user cares: a client that asks by HEAD whether it would overwrite something is told "internal error" and may send on; an object
# whose writer got its right ETag has another one later, so that If-Match and every comparison of ETags fails for it.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
GOBIN=$work go install github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0 2>"$work/build.log" || { tail -5 "$work/build.log"; exit 2; }
"$work/gofakes3" -host "127.0.0.1:$port" -quiet -backend fs -fs.path "$work/data" -fs.create >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
curl -s -X PUT "$bucket"
curl -s -X PUT --data-binary hello "$bucket/a/b"
before=$(curl -s -o /dev/null -I -w '%{http_code}' --path-as-is "$bucket/a//b")
curl -s -X PUT --data-binary overwritten --path-as-is "$bucket/a//b"
holds=$(curl -s "$bucket/a/b")
etag=$(curl -s -I "$bucket/a/b" | tr -d '\r"' | sed -n 's/^[Ee][Tt]ag: //p')
md5_of() { printf %s "$1" | md5sum | cut -d ' ' -f 1; }
neither=no
[ -n "$etag" ] && [ "$etag" != "$(md5_of hello)" ] && [ "$etag" != "$(md5_of overwritten)" ] && neither=yes
echo "HEAD a//b before: $before; a/b holds '$holds', ETag $etag of neither text: $neither"
[ "$before" = 500 ] && [ "$holds" = overwritten ] && [ "$neither" = yes ]
