import { createHash } from 'node:crypto';
import type { Call } from './call.ts';
import type { Dialect } from './dialect.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader, type StoreRequest } from './store-request.ts';
import type { StoredEncryption } from './stored-object.ts';

const NO_ENCRYPTION: StoredEncryption = { type: 'none' };

/** Encryption that a request asks for what it writes. */
export function readEncryption({ request, state, personality }: Call): StoredEncryption {
  const customerKeyMd5 = readCustomerKey(request, '');
  if (customerKeyMd5 !== undefined) {
    return personality.customerKeys === 'ignored' ? NO_ENCRYPTION : { type: 'SSE-C', customerKeyMd5 };
  }
  const algorithm = dialectHeader(request, 'server-side-encryption');
  if (algorithm === undefined) return NO_ENCRYPTION;
  if (personality.serverKeys === 'ignored') return NO_ENCRYPTION;
  if (algorithm === 'AES256') return { type: 'AES256' };
  if (algorithm === request.dialect.kmsAlgorithm || algorithm === 'aws:kms') {
    const kmsKeyId = dialectHeader(request, request.dialect.kmsKeyHeader);
    const kmsProjectId = dialectHeader(request, 'sse-kms-key-project-id');
    const encryption: StoredEncryption = {
      type: 'SSE-KMS',
      kmsKeyId: kmsKeyId ?? 'default-key',
      ...(kmsProjectId === undefined ? {} : { kmsProjectId }),
    };
    state.requireKey(encryption, 'kms:GenerateDataKey');
    return encryption;
  }
  throw new ServiceError('InvalidEncryptionAlgorithmError', `The encryption '${algorithm}' is not supported`);
}

/**
 * Refuses a request that reads (or adds to) something encrypted without the customer's key, or with another.
 *
 * @param role `''` for the object itself, `'copy-source-'` for the source of a copy
 */
export function requireCustomerKey(
  { request, personality }: Call,
  encryption: StoredEncryption,
  role: '' | 'copy-source-',
): void {
  if (personality.customerKeys === 'ignored') return;
  const given = readCustomerKey(request, role);
  if (encryption.type !== 'SSE-C') {
    if (given === undefined) return;
    throw new ServiceError('InvalidRequest', 'The encryption parameters are not applicable to this object');
  }
  if (role === 'copy-source-' && personality.customerKeys === 'not-from-source')
    throw new ServiceError('InvalidArgument');
  if (given === undefined) {
    throw new ServiceError(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object',
    );
  }
  if (given !== encryption.customerKeyMd5) throw new ServiceError('AccessDenied');
}

/** Headers that say how something is encrypted. */
export function encryptionHeaders(
  { type, kmsKeyId, customerKeyMd5 }: StoredEncryption,
  dialect: Dialect,
): Record<string, string> {
  const name = `${dialect.prefix}server-side-encryption`;
  switch (type) {
    case 'none':
      return {};
    case 'AES256':
      return { [name]: 'AES256' };
    case 'SSE-KMS':
      return { [name]: dialect.kmsAlgorithm, [dialect.prefix + dialect.kmsKeyHeader]: kmsKeyId ?? '' };
    case 'SSE-C':
      return { [`${name}-customer-algorithm`]: 'AES256', [`${name}-customer-key-md5`]: customerKeyMd5 ?? '' };
  }
}

/** Whether ETags are something else than MD5s. */
export function hidesMd5({ type }: StoredEncryption): boolean {
  return type === 'SSE-C' || type === 'SSE-KMS';
}

/** The MD5 of the customer's key in a request, once key and MD5 are found to be right; undefined where there is none. */
function readCustomerKey(request: StoreRequest, role: '' | 'copy-source-'): string | undefined {
  const name = `${role}server-side-encryption-customer-`;
  const algorithm = dialectHeader(request, `${name}algorithm`);
  const keyText = dialectHeader(request, `${name}key`);
  const md5Text = dialectHeader(request, `${name}key-md5`);
  if (algorithm === undefined && keyText === undefined && md5Text === undefined) return undefined;
  if (algorithm === undefined || keyText === undefined || md5Text === undefined) {
    throw new ServiceError('InvalidArgument', 'Requests with customer keys must provide algorithm, key and key MD5');
  }
  if (algorithm !== 'AES256') {
    throw new ServiceError('InvalidEncryptionAlgorithmError', 'The encryption request you specified is not valid');
  }
  const key = Buffer.from(keyText, 'base64');
  if (key.length !== 32)
    throw new ServiceError('InvalidArgument', 'The secret key was invalid for the specified algorithm');
  if (createHash('md5').update(key).digest('base64') !== md5Text) {
    throw new ServiceError(
      'InvalidArgument',
      'The calculated MD5 hash of the key did not match the hash that was provided',
    );
  }
  return md5Text;
}
