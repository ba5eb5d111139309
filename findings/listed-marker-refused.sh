#!/usr/bin/env bash
# versitygw 1.8.0 (Go: github.com/versity/versitygw), posix backend, Go 1.26, Debian 12.
# Behaviour: a page of ListMultipartUploads names NextKeyMarker and NextUploadIdMarker; if a key has more than one upload, asking for the
# next page by both is 400 InvalidArgument "Invalid uploadId marker"; asking by the key alone leaves out the key's other uploads.
# What S3 documents let one expect: the server takes its own markers. Seen: "next page by both markers 400; by the key alone 0 of 2 others".
# Why a user cares: whoever cleans up by pages finds only the first page's uploads, or fails; the parts of the others stay.
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
for _ in 1 2 3; do s3 -X POST "$bucket/key?uploads=" -o /dev/null; done
page=$(s3 "$bucket?max-uploads=1&uploads=")
field() { grep -o "<$1>[^<]*" <<<"$page" | cut -d '>' -f 2; }
grep -q '<IsTruncated>true' <<<"$page"
by_both=$(s3 "$bucket?key-marker=$(field NextKeyMarker)&max-uploads=1&upload-id-marker=$(field NextUploadIdMarker)&uploads=" -o "$work/answer" -w '%{http_code}')
cat "$work/answer"
by_key=$(s3 "$bucket?key-marker=key&uploads=" | grep -c '<UploadId>' || true)
echo "next page by both markers $by_both; by the key alone $by_key of 2 others"
[ "$by_both" = 400 ] && grep -q 'uploadId marker' "$work/answer" && [ "$by_key" = 0 ]
