// Behind a proxy that HTTPS_PROXY and NO_PROXY name, and which may show certificates of the company's own authority (CA_FILE).
//
//   HTTPS_PROXY=http://proxy.example.com:3128 CA_FILE=company-ca.pem npm run proxy -- media/film.mxf archive/film.mxf
import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import { copyLargeObject, s3Store } from 'copy-large-object';
import { EnvHttpProxyAgent } from 'undici';

const [source, destination] = process.argv.slice(2).map((name) => {
  const [bucket = '', ...key] = name.split('/');
  return { bucket, key: key.join('/') };
});
if (source === undefined || destination === undefined) throw new Error('Usage: proxy.ts BUCKET/KEY BUCKET/KEY');

const caFile = process.env['CA_FILE'];
// A `ca` replaces the authorities that Node knows, so name those, too. They are read once, not for each connection.
const ca = caFile === undefined ? undefined : [...rootCertificates, readFileSync(caFile, 'utf8')];
const tls = { secureContext: createSecureContext(ca === undefined ? {} : { ca }) };
const dispatcher = new EnvHttpProxyAgent({
  connect: tls, // to hosts of NO_PROXY
  requestTls: tls, // to the store, through the proxy
  proxyTls: tls, // to a proxy that itself speaks https
});

const store = s3Store({ endpoint: process.env['AWS_ENDPOINT_URL'], dispatcher });
const { etag, size } = await copyLargeObject({ store, source, destination });
console.log(`${size} bytes, ETag ${etag}`);
await dispatcher.close();
