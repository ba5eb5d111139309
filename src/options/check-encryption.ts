import { Buffer } from 'node:buffer';
import { CopyOptionsError } from '../errors.ts';
import type { CopyStore, DestinationEncryption, SseCustomerKey } from '../store/copy-store.ts';
import { checkOptionalText, checkRecord, refuse } from './check.ts';

const KEY_BYTES = 32;

/** A misplaced value may be the key itself, so it is told of by its kind alone. */
function checkWithoutShowing(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  const kind = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
  throw new CopyOptionsError(`Option '${name}' must be an object such as { type: 'SSE-C', key }: it is ${kind}`);
}

/** Types are short words; what is longer may be a key. */
function hideLong(value: unknown): unknown {
  return typeof value === 'string' && value.length > 12 ? `a text of ${value.length} characters` : value;
}

/** Reads an SSE-C key: the Base64 of 32 bytes, or the bytes. The key itself never enters a message. */
function checkCustomerKey(name: string, value: unknown): SseCustomerKey {
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
  checkWithoutShowing('source.sse', value);
  const { type } = checkRecord('source.sse', value, ['type', 'key']);
  if (type !== 'SSE-C') {
    refuse('source.sse.type', `'SSE-C' (the store itself decrypts every other kind)`, hideLong(type));
  }
  return checkCustomerKey('source.sse', value);
}

/** Reads `destination.sse`. */
export function checkDestinationEncryption(value: unknown): DestinationEncryption | undefined {
  if (value === undefined) return undefined;
  checkWithoutShowing('destination.sse', value);
  const record = checkRecord('destination.sse', value, ['type', 'key', 'keyId']);
  const types = ['SSE-C', 'SSE-KMS', 'AES256'] as const;
  const type = types.find((known) => known === record['type']);
  if (type === undefined) {
    return refuse('destination.sse.type', `one of 'SSE-C', 'SSE-KMS', 'AES256'`, hideLong(record['type']));
  }
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
