import type { RequestOf, StoreOperation } from '../store/copy-store.ts';
import type { Draft } from '../wire/request-draft.ts';
import { errorOfRequest } from '../wire/response-error.ts';

/** A method of the vendor's client, which gives a promise if it isn't given a callback. */
export type VendorMethod = (params: never) => unknown;

export const METHODS = {
  headObject: 'getObjectMetadata',
  copyObject: 'copyObject',
  createMultipartUpload: 'initiateMultipartUpload',
  copyPart: 'copyPart',
  listParts: 'listParts',
  completeMultipartUpload: 'completeMultipartUpload',
  abortMultipartUpload: 'abortMultipartUpload',
  listMultipartUploads: 'listMultipartUploads',
  getObjectTagging: 'getObjectTagging',
  putObjectTagging: 'setObjectTagging',
  getObjectAcl: 'getObjectAcl',
  listObjects: 'listObjects',
  deleteObjects: 'deleteObjects',
  listObjectVersions: 'listVersions',
  getBucketVersioning: 'getBucketVersioning',
  headBucket: 'getBucketMetadata',
  getObject: 'getObject',
  putObjectRetention: 'setObjectRetention',
  putObject: 'putObject',
} as const;

/** Parameters of a method of the vendor's client, and what the request must be like when it leaves. */
export interface VendorInput {
  readonly params: Record<string, unknown>;
  /** Headers that no signature covers, written as they are. */
  readonly unsigned: Readonly<Record<string, string>>;
  readonly demands: readonly HeaderDemand[];
  readonly query: readonly string[];
}

/** A header that the vendor's client writes, and may write otherwise, or leave out. */
export interface HeaderDemand {
  /** Without the vendor's prefix, if it has one. */
  readonly name: string;
  readonly what: string;
  /** What it must say; undefined: anything, but something. */
  readonly value: string | undefined;
}

