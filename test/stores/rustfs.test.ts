import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromCargo } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '1.0.1';

const refused = (call: string, key: string): string =>
  `StoreError: Cannot ${call} \\S.*/${key} as the store answered 400 InvalidArgument: Invalid argument`;
const asOne = refused('copy to', 'a//b');
const inParts = refused('begin an upload to', 'a//b');

testStore({
  name: 'RustFS',
  version,
  from: 'Cargo: rustfs',
  differs: {
    "key 'dir/'":
      /^to it in parts: VerificationError: \S.*\/dir\/ does not exist though the store said that it was copied/,
    "key 'a//b'": new RegExp(`^to it as one: ${asOne} \\| .* \\| to it in parts: ${inParts} \\| `),
    "'a/b' beside 'a//b'": new RegExp(`^as one: ${asOne} \\| in parts: ${inParts}$`),
    "'name' beside 'name/'":
      /^in parts: VerificationError: \S.*\/name\/ does not exist though the store said that it was copied/,
  },
  start: async () => {
    // needs Rust 1.98 and protoc, and an hour on two cores
    const program = await installFromCargo('rustfs', version, 'rustfs', ['--locked']);
    const { accessKeyId, secretAccessKey } = testCredentials;
    const server = await startServer(async (folder, port) => {
      const data = path.join(folder, 'data');
      await mkdir(data);
      const address = ['--address', `127.0.0.1:${port}`];
      const credentials = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
      // a build without optimisation needs a larger stack
      const env = { RUSTFS_CONSOLE_ENABLE: 'false', RUSTFS_RUNTIME_THREAD_STACK_SIZE: String(64 * 1024 * 1024) };
      return { program, parameters: [...address, ...credentials, data], env };
    });
    return { ...server, credentials: testCredentials };
  },
});
