import { testStore } from './contract/test-store.ts';
import { installFromNpm } from './harness/install.ts';
import { startServer } from './harness/server-process.ts';

const version = '3.7.1';

/** An object that a CopyObject with REPLACE wrote over keeps its ETag, while all others have the MD5 of their bytes. */
const oldEtag =
  "VerificationError: [^|]* or its ETags aren't to be relied on: then copyLargeObject with verify: 'size' copies it";
const overOlder = new RegExp(`^${oldEtag}$`);
const fromOddKey = new RegExp(`^from it as one: ${oldEtag} \\| from it in parts: ${oldEtag}$`);
const noSuchPath = (folded: string): string =>
  `StoreError: Cannot copy to [^:|]* as the store answered 404; the store may have no place for a key such as "[^"]*", only for "[^"]*/${folded}"`;

testStore({
  name: 's3rver',
  version,
  from: 'npm: s3rver',
  everyCopy: { inParts: [/^as one CopyObject$/] },
  differs: {
    // it has no UploadPartCopy, and aborts no upload either; the second copy begins none
    '256 MiB in parts': /^right; UPLOAD_LEFT: Upload \S+ could not be aborted: .* 405 MethodNotAllowed/,
    'more than one request takes':
      /^CopyError: Cannot copy .* in parts as store '.*' has no part copy \(UploadPartCopy\): .*: raise multipartThreshold/,
    'over an older object, in parts': overOlder,
    'over an older object, as one': overOlder,
    'upload aborted by someone else': overOlder,
    'source replaced between parts': overOlder,
    'resume after a cancelled copy': 'begun anew, right',
    'resume after SIGKILL': 'first copy: done',
    'resume of an upload that is gone': 'begun anew, right',
    'uploads that are left': 'the server lists no uploads',
    "key '100%25'": fromOddKey,
    "key '😀/！é'": fromOddKey,
    "key 'dir/'": fromOddKey,
    // it decodes the copy source, but none of the characters that divide an address
    "key 'p+q r'":
      /^from it as one: StoreError: .* 404 NoSuchKey: [^|]*\| from it in parts: StoreError: .* 404 NoSuchKey: [^|]*$/,
    'a prefix of odd keys': '"p+q r" fails with NoSuchKey',
    "key 'a//b'": new RegExp(
      `^to it as one: ${noSuchPath('a/b')} \\| .* \\| to it in parts: ${noSuchPath('a/b')} \\| `,
    ),
    "'a/b' beside 'a//b'": new RegExp(`^as one: ${noSuchPath('a/b')} \\| in parts: ${noSuchPath('a/b')}$`),
  },
  start: async () => {
    const program = await installFromNpm('s3rver', version);
    const server = await startServer((folder, port) => ({
      program,
      parameters: ['--directory', folder, '--address', '127.0.0.1', '--port', String(port), '--no-vhost-buckets'],
    }));
    return { ...server, credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } };
  },
});
