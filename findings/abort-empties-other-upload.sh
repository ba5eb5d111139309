#!/usr/bin/env bash
# Adobe S3Mock 5.2.0 (Maven: com.adobe.testing:s3mock), Java 17, Debian 12.
# Behaviour: aborting one upload of a key takes the parts of every other open upload of that key. The others stay listed;
# ListParts of them is 200 with an empty body, and Complete is 400 InvalidPart.
# Guess before the run: the other upload is untouched, as uploads are told apart by their ids.
# Seen: "before: part 1 listed; after: ListParts 200 with 0 bytes, Complete 400 InvalidPart".
# Why a user cares: cleaning up an old run's upload ruins a copy to the same key that is under way; two writers to one key can't coexist.
set -euo pipefail
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
wait_for_server() { for _ in $(seq 1200); do curl -s -o /dev/null "http://127.0.0.1:$port/" && return; kill -0 "$server"; sleep 0.1; done; echo "no answer" >&2; exit 2; }
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=com.adobe.testing:s3mock:5.2.0:jar:exec -DoutputDirectory="$work" >"$work/build.log" 2>&1 || { tail -5 "$work/build.log"; exit 2; }
free() { python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])"; }
java -Xmx512m -jar "$work/s3mock-5.2.0-exec.jar" --server.address=127.0.0.1 --http.port="$port" --server.port="$(free)" \
  --vectors.http.port="$(free)" --vectors.https.port="$(free)" --com.adobe.testing.s3mock.store.root="$work/data" >"$work/log" 2>&1 &
server=$!
wait_for_server
bucket=http://127.0.0.1:$port/bucket
curl -s -X PUT "$bucket" -o /dev/null
head -c 6000000 /dev/zero >"$work/part"
create() { curl -s -X POST "$bucket/key?uploads" | grep -o '<UploadId>[^<]*' | cut -d '>' -f 2; }
kept=$(create)
other=$(create)
etag=$(curl -s -X PUT --data-binary "@$work/part" "$bucket/key?partNumber=1&uploadId=$kept" -o /dev/null -D - | grep -i '^etag' | grep -o '[0-9a-f]\{32\}')
curl -s "$bucket/key?uploadId=$kept" | grep -q '<PartNumber>1<'
[ "$(curl -s -X DELETE "$bucket/key?uploadId=$other" -w '%{http_code}')" = 204 ]
curl -s "$bucket?uploads" | grep -q "$kept"
listed=$(curl -s "$bucket/key?uploadId=$kept" -o "$work/parts" -w '%{http_code} with %{size_download} bytes')
list="<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>$etag</ETag></Part></CompleteMultipartUpload>"
completed=$(curl -s -X POST -H 'content-type: application/xml' -d "$list" "$bucket/key?uploadId=$kept" -o "$work/complete" -w '%{http_code}')
echo "before: part 1 listed; after: ListParts $listed, Complete $completed $(grep -o '<Code>[^<]*' "$work/complete" | cut -d '>' -f 2)"
[ "$completed" = 400 ] && grep -q '<Code>InvalidPart<' "$work/complete" && ! grep -q PartNumber "$work/parts"
