import { requireBucketAccess } from './bucket-access.ts';
import type { Call } from './call.ts';
import { failedCondition, hasConditions, readConditions } from './conditions.ts';
import { foldKey } from './fold-key.ts';
import { requireCustomerKey } from './object-encryption.ts';
import { percentDecode, percentDecodeForm } from './percent-encoding.ts';
import type { Personality } from './personality.ts';
import { requireReadable, resolveObject } from './resolve-object.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader } from './store-request.ts';
import type { Subject } from './policy-actions.ts';
import type { StoredObject } from './stored-object.ts';

/** What a copy reads. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * Reads the copy source of a request: `bucket/key?versionId=…`, percent-encoded, with a slash in front or without.
 *
 * @throws {ServiceError} InvalidArgument where it is of another form
 */
export function readCopySource(header: string, decodings: 1 | 2): CopySource {
  const versionMark = header.lastIndexOf('?versionId=');
  const versionId = versionMark === -1 ? undefined : percentDecode(header.slice(versionMark + '?versionId='.length));
  let path = percentDecodeForm(versionMark === -1 ? header : header.slice(0, versionMark));
  // The text's own bytes once more, as the server has them; a plus that the first decoding brought out stays one.
  if (decodings === 2) path = percentDecode(Buffer.from(path, 'utf8').toString('latin1'));
  if (path.startsWith('/')) path = path.slice(1);
  const slash = path.indexOf('/');
  if (slash <= 0 || slash === path.length - 1) {
    throw new ServiceError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1), versionId };
}

/** What a copy reads, as permissions name it. */
export function sourceSubject({ request }: Call, { bucket, key }: StoredObject): Subject {
  const { versionId } = readCopySource(dialectHeader(request, 'copy-source') ?? '', 1);
  return { dialect: request.dialect, bucket, key, versionId };
}

/**
 * Finds the object that a copy reads, and checks everything that stands between the caller and its bytes: version, customer's
 * key, storage class, conditions.
 *
 * @throws {ServiceError} what the vendors answer
 */
export function openCopySource(call: Call, decodings: 1 | 2, conditions: Personality['copyConditions']): StoredObject {
  const { request, state, personality } = call;
  const named = readCopySource(dialectHeader(request, 'copy-source') ?? '', decodings);
  const source = { ...named, key: foldKey(named.key, personality, 'getObject') };
  requireBucketAccess(request, state, source.bucket, 'source-expected-bucket-owner');
  state.requirePermission('getObject', { ...source, dialect: request.dialect });
  const bucket = state.bucket(source.bucket);
  if (!personality.copiesAcrossRegions && bucket.region !== state.bucket(request.bucket).region) {
    throw new ServiceError('InvalidRequest', 'The source and the target bucket must be in the same region');
  }
  const object = resolveObject(call, bucket, source.key, source.versionId);
  requireReadable(object);
  requireCustomerKey(call, object.encryption, 'copy-source-');
  state.requireKey(object.encryption, 'kms:Decrypt');
  requireConditions(call, object, conditions);
  return object;
}

function requireConditions({ request, state }: Call, object: StoredObject, style: Personality['copyConditions']): void {
  if (style === 'ignored') return;
  const prefix = style === 'misnamed' ? 'x-amz-copy-' : `${request.dialect.prefix}copy-source-`;
  const conditions = readConditions(request, prefix);
  if (!hasConditions(conditions)) return;
  const usesEtags = conditions.ifMatch !== undefined;
  const refused = style === 'refused-for-multipart-sources' && usesEtags && object.parts !== undefined;
  if (refused || failedCondition(conditions, object, state.now()) !== undefined) {
    throw new ServiceError('PreconditionFailed');
  }
}
