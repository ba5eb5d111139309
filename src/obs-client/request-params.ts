import { CopyOptionsError } from '../errors.ts';
import type { DestinationEncryption, SourceLocation, SseCustomerKey } from '../store/copy-store.ts';

/** Parameters of a method, as the caller gave them: read, never changed. */
export type Params = Readonly<Record<string, unknown>>;

/** Checks that a method got parameters at all. @throws CopyOptionsError */
export function checkParams(method: string, params: unknown): Params {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new CopyOptionsError(
      `${method} needs an object of parameters: it got ${params === null ? 'null' : typeof params}`,
    );
  }
  return params as Params;
}

function refuse(name: string, rule: string, shown: string): never {
  throw new CopyOptionsError(`Parameter '${name}' must be ${rule}: it ${shown}`);
}

/** A parameter that must be there. @throws CopyOptionsError with the vendor's own words in it */
export function requireText(params: Params, name: string): string {
  const text = optionalText(params, name);
  if (text === undefined) throw new CopyOptionsError(`${name} is a required element!`);
  return text;
}

/** A parameter as text; undefined if it is left out or empty, as the vendor's client takes it. */
export function optionalText(params: Params, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return refuse(name, 'a string', `is of type ${typeof value}`);
}

/** A whole number, also as text. @throws CopyOptionsError if it is something else or out of range */
export function optionalInteger(params: Params, name: string, min: number, max: number): number | undefined {
  const value = params[name];
  if (value === undefined || value === null || value === '') return undefined;
  const count = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < min || count > max) {
    const isShown = typeof value === 'number' || typeof value === 'string';
    refuse(
      name,
      `a whole number from ${min} to ${max}`,
      `is ${isShown ? JSON.stringify(value) : `of type ${typeof value}`}`,
    );
  }
  return count;
}

/** The number of a part. @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0100.html */
export function requirePartNumber(params: Params): number {
  const partNumber = optionalInteger(params, 'PartNumber', 1, 10_000);
  if (partNumber === undefined) throw new CopyOptionsError('PartNumber is a required element!');
  return partNumber;
}

/**
 * Reads `CopySource`: `bucket/key`, or `bucket/key?versionId=…`, not encoded. What follows the last `?versionId=` is the version, as
 * the vendor has it.
 *
 * @throws CopyOptionsError if it isn't of that form
 */
export function requireCopySource(params: Params): SourceLocation {
  const text = requireText(params, 'CopySource');
  const path = text.startsWith('/') ? text.slice(1) : text;
  const versionAt = path.lastIndexOf('?versionId=');
  const object = versionAt < 0 ? path : path.slice(0, versionAt);
  const versionId = versionAt < 0 ? undefined : path.slice(versionAt + '?versionId='.length);
  const slash = object.indexOf('/');
  if (slash < 1 || slash === object.length - 1 || versionId === '') {
    refuse('CopySource', "'bucket/key' or 'bucket/key?versionId=version', not encoded", `is ${JSON.stringify(text)}`);
  }
  return { bucket: object.slice(0, slash), key: object.slice(slash + 1), versionId };
}

/** A range of bytes; both ends are inclusive. */
export interface CopySourceRange {
  readonly start: number;
  readonly end: number;
}

/** Reads `CopySourceRange`: `bytes=x-y`. A y beyond all sizes is cut to the largest safe integer. @throws CopyOptionsError */
export function optionalRange(params: Params): CopySourceRange | undefined {
  const text = optionalText(params, 'CopySourceRange');
  if (text === undefined) return undefined;
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(text.trim()) ?? [];
  const start = Number(first);
  const end = Math.min(Number(last), Number.MAX_SAFE_INTEGER);
  // Stores take a range of another form for another range, or for the whole object.
  if (first === undefined || !Number.isSafeInteger(start) || end < start) {
    refuse('CopySourceRange', "'bytes=x-y' with 0 <= x <= y, both inclusive", `is ${JSON.stringify(text)}`);
  }
  return { start, end };
}

/**
 * Reads an SSE-C key: Base64 of 32 bytes, or the bytes.
 *
 * @param prefix - `''` for the object itself, `CopySource` for the source
 * @throws CopyOptionsError; the key itself is never shown
 */
export function optionalCustomerKey(params: Params, prefix: '' | 'CopySource'): SseCustomerKey | undefined {
  const algorithm = optionalText(params, `${prefix}SseC`);
  const key = params[`${prefix}SseCKey`];
  const hasKey = key !== undefined && key !== null && key !== '';
  if (!hasKey && algorithm === undefined) return undefined;
  if (!hasKey) throw new CopyOptionsError(`Parameter '${prefix}SseC' needs '${prefix}SseCKey' beside it`);
  if (algorithm !== undefined && algorithm !== 'AES256') {
    refuse(`${prefix}SseC`, "'AES256'", `is ${JSON.stringify(algorithm)}`);
  }
  return { type: 'SSE-C', key: readKey(`${prefix}SseCKey`, key) };
}

function readKey(name: string, key: unknown): Uint8Array {
  const rule = 'the Base64 of 256 bits (44 characters), or a Buffer of 32 bytes';
  if (key instanceof Uint8Array) {
    return key.length === 32 ? Uint8Array.from(key) : refuse(name, rule, `has ${key.length} bytes`);
  }
  if (typeof key !== 'string') return refuse(name, rule, `is of type ${typeof key}`);
  const bytes = Buffer.from(key, 'base64');
  // Buffer skips what isn't Base64, so that only the way back shows whether it was.
  const isKey = bytes.length === 32 && bytes.toString('base64') === key;
  return isKey ? Uint8Array.from(bytes) : refuse(name, rule, `is a string of ${key.length} characters`);
}

/** How the object is to be encrypted: `SseC` with a key, or `SseKms`. @throws CopyOptionsError if both are given */
export function optionalEncryption(params: Params): DestinationEncryption | undefined {
  const customerKey = optionalCustomerKey(params, '');
  const kms = optionalText(params, 'SseKms');
  if (kms === undefined) return customerKey;
  if (customerKey !== undefined)
    throw new CopyOptionsError("Parameters 'SseC' and 'SseKms' exclude each other: set one");
  if (kms === 'AES256') return { type: 'AES256' };
  if (kms !== 'kms' && kms !== 'aws:kms') {
    refuse('SseKms', "'kms' or 'AES256'", `is ${JSON.stringify(kms)}`);
  }
  return {
    type: 'SSE-KMS',
    keyId: optionalText(params, 'SseKmsKey'),
    projectId: optionalText(params, 'SseKmsProjectId'),
  };
}

/** The parts for Complete, in order. @throws CopyOptionsError */
export function requireParts(params: Params): readonly { readonly partNumber: number; readonly etag: string }[] {
  const parts = params['Parts'];
  if (!Array.isArray(parts) || parts.length === 0) throw new CopyOptionsError('Parts is a required element!');
  return parts
    .map((part: unknown) => {
      const fields = checkParams('Parts', part);
      const etag = requireText(fields, 'ETag').replace(/^"|"$/g, '');
      return { partNumber: requirePartNumber(fields), etag };
    })
    .sort((left, right) => left.partNumber - right.partNumber);
}
