import type { GetObjectResult, SourceLocation } from '../store/copy-store.ts';
import type { Side } from './side.ts';

/** Bytes that are asked for at a time. */
const PIECE_SIZE = 8 * 1024 * 1024;

/** What is needed to read objects. */
export type ReadingContext = Pick<Side, 'store' | 'runner' | 'signal'>;

/** Reads an object piece by piece. Every piece is of the same state of it: that which the first one showed. */
export class ObjectReader {
  readonly name: string;
  readonly #context: ReadingContext;
  readonly #place: SourceLocation;
  #etag: string | undefined;

  constructor(context: ReadingContext, place: SourceLocation) {
    this.#context = context;
    this.#place = place;
    this.name = `${place.bucket}/${place.key}`;
  }

  /** How many bytes it has. @throws StoreError */
  async size(): Promise<number> {
    return (await this.#get(0, 0)).size;
  }

  /** The bytes from `start` up to the one before `end`, of all there are. @throws StoreError */
  async slice(start: number, end: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let at = start; at < end; at += PIECE_SIZE) {
      pieces.push((await this.#get(at, Math.min(at + PIECE_SIZE, end) - 1)).bytes);
    }
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  }

  /** All its bytes, one piece after another. @throws StoreError */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    let size = 0;
    do {
      const piece = await this.#get(at, at + PIECE_SIZE - 1);
      ({ size } = piece);
      at += piece.bytes.length;
      yield piece.bytes;
    } while (at < size);
  }

  async #get(start: number, end: number): Promise<GetObjectResult> {
    const { store, runner, signal } = this.#context;
    const request = { ...this.#place, start, end, ifMatch: this.#etag, signal };
    const none = { bytes: new Uint8Array(), size: 0, etag: undefined };
    const result = await runner.run('getObject', async () => (await store.getObject?.(request)) ?? none, { signal });
    this.#etag = result.etag;
    return result;
  }
}
