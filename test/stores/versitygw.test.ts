import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromGo } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '1.8.0';

for (const isVersioned of [false, true]) {
  testStore({
    name: isVersioned ? 'versitygw with versioning' : 'versitygw',
    version,
    from: 'Go: github.com/versity/versitygw',
    isVersioned,
    start: async () => {
      const program = await installFromGo('github.com/versity/versitygw/cmd/versitygw', version);
      const { accessKeyId, secretAccessKey } = testCredentials;
      const server = await startServer(async (folder, port) => {
        const [data, versions] = [path.join(folder, 'data'), path.join(folder, 'versions')] as const;
        await Promise.all([mkdir(data), mkdir(versions)]);
        const address = [
          '--port',
          `127.0.0.1:${port}`,
          '--access',
          accessKeyId,
          '--secret',
          secretAccessKey,
          '--quiet',
        ];
        const backend = ['posix', ...(isVersioned ? ['--versioning-dir', versions] : []), data];
        return { program, parameters: [...address, ...backend] };
      });
      return { ...server, credentials: testCredentials };
    },
  });
}
