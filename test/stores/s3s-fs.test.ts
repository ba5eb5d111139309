import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromCargo } from './harness/install.ts';
import { oneKey } from './harness/listed-keys.ts';
import { refusedFor } from './harness/refused-for.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '0.17.0';

const noSuchKey = 'the server keeps no object under such a key';

testStore({
  name: 's3s-fs',
  version,
  from: 'Cargo: s3s-fs',
  differs: {
    'tags, as one': 'right; the server keeps no tags',
    'tags, in parts': 'right; the server keeps no tags',
    'upload aborted by someone else':
      /^PartFailedError: Cannot copy part \d .* 1 attempt .* does not exist any more: .*AccessDenied.*; the older object stays$/,
    // it answers the same to the Abort of an upload that is gone and of one that it won't abort
    'resume of an upload that is gone':
      /^begun anew, right; CHECKPOINT_DISCARDED: .* upload \S+ does not exist any more; UPLOAD_LEFT: .*AccessDenied/,
    "key 'dir/'": `from it as one: ${noSuchKey} | from it in parts: ${noSuchKey}`,
    'a prefix of odd keys': oneKey,
    'a prefix of keys with control characters':
      /^StoreError: Cannot list the objects of \S+ as the store answered 500 InternalError: XML response contains a control character$/,
    "'a/b' beside 'a//b'": refusedFor('a/b'),
    "'name' beside 'name/'": refusedFor('name'),
    'uploads that are left': 'the server lists no uploads',
  },
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
