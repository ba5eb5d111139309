import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromGo } from './harness/install.ts';
import { notReadable, oneKey } from './harness/listed-keys.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '1.8.0';

for (const isVersioned of [false, true]) {
  testStore({
    name: isVersioned ? 'versitygw with versioning' : 'versitygw',
    version,
    from: 'Go: github.com/versity/versitygw',
    isVersioned,
    everyCopy: {
      inParts: [/^CHECKSUM_NOT_PRESERVED: Copied without CRC64NVME, as the store computes it wrongly/],
    },
    differs: {
      // a duplicate that lands while the upload is being completed may bring its folder back
      'hedged, in parts': /^right(?:; 1 uploads left behind)?$/,
      'uploads that are left': /^(?:none|[12] uploads)$/,
      "key 'dir/'":
        /^to it as one: StoreError: [^|]* DirectoryObjectContainsData[^|]*\| from it [^|]* keeps no object [^|]*\| to it in parts: StoreError: [^|]*DirectoryObjectContainsData/,
      'a prefix of odd keys': oneKey,
      'a prefix of keys with control characters': notReadable,
      "'a/b' beside 'a//b'":
        /^as one: CopyError: [^|]*takes both for one key[^|]*\| in parts: CopyError: [^|]*takes both for one key[^|]*$/,
      "'name' beside 'name/'":
        /^as one: StoreError: [^|]* DirectoryObjectContainsData[^|]*\| in parts: StoreError: [^|]* DirectoryObjectContainsData[^|]*$/,
    },
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
