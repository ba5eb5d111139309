import { createHash } from 'node:crypto';
import type { DestinationEncryption, SseCustomerKey } from '../store/copy-store.ts';
import type { Dialect } from './dialect.ts';
import type { ResponseHeaders } from './response-headers.ts';

// The same key object goes with every part of a copy. Weak: the headers are forgotten with the key.
const knownKeys = new WeakMap<Uint8Array, readonly [base64: string, md5: string]>();

function addCustomerKey(headers: string[], prefix: string, { key }: SseCustomerKey): void {
  let known = knownKeys.get(key);
  if (known === undefined) {
    const base64 = Buffer.from(key.buffer, key.byteOffset, key.length).toString('base64');
    known = [base64, createHash('md5').update(key).digest('base64')];
    knownKeys.set(key, known);
  }
  const name = `${prefix}server-side-encryption-customer-`;
  headers.push(`${name}algorithm`, 'AES256', `${name}key`, known[0], `${name}key-md5`, known[1]);
}

export function addEncryption(headers: string[], dialect: Dialect, sse: DestinationEncryption): void {
  const name = `${dialect.prefix}server-side-encryption`;
  if (sse.type === 'SSE-C') {
    addCustomerKey(headers, dialect.prefix, sse);
  } else if (sse.type === 'AES256') {
    headers.push(name, 'AES256');
  } else {
    headers.push(name, dialect.prefix === 'x-obs-' ? 'kms' : 'aws:kms');
    if (sse.keyId !== undefined && sse.keyId !== '') headers.push(dialect.kmsKeyIdHeader, sse.keyId);
    if (sse.projectId !== undefined) headers.push(`${dialect.prefix}sse-kms-key-project-id`, sse.projectId);
  }
}

export function addSourceEncryption(headers: string[], dialect: Dialect, sse: SseCustomerKey): void {
  addCustomerKey(headers, `${dialect.prefix}copy-source-`, sse);
}

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