/** How the client calls a query parameter: `PartNumberMarker` for `part-number-marker`. */
function queryParam(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Parameters by the header that the client makes of them, without its prefix. */
const HEADER_PARAMS: Readonly<Record<string, string>> = {
  'content-type': 'ContentType',
  range: 'Range',
  'copy-source-if-match': 'CopySourceIfMatch',
  'copy-source-if-unmodified-since': 'CopySourceIfUnmodifiedSince',
  'copy-source-range': 'CopySourceRange',
  'metadata-directive': 'MetadataDirective',
  'tagging-directive': 'TagDirective',
  'request-payer': 'RequestPayer',
  'website-redirect-location': 'WebsiteRedirectLocation',
  'storage-class': 'StorageClass',
  acl: 'ACL',
  'grant-read': 'GrantRead',
  'grant-read-acp': 'GrantReadAcp',
  'grant-write-acp': 'GrantWriteAcp',
  'grant-full-control': 'GrantFullControl',
  'server-side-encryption': 'SseKms',
  'server-side-encryption-kms-key-id': 'SseKmsKey',
  'sse-kms-key-project-id': 'SseKmsProjectId',
  'server-side-encryption-customer-algorithm': 'SseC',
  'server-side-encryption-customer-key': 'SseCKey',
  'copy-source-server-side-encryption-customer-algorithm': 'CopySourceSseC',
  'copy-source-server-side-encryption-customer-key': 'CopySourceSseCKey',
};

const LABELS: Readonly<Record<string, string>> = { 'content-type': 'contentType', acl: 'ACL' };

/** Words that the client translates, and drops if it doesn't know them. */
const WORDS: ReadonlySet<string> = new Set(['storage-class', 'acl', 'server-side-encryption']);

/** By the headers of S3 it has another name, so that it isn't looked for. */
const KMS_KEY_ID = 'server-side-encryption-kms-key-id';

/** Its quotes would be encoded, and OBS takes ETags and the ids of accounts without. */
const QUOTED = /^(?:copy-source-if-match|grant-.*)$/;

/** Headers that the client writes without a parameter, or from one that is no header. */
const WRITTEN_BY_CLIENT = /^(?:content-md5|x-obs-copy-source|x-obs-tagging|.*-customer-key-md5)$/;

/** Headers that the client can't write: it has a method for what they say. */
const RETENTION = /^x-obs-object-lock-(?:mode|retain-until-date)$/;

/** Headers that no signature covers, so that they can be written as they are. */
const UNSIGNED = /^(?:cache-control|content-disposition|content-encoding|content-language|expires|if-(?:none-)?match)$/;

/**
 * Turns a draft into what the vendor's client must be given for it.
 *
 * @param locksLater - whether the client can set a retention afterwards, so that it isn't needed with what makes the object
 * @throws StoreError for what it can't send, so that nothing is left out in silence
 */
export function vendorInputOf(draft: Draft, request: RequestOf<StoreOperation>, locksLater: boolean): VendorInput {
  const params: Record<string, unknown> = { Bucket: draft.bucket, Key: draft.key, ...paramsOf(draft, request) };
  const unsigned: Record<string, string> = {};
  const demands: HeaderDemand[] = [];
  const metadata: Record<string, string> = {};
  for (let index = 0; index < draft.query.length; index += 2) {
    const [name = '', value = ''] = draft.query.slice(index, index + 2);
    // What has no value is the method's own.
    if (value !== '') params[queryParam(name)] = value;
  }
  for (let index = 0; index < draft.headers.length; index += 2) {
    const header = draft.headers[index] ?? '';
    const value = draft.headers[index + 1] ?? '';
    if (UNSIGNED.test(header)) {
      unsigned[header] = value;
      continue;
    }
    // Only some stores of other kinds want the key again on Complete.
    if (draft.operation === 'completeMultipartUpload' && header.includes('-customer-')) continue;
    if (locksLater && RETENTION.test(header)) continue;
    if (WRITTEN_BY_CLIENT.test(header) || (header === 'content-type' && draft.body !== undefined)) continue;
    const name = header.replace(/^x-obs-/, '');
    const metadataName = /^x-obs-meta-(.+)$/.exec(header)?.[1];
    if (metadataName !== undefined) {
      const what = `metadata '${metadataName}'`;
      metadata[metadataName] = givenFor(draft, what, value);
      demands.push({ name, what, value });
    } else if (header === 'x-obs-expires' && draft.operation === 'createMultipartUpload') {
      params['Expires'] = value;
    } else {
      const param = HEADER_PARAMS[name];
      const label = LABELS[name] ?? name.replaceAll('-', ' ');
      if (param === undefined) throw unsupported(draft, `has no parameter for ${label}`);
      const what = WORDS.has(name) ? `${label} ${value}` : label;
      const wanted = QUOTED.test(name) ? value.replaceAll('"', '') : value;
      if (name.endsWith('-customer-key')) {
        // The client makes Base64 and MD5 of the key itself.
        params[param] = Buffer.from(value, 'base64');
      } else {
        params[param] = WORDS.has(name) || QUOTED.test(name) ? wanted : givenFor(draft, what, value);
      }
      if (name !== KMS_KEY_ID) demands.push({ name, what, value: name === 'storage-class' ? undefined : wanted });
    }
  }
  if (Object.keys(metadata).length > 0) params['Metadata'] = metadata;
  return { params, unsigned, demands, query: draft.query };
}

/** The parameters that stand for something else than a header or a query parameter. */
function paramsOf(draft: Draft, request: RequestOf<StoreOperation>): Record<string, unknown> {
  const { source, tags, parts, properties, keys, mode, retainUntil, body } = request as Partial<
    RequestOf<'copyObject'>
  > &
    Partial<RequestOf<'deleteObjects'>> &
    Partial<RequestOf<'putObject'>> &
    Partial<RequestOf<'putObjectRetention'>> &
    Partial<RequestOf<'putObjectTagging'>> &
    Partial<RequestOf<'completeMultipartUpload'>>;
  return {
    // Named even if there is none: the client would make one up from the key's extension.
    ...(draft.operation === 'createMultipartUpload' && { ContentType: undefined }),
    ...(source !== undefined && { CopySource: copySource(draft, source) }),
    ...(properties?.tags !== undefined && { Tags: tagHeader(draft, properties.tags) }),
    ...(tags !== undefined && { Tags: tagSet(draft, tags) }),
    ...(retainUntil !== undefined && { Mode: mode, RetainUntilDate: String(retainUntil.getTime()) }),
    // The client gives it the type application/json, whatever it is told.
    ...(body !== undefined && { Body: body }),
    ...(keys !== undefined && { Quiet: false, Objects: keyList(draft, keys) }),
    ...(parts !== undefined && {
      Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: `"${etag}"` })),
    }),
  };
}

