import { Buffer } from 'node:buffer';
import { CopyOptionsError } from '../errors.ts';
import type { CopyStore, DestinationEncryption, SseCustomerKey } from '../store/copy-store.ts';
import { checkChoice, checkOptionalText, checkRecord, refuse } from './check.ts';

const KEY_BYTES = 32;

/** Reads an SSE-C key: the Base64 of 32 bytes, or the bytes. The key itself never enters a message. */
export function checkCustomerKey(name: string, value: unknown): SseCustomerKey {
  const { key } = checkRecord(name, value, ['type', 'key']);
  let bytes: Uint8Array;
  if (typeof key === 'string') {
    bytes = new Uint8Array(Buffer.from(key, 'base64'));
    if (Buffer.from(bytes).toString('base64').replace(/=+$/, '') !== key.replace(/=+$/, '')) {
      throw new CopyOptionsError(`Option '${name}.key' must be the Base64 of ${KEY_BYTES} bytes: it is not Base64`);
    }
  } else if (key instanceof Uint8Array) {
    bytes = Uint8Array.from(key);
  } else {
    return refuse(`${name}.key`, `the Base64 of ${KEY_BYTES} bytes, or the bytes`, key === undefined ? undefined : {});
  }
  if (bytes.length !== KEY_BYTES) {
    throw new CopyOptionsError(`Option '${name}.key' must be a key of ${KEY_BYTES} bytes: it has ${bytes.length}`);
  }
  const checked = { type: 'SSE-C' as const };
  // Not enumerable, so that no log or inspection of the options shows it.
  return Object.freeze(Object.defineProperty(checked, 'key', { value: bytes })) as SseCustomerKey;
}

/** Reads `source.sse`. */
export function checkSourceEncryption(value: unknown): SseCustomerKey | undefined {
  if (value === undefined) return undefined;
  const { type } = checkRecord('source.sse', value, ['type', 'key']);
  if (type !== 'SSE-C') refuse('source.sse.type', `'SSE-C' (the store itself decrypts every other kind)`, type);
  return checkCustomerKey('source.sse', value);
}

/** Reads `destination.sse`. */
export function checkDestinationEncryption(value: unknown): DestinationEncryption | undefined {
  if (value === undefined) return undefined;
  const record = checkRecord('destination.sse', value, ['type', 'key', 'keyId']);
  const type = checkChoice('destination.sse.type', record['type'], ['SSE-C', 'SSE-KMS', 'AES256', ''], '');
  if (type === '') refuse('destination.sse.type', `one of 'SSE-C', 'SSE-KMS', 'AES256'`, record['type']);
  if (type === 'SSE-C') return checkCustomerKey('destination.sse', value);
  if (type === 'AES256') {
    checkRecord('destination.sse', value, ['type']);
    return Object.freeze({ type });
  }
  checkRecord('destination.sse', value, ['type', 'keyId']);
  return Object.freeze({ type, keyId: checkOptionalText('destination.sse.keyId', record['keyId']) });
}

/** SSE-C keys travel in headers, so a store that is reached in the clear must not be given one. */
export function checkSecureForKeys(store: CopyStore, name: string): void {
  if (store.traits?.secure === false) {
    throw new CopyOptionsError(
      `Option '${name}' can't be an SSE-C key as store '${store.name}' is reached over plain http` +
        `${store.traits.endpoint === undefined ? '' : ` (${store.traits.endpoint})`}: use https, or set allowInsecureSseC on the store`,
    );
  }
}
