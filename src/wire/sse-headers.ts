import { createHash } from 'node:crypto';
import type { DestinationEncryption, SseCustomerKey } from '../store/copy-store.ts';
import type { Dialect } from './dialect.ts';
import type { ResponseHeaders } from './response-headers.ts';

/** An SSE-C key as its headers want it. */
interface EncodedKey {
  readonly base64: string;
  readonly md5: string;
}

// The same key object goes with every part of a copy. Weak: the encoded key is forgotten with the key.
const encodedKeys = new WeakMap<Uint8Array, EncodedKey>();

function encodeKey(key: Uint8Array): EncodedKey {
  let encoded = encodedKeys.get(key);
  if (encoded === undefined) {
    encoded = {
      base64: Buffer.from(key.buffer, key.byteOffset, key.length).toString('base64'),
      md5: createHash('md5').update(key).digest('base64'),
    };
    encodedKeys.set(key, encoded);
  }
  return encoded;
}

function addCustomerKey(headers: string[], prefix: string, sse: SseCustomerKey): void {
  const { base64, md5 } = encodeKey(sse.key);
  headers.push(
    `${prefix}server-side-encryption-customer-algorithm`,
    'AES256',
    `${prefix}server-side-encryption-customer-key`,
    base64,
    `${prefix}server-side-encryption-customer-key-md5`,
    md5,
  );
}

/** Adds how the object of the request is (to be) encrypted. */
export function addEncryption(headers: string[], dialect: Dialect, sse: DestinationEncryption | undefined): void {
  if (sse === undefined) return;
  if (sse.type === 'SSE-C') {
    addCustomerKey(headers, dialect.prefix, sse);
    return;
  }
  const name = `${dialect.prefix}server-side-encryption`;
  if (sse.type === 'AES256') {
    headers.push(name, 'AES256');
    return;
  }
  headers.push(name, dialect.kmsValue);
  if (sse.keyId !== undefined && sse.keyId !== '') headers.push(dialect.kmsKeyIdHeader, sse.keyId);
}

/** Adds the key that the source of a copy is encrypted with. */
export function addSourceEncryption(headers: string[], dialect: Dialect, sse: SseCustomerKey | undefined): void {
  if (sse !== undefined) addCustomerKey(headers, `${dialect.prefix}copy-source-`, sse);
}

/** How an object is encrypted, as far as an answer says. */
export function readEncryption(headers: ResponseHeaders, dialect: Dialect): string | undefined {
  const name = `${dialect.prefix}server-side-encryption`;
  if (headers.get(`${name}-customer-algorithm`) !== undefined) return 'SSE-C';
  return headers.get(name);
}

/** What must not be repeated of a request's headers: the customer's keys. */
export function secretsOfHeaders(headers: readonly string[]): readonly string[] {
  const secrets: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    if (!(headers[index] as string).endsWith('-customer-key')) continue;
    const key = headers[index + 1] as string;
    secrets.push(key, Buffer.from(key, 'base64').toString('hex'));
  }
  return secrets;
}