/**
 * `CopySource`, which the client encodes itself but for what follows the last `?versionId=`. A key with that in it would be taken
 * for a version, unless a real one follows.
 */
function copySource(draft: Draft, { bucket, key, versionId }: RequestOf<'copyObject'>['source']): string {
  if (versionId !== undefined) return `${bucket}/${key}?versionId=${encodeURIComponent(versionId)}`;
  if (!key.includes('?versionId=')) return `${bucket}/${key}`;
  throw unsupported(draft, "takes '?versionId=' in the source's key for a version, and would copy another object");
}

/** The client encodes the value once more but for these, so that they can't be told from the query's own. */
function tagHeader(draft: Draft, tags: Readonly<Record<string, string>>): string | undefined {
  const unfit = findText(tags, /[&=+]/);
  if (unfit !== undefined) {
    const why = `can't send a tag with '&', '=' or '+' in it (${JSON.stringify(unfit)})`;
    // The code is what stores answer to tags that they don't take with a copy: they can be set afterwards.
    throw unsupported(draft, why, 'NotImplemented');
  }
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? undefined : pairs.join('&');
}

function tagSet(draft: Draft, tags: Readonly<Record<string, string>>): readonly object[] {
  const unfit = findText(tags, /[<>]/);
  if (unfit !== undefined) {
    throw unsupported(draft, `can't send a tag with '<' or '>' in it (${JSON.stringify(unfit)})`);
  }
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The client writes these two into XML as they are. */
function keyList(draft: Draft, keys: readonly string[]): readonly object[] {
  const unfit = keys.find((key) => /[<>]/.test(key));
  if (unfit !== undefined)
    throw unsupported(draft, `can't delete a key with '<' or '>' in it (${JSON.stringify(unfit)})`);
  return keys.map((Key) => ({ Key }));
}

function findText(tags: Readonly<Record<string, string>>, pattern: RegExp): string | undefined {
  return Object.entries(tags)
    .flat()
    .find((text) => pattern.test(text));
}

/** How the client writes a header's value: percent-encoded but for these. */
function encodeAsClient(value: string): string {
  return value.replaceAll(/[^\w.~\- ;/?:@&=+$,]+/gu, (run) =>
    encodeURIComponent(run).replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  );
}

/**
 * What the client must be given so that it writes this value: the value, or its decoded form, whichever it encodes back.
 * Nothing does for a value with some characters encoded and others not.
 */
function givenFor(draft: Draft, what: string, value: string): string {
  const given = [value, decodeOr(value)].find((candidate) => encodeAsClient(candidate) === value);
  if (given !== undefined) return given;
  throw unsupported(draft, `percent-encodes header values, and can't send ${what} as it is`);
}

function decodeOr(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function unsupported(draft: Draft, why: string, code?: string): Error {
  return errorOfRequest(draft, `esdk-obs-nodejs ${why}: use obsStore for it, or leave it out`, undefined, code);
}
