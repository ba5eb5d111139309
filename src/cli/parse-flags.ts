import { InvalidArgumentError } from 'commander';
import type { PreserveOptions } from '../options/copy-options.ts';
import { parseDuration } from './duration.ts';
import { parseByteSize } from './parse-byte-size.ts';

/** Reads `--part-size`. */
export function readPartSize(text: string): number | 'auto' | 'source' {
  return text === 'auto' || text === 'source' ? text : readByteSize(text);
}

/** Reads a size such as `64MiB`. */
export function readByteSize(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined)
    throw new InvalidArgumentError('Write a number of bytes, or a size such as 64MiB, 64M, 64MB or 1.5G.');
  return bytes;
}

/** Reads `--concurrency`. */
export function readConcurrency(text: string): number | 'auto' {
  return text === 'auto' ? text : readCount(text);
}

/** Reads a whole number above 0. */
export function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number of at least 1.');
  return Number(text);
}

/** Reads a number above 0, such as requests per second. */
export function readRate(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0) || value === Infinity)
    throw new InvalidArgumentError('Write a number above 0.');
  return value;
}

/** Reads a TCP port; 0 takes a free one. */
export function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Write a port from 0 to 65535.');
  return Number(text);
}

/** Reads an age such as `24h`, in milliseconds. */
export function readDuration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new InvalidArgumentError('Write a duration such as 90s, 30m, 24h or 7d.');
  return durationMs;
}

/** Adds one `name=value` to those before. */
export function readAssignment(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Adds one piece of metadata to those before: names in lower case, values as the bytes of their UTF-8 text. */
export function readMetadata(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [[name, value] = ['', '']] = Object.entries(readAssignment(text));
  return { ...before, [name.toLowerCase()]: Buffer.from(value, 'utf8').toString('latin1') };
}

/** Adds to a list. */
export function readListed(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

const PRESERVABLE = {
  metadata: 'metadata',
  'storage-class': 'storageClass',
  tags: 'tags',
  acl: 'acl',
  'object-lock': 'objectLock',
  checksum: 'checksum',
} as const satisfies Record<string, keyof PreserveOptions>;

/** Reads `--preserve`: names separated by commas, each with `no-` in front where it is not to be carried over. */
export function readPreserve(text: string): PreserveOptions {
  const preserve: { -readonly [Name in keyof PreserveOptions]: boolean } = {};
  for (const word of text.split(',').map((part) => part.trim())) {
    const isRefused = word.startsWith('no-');
    const name = isRefused ? word.slice(3) : word;
    if (!Object.hasOwn(PRESERVABLE, name)) {
      throw new InvalidArgumentError(
        `Write a list of ${Object.keys(PRESERVABLE).join(', ')}, each with no- in front to leave it out.`,
      );
    }
    preserve[PRESERVABLE[name as keyof typeof PRESERVABLE]] = !isRefused;
  }
  return preserve;
}
