#!/usr/bin/env bash
# esdk-obs-nodejs 3.26.8 and cos-nodejs-sdk-v5 3.0.0 (npm), Node.js 20.
# Behaviour: in an answer's XML both decode the five named references, and of the numeric ones only those for quotes (`&#34;`, `&#39;`): a key with a
# carriage return, listed as `a&#xD;b` or `a&#13;b`, or one with `&#xFC;` for a letter, is given to the caller as that text.
# What one expects: the character, as XML has no other way to write a carriage return.
# Seen: "OBS: a&#xD;b a&#13;b a&#xFC;b a'b; COS: a&#xD;b a&#13;b a&#xFC;b a'b".
# Why a user cares: without encoding-type=url such a key can be listed, but neither read, copied nor removed by what was listed; a cleanup that
# goes by listings never ends, or removes nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund esdk-obs-nodejs@3.26.8 cos-nodejs-sdk-v5@3.0.0 >/dev/null
cat >list.cjs <<'JS'
const { createServer } = require('node:http');
const { setImmediate } = require('node:timers/promises');
const ObsClient = require('esdk-obs-nodejs');
const Cos = require('cos-nodejs-sdk-v5');
const keys = ['a&#xD;b', 'a&#13;b', 'a&#xFC;b', 'a&#39;b'];
const entry = (key) => `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents>`;
const page = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>${keys.map(entry).join('')}</ListBucketResult>`;
const server = createServer((request, response) => response.setHeader('content-type', 'application/xml').end(page));
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const obs = new ObsClient({ access_key_id: 'any', secret_access_key: 'any', server: `http://127.0.0.1:${port}`, path_style: true, signature: 'v2' });
  await setImmediate();
  const cos = new Cos({ SecretId: 'any', SecretKey: 'any', Domain: `127.0.0.1:${port}`, Protocol: 'http:' });
  const byObs = (await obs.listObjects({ Bucket: 'bucket' })).InterfaceResult.Contents.map(({ Key }) => Key);
  const byCos = (await cos.getBucket({ Bucket: 'bucket-1250000000', Region: 'ap-guangzhou' })).Contents.map(({ Key }) => Key);
  server.close();
  console.log(`OBS: ${byObs.join(' ')}; COS: ${byCos.join(' ')}`);
  const text = "a&#xD;b a&#13;b a&#xFC;b a'b";
  process.exit(byObs.join(' ') === text && byCos.join(' ') === text ? 0 : 1);
});
JS
node list.cjs
