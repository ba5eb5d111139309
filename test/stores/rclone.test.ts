import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { buildWithGo } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '1.76.0';

/** rclone with one backend and one command: the whole takes many minutes to build. */
const program = `package main

import (
	_ "github.com/rclone/rclone/backend/local"
	"github.com/rclone/rclone/cmd"
	_ "github.com/rclone/rclone/cmd/serve/s3"
)

func main() { cmd.Main() }
`;

testStore({
  name: 'rclone serve s3',
  version,
  from: 'Go: github.com/rclone/rclone',
  comparesMany: true,
  differs: {
    "key 'dir/'":
      /^to it as one: StoreError: [^|]* must be empty \| from it [^|]* keeps no object [^|]*\| to it in parts: StoreError: [^|]*unsupported characters/,
    "key 'a//b'":
      /^to it as one: StoreError: [^|]*unsupported characters[^|]*\| from it [^|]* keeps no object [^|]*\| to it in parts: StoreError: [^|]*unsupported characters/,
    "'a/b' beside 'a//b'":
      /^as one: StoreError: [^|]*unsupported characters[^|]*\| in parts: StoreError: [^|]*unsupported characters[^|]*$/,
    "'name' beside 'name/'":
      /^as one: StoreError: [^|]* must be empty \| in parts: StoreError: [^|]*unsupported characters[^|]*$/,
  },
  start: async () => {
    const rclone = await buildWithGo('rclone', 'github.com/rclone/rclone', version, program);
    const { accessKeyId, secretAccessKey } = testCredentials;
    const server = await startServer(async (folder, port) => {
      const data = path.join(folder, 'data');
      await mkdir(data);
      const address = ['--addr', `127.0.0.1:${port}`, '--auth-key', `${accessKeyId},${secretAccessKey}`];
      const caches = ['--cache-dir', path.join(folder, 'cache'), '--config', path.join(folder, 'none')];
      // a proxy's certificates in the environment end rclone at once
      return {
        program: 'env',
        parameters: ['-u', 'AWS_CA_BUNDLE', rclone, 'serve', 's3', data, ...address, ...caches],
      };
    });
    return { ...server, credentials: testCredentials };
  },
});
