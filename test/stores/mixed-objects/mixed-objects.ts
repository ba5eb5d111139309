import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MiB, uploadRandomObject } from '../../ceph/random-objects.ts';

const REQUESTS_AT_A_TIME = 16;

/** Names that listings and addresses encode. What servers are known to keep under another name isn't here. */
const ODD_NAMES = [
  'a%2Fb',
  '100%25',
  'p+q r',
  "it's",
  '\u{1F600}',
  '\u{FF01}',
  'a=b&c;d',
  'Grüße',
  '.hidden',
  'x~(1)*',
];

/** Bytes, of those that are copied in parts. */
const LARGE_SIZES = [12 * MiB, 24 * MiB + 1];
/** Bytes of each part, of those that are uploaded in parts. */
const PARTS_OF_UPLOADS = [[5 * MiB, 5 * MiB, 7], [100]];

const isEach = (nth: number, index: number): boolean => index % nth === 3;
const keyOf = (index: number): string => `all/${index % 50}/${index}`;
const sizeOf = (index: number): number => (isEach(40, index) ? 0 : isEach(100, index) ? 100_000 : (index * 37) % 8192);

/** What a change did, in objects. */
export interface Changes {
  readonly written: number;
  readonly deleted: number;
}

/** Objects of a bucket under `all/`: from none to tens of MiB, most of them of a few KiB. */
export class MixedObjects {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #small: number;
  readonly count: number;

  /** @param small - how many small ones there are beside the odd and the large ones */
  constructor(client: S3Client, bucket: string, small: number) {
    this.#client = client;
    this.#bucket = bucket;
    this.#small = small;
    this.count = small + ODD_NAMES.length + LARGE_SIZES.length + PARTS_OF_UPLOADS.length;
  }

  async put(): Promise<void> {
    for (const [index, name] of ODD_NAMES.entries()) await this.write(`all/odd/${name}`, index * 100);
    await this.#each((index) => this.write(keyOf(index), sizeOf(index)));
    for (const [index, size] of LARGE_SIZES.entries()) await this.write(`all/large/${index}`, size);
    for (const [index, sizes] of PARTS_OF_UPLOADS.entries()) {
      await uploadRandomObject(this.#client, { Bucket: this.#bucket, Key: `all/parts/${index}` }, sizes);
    }
  }

  /** Deletes some, replaces others by as many bytes or by more, and adds one. */
  async change(): Promise<Changes> {
    const changes = { written: 1, deleted: 0 };
    await this.write('all/new', 10);
    await this.#each(async (index) => {
      const isDeleted = isEach(60, index);
      const isLonger = isEach(70, index);
      const isReplaced = !isDeleted && (isLonger || isEach(90, index));
      changes.deleted += Number(isDeleted);
      changes.written += Number(isReplaced);
      if (isDeleted) await this.remove(keyOf(index));
      if (isReplaced) await this.write(keyOf(index), isLonger ? 9000 : sizeOf(index) || 1);
    });
    return changes;
  }

  async write(key: string, size: number): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: randomBytes(size) }));
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }

  async #each(act: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const actOnMore = async (): Promise<void> => {
      for (let index = next++; index < this.#small; index = next++) await act(index);
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_A_TIME }, actOnMore));
  }
}
