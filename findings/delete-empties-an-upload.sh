#!/usr/bin/env bash
# Adobe S3Mock 5.2.0 (Maven: com.adobe.testing:s3mock), Java 17, Debian 12.
# Behaviour: DeleteObject of a key takes the parts of each upload in progress for that key with it: ListParts of the upload answers 200 without
# a body, and Complete with the parts is refused. The upload itself is still listed.
# What S3 documents let one expect: DeleteObject is about the object; an upload goes on until Complete or Abort. moto, versitygw, S3Proxy, JuiceFS,
# s3s-fs and SeaweedFS keep the parts.
# Seen: "before 1 part; after DELETE of the key: upload listed 1, parts 0, Complete 400 InvalidPart".
# Why a user cares: a test whose application removes an old object while its successor is being uploaded or copied fails here alone, by an error
# about parts that nobody has touched.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
free_port() { python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])"; }
port=$(free_port)
wait_for_server() { for _ in $(seq 1800); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=com.adobe.testing:s3mock:5.2.0:jar:exec "-DoutputDirectory=$work" \
  >"$work/build.log" 2>&1 || { tail -5 "$work/build.log"; exit 2; }
java -Xmx512m -jar "$work/s3mock-5.2.0-exec.jar" --server.address=127.0.0.1 "--server.port=$(free_port)" "--http.port=$port" \
  "--vectors.http.port=$(free_port)" "--vectors.https.port=$(free_port)" "--com.adobe.testing.s3mock.store.root=$work/data" >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
curl -s -X PUT "$bucket" -o /dev/null
curl -s -X PUT "$bucket/key" --data-binary old -o /dev/null
id=$(curl -s -X POST "$bucket/key?uploads" | grep -o '<UploadId>[^<]*' | cut -d '>' -f 2)
etag=$(curl -s -X PUT "$bucket/key?partNumber=1&uploadId=$id" --data-binary new -D - -o /dev/null | tr -d '\r' | grep -i '^etag:' | cut -d ' ' -f 2)
count_parts() { curl -s "$bucket/key?uploadId=$id" | { grep -o '<PartNumber>' || true; } | wc -l; }
before=$(count_parts)
curl -s -X DELETE "$bucket/key" -o /dev/null
listed=$(curl -s "$bucket?uploads" | grep -o "<UploadId>$id" | wc -l)
after=$(count_parts)
status=$(curl -s -X POST "$bucket/key?uploadId=$id" -H 'content-type: application/xml' -o "$work/answer" -w '%{http_code}' \
  --data-binary "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>$etag</ETag></Part></CompleteMultipartUpload>")
code=$(grep -o '<Code>[^<]*' "$work/answer" | cut -d '>' -f 2 || true)
echo "before $before part; after DELETE of the key: upload listed $listed, parts $after, Complete $status $code"
[ "$before" = 1 ] && [ "$listed" = 1 ] && [ "$after" = 0 ] && [ "$status" = 400 ] && [ "$code" = InvalidPart ]
