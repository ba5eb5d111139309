import { Buffer } from 'node:buffer';
import {
  choice,
  fail,
  inside,
  kindOf,
  optional,
  type Place,
  readOptions,
  refuse,
  type Rule,
  text,
} from '../check-options.ts';
import type { CopyStore, DestinationEncryption, SseCustomerKey } from '../store/copy-store.ts';

const KEY_BYTES = 32;

/** The key itself never enters a message. */
const customerKey: Rule<Uint8Array> = (value, place) => {
  const rule = `the Base64 of ${KEY_BYTES} bytes, or the bytes`;
  let bytes: Uint8Array;
  if (typeof value === 'string') {
    bytes = new Uint8Array(Buffer.from(value, 'base64'));
    const isBase64 = Buffer.from(bytes).toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '');
    if (!isBase64) fail(place, `must be ${rule}: it is not Base64`);
  } else if (value instanceof Uint8Array) {
    bytes = Uint8Array.from(value);
  } else {
    return refuse(place, rule, value, kindOf(value));
  }
  return bytes.length === KEY_BYTES ? bytes : fail(place, `must be ${rule}: it has ${bytes.length}`);
};

/** The kind of encryption. A misplaced value may be the key itself, so none is shown but short words. */
function readType<const T extends string>(value: unknown, place: Place, types: readonly T[], rule: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(place, "an object such as { type: 'SSE-C', key }", value, kindOf(value));
  }
  const { type } = value as Readonly<Record<string, unknown>>;
  const found = types.find((known) => known === type);
  if (found !== undefined) return found;
  const shown = typeof type === 'string' && type.length <= 12 ? JSON.stringify(type) : kindOf(type);
  return refuse(inside(place, 'type'), rule, type, shown);
}

function readCustomerKey(value: unknown, place: Place): SseCustomerKey {
  const { type, key } = readOptions(value, { type: choice('SSE-C'), key: customerKey }, place);
  // Not enumerable, so that no log or inspection of the options shows it.
  return Object.freeze(Object.defineProperty({ type }, 'key', { value: key })) as SseCustomerKey;
}

export const sourceEncryption: Rule<SseCustomerKey> = (value, place) => {
  readType(value, place, ['SSE-C'], "'SSE-C' (the store itself decrypts every other kind)");
  return readCustomerKey(value, place);
};

export const destinationEncryption: Rule<DestinationEncryption> = (value, place) => {
  const types = ['SSE-C', 'SSE-KMS', 'AES256'] as const;
  const type = readType(value, place, types, `one of ${types.map((known) => `'${known}'`).join(', ')}`);
  if (type === 'SSE-C') return readCustomerKey(value, place);
  if (type === 'AES256') return readOptions(value, { type: choice(type) }, place);
  return readOptions(value, { type: choice(type), keyId: optional(text), projectId: optional(text) }, place);
};

/** SSE-C keys travel in headers, so a store that is reached in the clear must not be given one. */
export function requireSecure(store: CopyStore, path: string): void {
  if (store.traits?.secure !== false) return;
  const { endpoint } = store.traits;
  fail(
    { path },
    `can't be an SSE-C key as store '${store.name}' is reached over plain http${endpoint === undefined ? '' : ` (${endpoint})`}: ` +
      'use https, or set allowInsecureSseC on the store',
  );
}
