#!/usr/bin/env bash
# Adobe S3Mock 5.2.0 (Maven: com.adobe.testing:s3mock), Java 17, Debian 12.
# Behaviour: the header `x-amz-tagging` is not decoded: `a%20b=c%2Bd` makes a tag named `a%20b`, which PutObjectTagging refuses by InvalidTag.
# What S3 documents let one expect: the header is URL query parameters, so the tag is `a b` with the value `c+d`.
# Seen: "tag by the header: a%20b = c%2Bd; the same name by PutObjectTagging: 400 InvalidTag".
# Why a user cares: a copy that reads tags and sends them in the header changes them, and can't repair those that it finds; only PutObjectTagging is right.
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
curl -s -X PUT "$bucket/key" -H 'x-amz-tagging: a%20b=c%2Bd' --data-binary bytes -o /dev/null
tags=$(curl -s "$bucket/key?tagging")
name=$(grep -o '<Key>[^<]*' <<<"$tags" | cut -d '>' -f 2)
value=$(grep -o '<Value>[^<]*' <<<"$tags" | cut -d '>' -f 2)
again=$(curl -s -X PUT "$bucket/key?tagging" -H 'content-type: application/xml' -o "$work/answer" -w '%{http_code}' \
  --data-binary "<Tagging><TagSet><Tag><Key>$name</Key><Value>$value</Value></Tag></TagSet></Tagging>")
code=$(grep -o '<Code>[^<]*' "$work/answer" | cut -d '>' -f 2)
echo "tag by the header: $name = $value; the same name by PutObjectTagging: $again $code"
[ "$name" = a%20b ] && [ "$value" = c%2Bd ] && [ "$again" = 400 ] && [ "$code" = InvalidTag ]
