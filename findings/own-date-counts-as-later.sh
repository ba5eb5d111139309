#!/usr/bin/env bash
# S3Proxy 4.1.0 (Maven: org.gaul:s3proxy), filesystem-nio2, Java 17, Debian 12.
# Behaviour: x-amz-copy-source-if-unmodified-since with the Last-Modified that HEAD has just answered is 412, for CopyObject and for
# UploadPartCopy, although nobody touched the source. The server compares the file's time with its fraction of a second.
# What S3 documents let one expect: 200, as the date is the server's own. Seen: "CopyObject 412, UploadPartCopy 412; a second later 200 200".
# versitygw 1.8.0 (posix) answered 412 to the same.
# Why a user cares: a client that pins a source without a usable ETag by its date can copy nothing; it must send the next second, and then
# doesn't see a change within that second.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=org.gaul:s3proxy:4.1.0:jar:jar-with-dependencies -DoutputDirectory="$work" >"$work/build.log" 2>&1 || { tail -5 "$work/build.log"; exit 2; }
mkdir "$work/data"
cat >"$work/conf" <<CONF
s3proxy.endpoint=http://127.0.0.1:$port
s3proxy.authorization=none
jclouds.provider=filesystem-nio2
jclouds.identity=none
jclouds.credential=none
jclouds.filesystem.basedir=$work/data
CONF
java -Xmx512m -jar "$work/s3proxy-4.1.0-jar-with-dependencies.jar" --properties "$work/conf" >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
s3() { curl -s "$@"; }
s3 -X PUT "$bucket" -o /dev/null
# a file's time that happens to have no fraction would pass
for key in a b c; do s3 -X PUT --data-binary hello "$bucket/$key" -o /dev/null; done
refused=0
for key in a b c; do
  date=$(s3 -I "$bucket/$key" | tr -d '\r' | sed -n 's/^Last-Modified: //p')
  later=$(date -u -d "$date + 1 second" '+%a, %d %b %Y %T GMT')
  upload=$(s3 -X POST "$bucket/copy-$key?uploads=" | grep -o '<UploadId>[^<]*' | cut -d '>' -f 2)
  copy() { s3 -X PUT -H "x-amz-copy-source: /bucket/$key" -H "x-amz-copy-source-if-unmodified-since: $1" "$2" -o /dev/null -w '%{http_code}'; }
  part="$bucket/copy-$key?partNumber=1&uploadId=$upload"
  outcome="CopyObject $(copy "$date" "$bucket/copy-$key"), UploadPartCopy $(copy "$date" "$part"); a second later $(copy "$later" "$bucket/copy-$key") $(copy "$later" "$part")"
  echo "$outcome"
  [ "$outcome" = 'CopyObject 412, UploadPartCopy 412; a second later 200 200' ] && refused=$((refused + 1))
done
[ "$refused" -ge 2 ]
