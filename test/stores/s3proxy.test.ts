import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromMaven } from './harness/install.ts';
import { oneKey } from './harness/listed-keys.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '4.1.0';

/** Either copy is refused, and nothing is overwritten. */
const twins =
  /^as one: CopyError: [^|]*takes both for one key[^|]*\| in parts: CopyError: [^|]*takes both for one key[^|]*$/;

for (const backend of ['filesystem-nio2', 'transient-nio2']) {
  for (const ignoresUnknownHeaders of [false, true]) {
    testStore({
      name: `S3Proxy, ${backend}, ${ignoresUnknownHeaders ? 'ignore-unknown-headers' : 'defaults'}`,
      version,
      from: 'Maven: org.gaul:s3proxy',
      differs: {
        'tags, as one': 'right; the server keeps no tags',
        'tags, in parts': 'right; the server keeps no tags',
        'upload aborted by someone else': /^CompleteFailedError: .*404 NoSuchUpload.*; the older object stays$/,
        "key 'dir/'":
          /^to it as one: VerificationError: [^|]* has 0 bytes[^|]*\| from it [^|]* keeps no object [^|]*\| to it in parts: VerificationError: [^|]* has 0 bytes[^|]*\| from it [^|]* keeps no object [^|]*$/,
        "key 'a//b'": /^to it in parts: CompleteFailedError: [^|]*404 NoSuchUpload[^|]*$/,
        'a prefix of odd keys': `${oneKey} | "dir/" is listed, and copied`,
        "'a/b' beside 'a//b'": twins,
        "'name' beside 'name/'": twins,
      },
      start: () => startS3Proxy(backend, ignoresUnknownHeaders),
    });
  }
}

async function startS3Proxy(backend: string, ignoresUnknownHeaders: boolean) {
  const jar = await installFromMaven('org.gaul', 's3proxy', version, 'jar-with-dependencies');
  const { accessKeyId, secretAccessKey } = testCredentials;
  const server = await startServer(async (folder, port) => {
    const data = path.join(folder, 'data');
    await mkdir(data);
    const settings = {
      's3proxy.endpoint': `http://127.0.0.1:${port}`,
      's3proxy.authorization': 'aws-v2-or-v4',
      's3proxy.identity': accessKeyId,
      's3proxy.credential': secretAccessKey,
      's3proxy.ignore-unknown-headers': ignoresUnknownHeaders,
      // the large source is put by one signed request
      's3proxy.v4-max-non-chunked-request-size': 512 * 1024 * 1024,
      'jclouds.provider': backend,
      'jclouds.identity': accessKeyId,
      'jclouds.credential': secretAccessKey,
      'jclouds.filesystem.basedir': data,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    const file = path.join(folder, 's3proxy.conf');
    await writeFile(file, lines.join(''));
    return { program: 'java', parameters: ['-Xmx4g', '-jar', jar, '--properties', file] };
  });
  return { ...server, credentials: testCredentials };
}
