import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromCargo } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '0.17.0';

const noTags = /^TAGS_NOT_PRESERVED: Copied without tags, as the tags of .* can't be read: .* 501 NotImplemented/;

testStore({
  name: 's3s-fs',
  version,
  from: 'Cargo: s3s-fs',
  everyCopy: { asOne: [noTags], inParts: [noTags] },
  start: async () => {
    // needs Rust 1.96: the newest nightly builds it, too
    const program = await installFromCargo('s3s-fs', version, 's3s-fs', ['--features', 'binary']);
    const { accessKeyId, secretAccessKey } = testCredentials;
    const server = await startServer(async (folder, port) => {
      const data = path.join(folder, 'data');
      await mkdir(data);
      const address = ['--host', '127.0.0.1', '--port', String(port)];
      const credentials = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
      return { program, parameters: [...address, ...credentials, data] };
    });
    return { ...server, credentials: testCredentials };
  },
});
