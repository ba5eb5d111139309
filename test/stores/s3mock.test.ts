import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromMaven } from './harness/install.ts';
import { freePort, startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '5.2.0';

testStore({
  name: 'Adobe S3Mock',
  version,
  from: 'Maven: com.adobe.testing:s3mock',
  copyTimeLimitMs: 2000,
  // its Abort also deletes the object under the key
  differs: {
    'upload aborted by someone else':
      /^PartFailedError: Cannot copy part \d .* upload \S+ does not exist any more: .*; the older object is lost: no object$/,
    'source replaced between parts': /^SourceChangedError: .*; the older object is lost: no object$/,
  },
  start: async () => {
    const jar = await installFromMaven('com.adobe.testing', 's3mock', version, 'exec');
    const server = await startServer(async (folder, port) => {
      const settings = {
        'server.address': '127.0.0.1',
        // the port of TLS, which it always opens
        'server.port': await freePort(),
        'http.port': port,
        'vectors.http.port': await freePort(),
        'vectors.https.port': await freePort(),
        'com.adobe.testing.s3mock.store.root': path.join(folder, 'data'),
      };
      const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
      return { program: 'java', parameters: ['-Xmx1g', '-jar', jar, ...flags] };
    });
    return { ...server, credentials: testCredentials };
  },
});
