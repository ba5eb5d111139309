import path from 'node:path';
import { testStore } from './contract/test-store.ts';
import { installFromGo } from './harness/install.ts';
import { notReadable } from './harness/listed-keys.ts';
import { refusedFor } from './harness/refused-for.ts';
import { startServer } from './harness/server-process.ts';
import { testCredentials } from './harness/store-setup.ts';

const version = '1.2.0';

/** It answers the object itself, each time. */
const noTags = /^TAGS_NOT_PRESERVED: Copied without tags, as the tags of .* can't be read: /;
const askedTwice = /^1 retries$/;

testStore({
  name: 'gofakes3',
  version,
  from: 'Go: github.com/johannesboyne/gofakes3',
  everyCopy: { asOne: [noTags, askedTwice], inParts: [noTags, askedTwice, /^as one CopyObject$/] },
  differs: {
    // an object without bytes is an answer without bytes, as for one without tags
    'zero bytes': /^right; without /,
    'more than one request takes':
      /^CopyError: Cannot copy .* in parts as store '.*' has no part copy \(UploadPartCopy\): .*: raise multipartThreshold/,
    'tags, as one': 'right; the server keeps no tags',
    'tags, in parts': 'right; the server keeps no tags',
    // with a single request there is no upload, and nothing to resume
    'upload aborted by someone else': 'right',
    'source replaced between parts': 'right',
    'resume after a cancelled copy': 'begun anew, right',
    'resume after SIGKILL': 'first copy: done',
    'resume of an upload that is gone': 'begun anew, right',
    'a prefix of odd keys': /^StoreError: Cannot list the objects of \S+ as the store answered 500 InternalError/,
    'a prefix of keys with control characters': notReadable,
    "'a/b' beside 'a//b'": refusedFor('a/b'),
    "'name' beside 'name/'": refusedFor('name'),
  },
  start: async () => {
    const program = await installFromGo('github.com/johannesboyne/gofakes3/cmd/gofakes3', version);
    const server = await startServer((folder, port) => {
      const backend = ['-backend', 'fs', '-fs.path', path.join(folder, 'data'), '-fs.create'];
      return { program, parameters: ['-host', `127.0.0.1:${port}`, '-quiet', ...backend] };
    });
    return { ...server, credentials: testCredentials };
  },
});
