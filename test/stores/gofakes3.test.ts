import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromGo } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '1.2.0';

/** It answers the object itself. */
const noTags = /^TAGS_NOT_PRESERVED: Copied without tags, as the tags of .* can't be read: /;

testStore({
  name: 'gofakes3',
  version,
  from: 'Go: github.com/johannesboyne/gofakes3',
  everyCopy: { asOne: [noTags], inParts: [noTags, /^as one CopyObject$/] },
  start: async () => {
    const program = await installFromGo('github.com/johannesboyne/gofakes3/cmd/gofakes3', version);
    const server = await startServer((folder, port) => {
      const backend = ['-backend', 'fs', '-fs.path', path.join(folder, 'data'), '-fs.create'];
      return { program, parameters: ['-host', `127.0.0.1:${port}`, '-quiet', ...backend] };
    });
    return { ...server, credentials: testCredentials };
  },
});
