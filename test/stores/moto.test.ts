import { testStore } from './contract/test-store.ts';
import { installFromPyPI } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '5.2.5';

testStore({
  name: 'moto',
  version,
  from: 'PyPI: moto[s3,server]',
  comparesMany: true,
  differs: {
    'upload aborted by someone else':
      /^PartFailedError: Cannot copy part \d .* upload \S+ does not exist any more: .* 500.*; the older object stays$/,
  },
  start: async () => {
    const { python, env } = await installFromPyPI([`moto[s3,server]==${version}`]);
    const server = await startServer((_folder, port) => ({
      program: python,
      parameters: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
      env,
    }));
    return { ...server, credentials: testCredentials };
  },
});
