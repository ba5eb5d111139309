import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { s3Store } from '../../src/wire/http-store.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { definedFacts, type ObjectFacts, type PropertyTarget } from './property-target.ts';

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const REGION = 'us-east-1';

/** Connects to any server that speaks S3 over http, path style, to run the property table on it. Makes the buckets. */
export async function connectToS3Target(
  name: string,
  endpoint: string,
  keys: Keys,
  store: CopyStore = s3Store({ endpoint, credentials: keys, region: REGION }),
): Promise<PropertyTarget> {
  const send = (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body = '',
  ): Promise<Answer> => sendSigned(endpoint, keys, { method, path, headers, body });
  const bucket = `faithful-${process.pid}`;
  const lockable = `${bucket}-lockable`;
  await expectOk(send('PUT', `/${bucket}`));
  await expectOk(send('PUT', `/${lockable}`, { 'x-amz-bucket-object-lock-enabled': 'true' }));
  const buckets = { source: bucket, destination: bucket, lockable, coolByDefault: undefined };
  const ownAcl = await expectOk(send('GET', `/${bucket}?acl`));
  const accountId = textOf(ownAcl.body, 'ID');
  return {
    name,
    dialect: 's3',
    store,
    sourceSize: 6 * 1024 * 1024,
    partSize: 5 * 1024 * 1024,
    buckets,
    accountId,
    putObject: async (object, size, facts) => {
      await expectOk(send('PUT', pathOf(object), headersOf(facts, accountId), 'x'.repeat(size)));
    },
    readFacts: async (object) => {
      const head = await expectOk(send('HEAD', pathOf(object)));
      const tagging = await expectOk(send('GET', `${pathOf(object)}?tagging`));
      const acl = await expectOk(send('GET', `${pathOf(object)}?acl`));
      return readAnswers(head.headers, tagging.body, acl.body);
    },
    close: () => Promise.resolve(),
  };
}

function pathOf({ bucket, key }: { readonly bucket: string; readonly key: string }): string {
  return `/${bucket}/${encodeURIComponent(key)}`;
}

async function expectOk(answer: Promise<Answer>): Promise<Answer> {
  const { status, headers, body } = await answer;
  if (status < 300) return { status, headers, body };
  throw new Error(`${status} ${/<Code>([^<]*)/.exec(body)?.[1] ?? ''}`.trim());
}

function headersOf(facts: ObjectFacts, accountId: string): Record<string, string> {
  const { readers = [], lock, tags } = facts;
  const grantees = readers.map((reader) =>
    reader === 'everyone' ? 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' : `id="${accountId}"`,
  );
  const headers: Record<string, string | undefined> = {
    'content-type': facts.contentType,
    'cache-control': facts.cacheControl,
    'content-disposition': facts.contentDisposition,
    'content-encoding': facts.contentEncoding,
    'content-language': facts.contentLanguage,
    expires: facts.expires,
    'x-amz-website-redirect-location': facts.websiteRedirectLocation,
    'x-amz-storage-class': facts.storageClass,
    'x-amz-grant-read': grantees.length === 0 ? undefined : grantees.join(', '),
    'x-amz-tagging': tags && new URLSearchParams(tags).toString().replaceAll('+', '%20'),
    'x-amz-object-lock-mode': lock?.mode,
    'x-amz-object-lock-retain-until-date': lock?.retainUntil,
    'x-amz-object-lock-legal-hold': lock?.legalHold === undefined ? undefined : 'ON',
    ...Object.fromEntries(Object.entries(facts.metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function readAnswers(headers: Answer['headers'], tagging: string, acl: string): ObjectFacts {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  const tags = [...tagging.matchAll(/<Tag>.*?<\/Tag>/gs)].map(([tag]) => [textOf(tag, 'Key'), textOf(tag, 'Value')]);
  const readers = [...acl.matchAll(/<Grant>.*?<\/Grant>/gs)]
    .filter(([grant]) => textOf(grant, 'Permission') === 'READ')
    .map(([grant]) => (grant.includes('global/AllUsers') ? 'everyone' : 'account'));
  const mode = headers['x-amz-object-lock-mode'];
  const until = headers['x-amz-object-lock-retain-until-date'];
  const hold = headers['x-amz-object-lock-legal-hold'];
  return definedFacts({
    contentType: headers['content-type'],
    cacheControl: headers['cache-control'],
    contentDisposition: headers['content-disposition'],
    contentEncoding: headers['content-encoding'],
    contentLanguage: headers['content-language'],
    expires: headers['expires'],
    metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice('x-amz-meta-'.length), value])),
    websiteRedirectLocation: headers['x-amz-website-redirect-location'],
    tags: Object.fromEntries(tags) as Record<string, string>,
    storageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
    readers,
    lock: {
      ...(mode !== undefined && { mode }),
      ...(until !== undefined && { retainUntil: new Date(until).toISOString().replace('.000Z', 'Z') }),
      ...(hold === 'ON' && { legalHold: true }),
    },
  });
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function textOf(xml: string, element: string): string {
  const text = new RegExp(`<${element}>([^<]*)`).exec(xml)?.[1] ?? '';
  return text.replaceAll(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}

interface Message {
  readonly method: string;
  readonly path: string;
  /** Values as bytes, one per character. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One request, signed by hand (SigV4): nothing of what is tested has a part in it. */
function sendSigned(endpoint: string, keys: Keys, { method, path, headers, body }: Message): Promise<Answer> {
  const { hostname, port, host } = new URL(endpoint);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const bodyHash = sha256(body);
  const sent: Record<string, string> = { ...headers, host, 'x-amz-date': time, 'x-amz-content-sha256': bodyHash };
  const names = Object.keys(sent).toSorted();
  const lines = names.map((name) => `${name}:${sent[name]?.trim().replaceAll(/ +/g, ' ')}\n`).join('');
  const [resource, query] = path.split('?');
  const canonical = [method, resource, query === undefined ? '' : `${query}=`, lines, names.join(';'), bodyHash].join(
    '\n',
  );
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const key = [day, REGION, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, step) => createHmac('sha256', secret).update(step).digest(),
    `AWS4${keys.secretAccessKey}`,
  );
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method,
      path,
      headers: { ...sent, 'content-length': Buffer.byteLength(body), authorization },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (piece: string) => (received += piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          body: received,
        }),
      );
    });
    // As bytes: a text would make Node write the headers as UTF-8 too.
    outgoing.end(Buffer.from(body));
  });
}

/** Of the bytes, one per character. */
function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
