/** Header names and values in turn, as undici gives them: bytes, or text from a mock. */
export type RawHeaders = readonly (Uint8Array | string | readonly (Uint8Array | string)[])[];

function toText(value: Uint8Array | string): string {
  // Header values are bytes; latin1 keeps each as one character, so that they can be written again unchanged.
  return typeof value === 'string'
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
}

/** The headers of an answer, decoded only when they are asked for: most answers are read without any. */
export class ResponseHeaders implements Iterable<[name: string, value: string]> {
  readonly #raw: RawHeaders;

  constructor(raw: RawHeaders) {
    this.#raw = raw;
  }

  /** The value of a header by its lower-case name; several are joined by commas, as HTTP says. */
  get(name: string): string | undefined {
    const raw = this.#raw;
    let found: string | undefined;
    for (let index = 0; index < raw.length; index += 2) {
      const candidate = raw[index] as Uint8Array | string;
      if (candidate.length !== name.length || toText(candidate).toLowerCase() !== name) continue;
      const value = this.#valueAt(index + 1);
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }

  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (let index = 0; index < this.#raw.length; index += 2) {
      yield [toText(this.#raw[index] as Uint8Array | string).toLowerCase(), this.#valueAt(index + 1)];
    }
  }

  #valueAt(index: number): string {
    const value = this.#raw[index] as Uint8Array | string | readonly (Uint8Array | string)[];
    return Array.isArray(value) ? value.map(toText).join(', ') : toText(value as Uint8Array | string);
  }
}
