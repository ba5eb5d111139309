import { InvalidArgumentError } from 'commander';
import type { PreserveOptions } from '../options/copy-options.ts';
import type { RequestPrices } from '../many/estimate-run.ts';
import { parseDuration } from './duration.ts';
import { parseByteSize } from './parse-byte-size.ts';

function ask(form: string): never {
  throw new InvalidArgumentError(`Write ${form}.`);
}

export function readPartSize(text: string): number | 'auto' | 'source' {
  return text === 'auto' || text === 'source' ? text : readByteSize(text);
}

/** Reads a size such as `64MiB`. */
export function readByteSize(text: string): number {
  return parseByteSize(text) ?? ask('a number of bytes, or a size such as 64MiB, 64M, 64MB or 1.5G');
}

export function readConcurrency(text: string): number | 'auto' {
  return text === 'auto' ? text : readCount(text);
}

export function readCount(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : ask('a whole number of at least 1');
}

/** Reads a number above 0, such as requests per second. */
export function readRate(text: string): number {
  const value = Number(text);
  return value > 0 && value < Infinity ? value : ask('a number above 0');
}

/** Reads prices of 1,000 requests such as `0.005,0.0004,USD`. */
export function readPrices(text: string): RequestPrices {
  const [writes, reads, currency = 'USD', ...more] = text.split(',').map((part) => part.trim());
  const isPrice = (part: string | undefined): boolean => /^\d+(?:\.\d+)?$/.test(part ?? '');
  if (!isPrice(writes) || !isPrice(reads) || currency === '' || more.length > 0)
    ask('two prices and a currency, such as 0.005,0.0004,USD');
  return { writes: Number(writes), reads: Number(reads), currency };
}

/** Reads a TCP port; 0 takes a free one. */
export function readPort(text: string): number {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : ask('a port from 0 to 65535');
}

export function readDuration(text: string): number {
  return parseDuration(text) ?? ask('a duration such as 90s, 30m, 24h or 7d');
}

/** Adds one `name=value` to those before. */
export function readAssignment(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) ask('name=value');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Adds one piece of metadata to those before: names in lower case, values as the bytes of their UTF-8 text. */
export function readMetadata(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [[name, value] = ['', '']] = Object.entries(readAssignment(text));
  return { ...before, [name.toLowerCase()]: Buffer.from(value, 'utf8').toString('latin1') };
}

export function readListed(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

export const PRESERVABLE: Readonly<Record<string, keyof PreserveOptions>> = {
  metadata: 'metadata',
  'storage-class': 'storageClass',
  tags: 'tags',
  acl: 'acl',
  'object-lock': 'objectLock',
  checksum: 'checksum',
  annotations: 'annotations',
};

/** Reads `--preserve`: names separated by commas, each with `no-` in front if it is not to be carried over. */
export function readPreserve(text: string): PreserveOptions {
  const preserve: { -readonly [Name in keyof PreserveOptions]: boolean } = {};
  for (const word of text.split(',').map((part) => part.trim())) {
    const isRefused = word.startsWith('no-');
    const name = isRefused ? word.slice(3) : word;
    if (!Object.hasOwn(PRESERVABLE, name)) {
      ask(`a list of ${Object.keys(PRESERVABLE).join(', ')}, each with no- in front to leave it out`);
    }
    preserve[PRESERVABLE[name] as keyof PreserveOptions] = !isRefused;
  }
  return preserve;
}
