import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromPyPI } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '2026.3.0';

testStore({
  name: 'LocalStack',
  version,
  from: 'PyPI: localstack-core[base-runtime]',
  start: async () => {
    // it imports what Python has from 3.13 on; the later releases of these don't go with it
    const pins = ['cbor2==5.8.0', 'pyOpenSSL==25.3.0', 'cryptography==46.0.7', 'service-identity'];
    const { python, env } = await installFromPyPI([`localstack-core[base-runtime]==${version}`, ...pins], 13);
    const server = await startServer((folder, port) => ({
      program: python,
      parameters: ['-m', 'localstack.runtime.main'],
      env: {
        ...env,
        GATEWAY_LISTEN: `127.0.0.1:${port}`,
        GATEWAY_SERVER: 'hypercorn',
        SERVICES: 's3',
        FILESYSTEM_ROOT: path.join(folder, 'root'),
        SKIP_SSL_CERT_DOWNLOAD: '1',
        DISABLE_EVENTS: '1',
      },
    }));
    return { ...server, credentials: testCredentials };
  },
});
