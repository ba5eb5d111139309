import { expect, test } from 'vitest';
import { anchorOf, readPage } from './read-blocks.ts';

const FAQ = 'docs/faq.md#';

/**
 * Twenty questions that users of other tools asked, written down before the documents were read for them: in their words, where they
 * asked, where the answer stands here, and what it must name.
 */
const QUESTIONS: readonly (readonly [question: string, asked: string, place: string, names: string])[] = [
  [
    'Must I write the loop over UploadPartCopy myself?',
    'aws/aws-sdk-js-v3/issues/3550',
    `${FAQ}how-do-i-copy-an-object-of-more-than-5-gb`,
    'copyLargeObject',
  ],
  [
    'I copied a video, and the content type is gone',
    'aws/aws-sdk-ruby/issues/2821',
    `${FAQ}where-did-my-metadata-content-type-and-tags-go`,
    'carried over',
  ],
  [
    'The same files are copied with every run',
    'cobbzilla/s3s3mirror/issues/64',
    `${FAQ}why-does-sync-copy-the-same-objects-again`,
    "'skip-same'",
  ],
  [
    'socket usage at capacity=50 and 766 additional requests are enqueued',
    'aws/aws-sdk-js-v3/issues/7027',
    `${FAQ}the-aws-sdk-says-socket-usage-at-capacity50`,
    'maxSockets',
  ],
  [
    'A part failed, and I pay for parts that nobody sees',
    'aws/aws-sdk-java/issues/1471',
    `${FAQ}how-do-i-find-uploads-that-were-left-behind`,
    '--older-than',
  ],
  [
    'NoSuchKey, but the key is there: it has a plus in it',
    'aws/aws-cli/issues/614',
    `${FAQ}nosuchkey-for-a-key-with-spaces-plus-signs-or-umlauts`,
    'percent-encoded',
  ],
  [
    'I may read the objects, but not their tags',
    'generalui/s3p/issues/29',
    `${FAQ}accessdenied-on-getobjecttagging`,
    'tags: false',
  ],
  [
    'timeout awaiting response headers',
    'rclone/rclone/issues/3579',
    `${FAQ}a-gateway-answers-504-on-large-parts`,
    'partSize',
  ],
  [
    'Cannot use import statement outside a module',
    'sindresorhus/p-event/issues/42',
    'docs/guides/tests.md#with-jest',
    'transformIgnorePatterns',
  ],
  [
    'Two accounts, two keys: which one copies?',
    'boto/boto3/issues/1310',
    `${FAQ}how-do-i-copy-between-two-accounts`,
    'bucket policy',
  ],
  [
    'NoSuchBucket, as the source is in another region',
    'boto/boto3/issues/4357',
    `${FAQ}how-do-i-copy-between-regions`,
    'sourceStore',
  ],
  [
    'It does not respect 503 SlowDown',
    'rclone/rclone/issues/3456',
    `${FAQ}the-store-answers-503-slowdown`,
    'maxRequestsPerSecond',
  ],
  [
    'The process crashed: where is my checkpoint?',
    'ali-sdk/ali-oss/issues/646',
    `${FAQ}how-do-i-go-on-after-a-crash`,
    'checkpoint',
  ],
  [
    'A proxy for some hosts, none for others',
    'aws/aws-sdk-js/issues/1842',
    'docs/guides/proxy.md#a-proxy-and-a-certificate-authority-of-your-own',
    'NO_PROXY',
  ],
  [
    'Complete failed with InternalError, and nobody tried again',
    'awslabs/aws-sdk-rust/issues/1163',
    `${FAQ}complete-answered-200-or-nothing-and-the-object-isnt-there`,
    'HEAD must show',
  ],
  ['Copy, but never overwrite', 'aws/aws-cli/issues/2874', `${FAQ}how-do-i-keep-what-is-at-the-destination`, "'fail'"],
  ['How far is CopyObject?', 'minio/minio-go/issues/1822', `${FAQ}how-do-i-show-progress`, 'multipartThreshold: 0'],
  [
    'A copy in parts with a KMS key is refused',
    'aws/aws-sdk-net/issues/1132',
    `${FAQ}how-do-i-copy-encrypted-objects`,
    'destination.sse',
  ],
  [
    'Is Lambda with its 15 minutes enough?',
    'aws-solutions/media-exchange-on-aws/issues/2',
    'docs/guides/lambda.md#in-aws-lambda',
    'uploadId',
  ],
  [
    'Old versions are not copied',
    'cobbzilla/s3s3mirror/issues/86',
    'docs/many-objects.md#all-versions',
    'oldest first',
  ],
  [
    'CERTIFICATE_VERIFY_FAILED: our MinIO signs itself',
    'minio/minio-py/issues/730',
    'docs/guides/proxy.md#a-proxy-and-a-certificate-authority-of-your-own',
    'NODE_EXTRA_CA_CERTS',
  ],
  [
    'The source was replaced during the copy, and half is new',
    'aws/aws-cli/pull/9858',
    `${FAQ}what-if-the-source-is-replaced-during-the-copy`,
    'SourceChangedError',
  ],
];

/** A heading of a page with what stands under it, up to the next heading. */
function sectionOf(page: string, anchor: string): string | undefined {
  const sections = readPage(page).split(/^(?=#+ )/m);
  return sections.find((section) => anchorOf(/^#+ (.+)/.exec(section)?.[1] ?? '') === anchor);
}

test.each(QUESTIONS)('%s (github.com/%s)', (_, __, place, names) => {
  const [page = '', anchor = ''] = place.split('#');
  expect(sectionOf(page, anchor)).toContain(names);
});

test('the README names the pages that answer, or one that links to them', () => {
  const first = [...readPage('README.md').matchAll(/docs\/[\w/-]+\.md/g)].map(([page]) => page);
  const named = new Set(first);
  for (const page of first) {
    for (const [, target = ''] of readPage(page).matchAll(/\]\(([\w/-]+\.md)/g)) named.add(`docs/${target}`);
  }
  const pages = QUESTIONS.map(([, , place]) => place.split('#')[0]);
  expect(pages.filter((page) => !named.has(page as string))).toEqual([]);
});
