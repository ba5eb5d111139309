const MASK = 0xffff_ffff_ffff_ffffn;
const PRIME32 = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn] as const;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const MIX1 = 0x165667919e3779f9n;
const MIX2 = 0x9fb21c651e98df25n;

const secret = viewOf(
  Buffer.from(
    'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e' +
      'e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a' +
      '51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8f' +
      'f8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
    'hex',
  ),
);

type View = DataView;
type Pair = readonly [low: bigint, high: bigint];

/**
 * XXH64, XXH3-64 and XXH3-128 without seed, their bytes in canonical order, as S3 writes them.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function xxhash64(bytes: Uint8Array): Buffer {
  const input = viewOf(bytes);
  const { byteLength } = input;
  let at = 0;
  let hash = P5;
  if (byteLength >= 32) {
    const lanes = [wrap(P1 + P2), P2, 0n, wrap(-P1)];
    for (; at + 32 <= byteLength; at += 32) {
      for (let lane = 0; lane < 4; lane += 1) lanes[lane] = round64(lanes[lane] ?? 0n, u64(input, at + 8 * lane));
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, lane) => sum + rotate(lanes[lane] ?? 0n, bits), 0n);
    for (const lane of lanes) hash = wrap((wrap(hash) ^ round64(0n, lane)) * P1 + P4);
  }
  hash = wrap(hash + BigInt(byteLength));
  for (; at + 8 <= byteLength; at += 8) hash = wrap(rotate(hash ^ round64(0n, u64(input, at)), 27n) * P1 + P4);
  if (at + 4 <= byteLength) {
    hash = wrap(rotate(hash ^ wrap(u32(input, at) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < byteLength; at += 1) hash = wrap(rotate(hash ^ wrap(BigInt(input.getUint8(at)) * P5), 11n) * P1);
  return canonical([avalanche64(hash)]);
}

export function xxhash3(bytes: Uint8Array): Buffer {
  return canonical([hash3(viewOf(bytes))]);
}

export function xxhash128(bytes: Uint8Array): Buffer {
  const [low, high] = hash128(viewOf(bytes));
  return canonical([high, low]);
}

function hash3(input: View): bigint {
  const size = input.byteLength;
  const length = BigInt(size);
  if (size === 0) return avalanche64(s64(56) ^ s64(64));
  if (size <= 3) return avalanche64(fewBytes(input) ^ (u32(secret, 0) ^ u32(secret, 4)));
  if (size <= 8) {
    const value = s64(8) ^ s64(16) ^ (u32(input, size - 4) | (u32(input, 0) << 32n));
    let hash = wrap((value ^ rotate(value, 49n) ^ rotate(value, 24n)) * MIX2);
    hash = wrap((hash ^ ((hash >> 35n) + length)) * MIX2);
    return hash ^ (hash >> 28n);
  }
  if (size <= 16) {
    const low = u64(input, 0) ^ s64(24) ^ s64(32);
    const high = u64(input, size - 8) ^ s64(40) ^ s64(48);
    return avalanche3(wrap(length + swap(low, 8) + high + fold(low, high)));
  }
  if (size > 240) return merge(accumulate(input), 11, wrap(length * P1));
  let hash = wrap(length * P1);
  if (size <= 128) {
    for (let pair = Math.ceil(size / 32) - 1; pair >= 0; pair -= 1) {
      hash += mix16(input, 16 * pair, 32 * pair) + mix16(input, size - 16 * (pair + 1), 32 * pair + 16);
    }
    return avalanche3(wrap(hash));
  }
  for (let block = 0; block < 8; block += 1) hash += mix16(input, 16 * block, 16 * block);
  hash = avalanche3(wrap(hash));
  const blocks = Math.floor(size / 16);
  for (let block = 8; block < blocks; block += 1) hash += mix16(input, 16 * block, 16 * (block - 8) + 3);
  return avalanche3(wrap(hash + mix16(input, size - 16, 119)));
}

function hash128(input: View): Pair {
  const size = input.byteLength;
  const length = BigInt(size);
  if (size === 0) return [avalanche64(s64(64) ^ s64(72)), avalanche64(s64(80) ^ s64(88))];
  if (size <= 3) {
    const low = fewBytes(input);
    const swapped = swap(low, 4);
    const high = ((swapped << 13n) | (swapped >> 19n)) & 0xffff_ffffn;
    return [avalanche64(low ^ u32(secret, 0) ^ u32(secret, 4)), avalanche64(high ^ u32(secret, 8) ^ u32(secret, 12))];
  }
  if (size <= 8) {
    const value = (u32(input, 0) | (u32(input, size - 4) << 32n)) ^ s64(16) ^ s64(24);
    let [low, high] = multiply(value, wrap(P1 + (length << 2n)));
    high = wrap(high + (low << 1n));
    low ^= high >> 3n;
    low = wrap((low ^ (low >> 35n)) * MIX2);
    return [low ^ (low >> 28n), avalanche3(high)];
  }
  if (size <= 16) {
    const last = u64(input, size - 8);
    let [low, high] = multiply(u64(input, 0) ^ last ^ s64(32) ^ s64(40), P1);
    low = wrap(low + ((length - 1n) << 54n));
    const mixed = last ^ s64(48) ^ s64(56);
    high = wrap(high + mixed + (mixed & 0xffff_ffffn) * (PRIME32[1] - 1n));
    low ^= swap(high, 8);
    const [productLow, productHigh] = multiply(low, P2);
    return [avalanche3(productLow), avalanche3(wrap(productHigh + high * P2))];
  }
  if (size > 240) {
    const lanes = accumulate(input);
    return [merge(lanes, 11, wrap(length * P1)), merge(lanes, 192 - 64 - 11, wrap(~(length * P2)))];
  }
  let pair: Pair = [wrap(length * P1), 0n];
  if (size <= 128) {
    for (let step = Math.ceil(size / 32) - 1; step >= 0; step -= 1) {
      pair = mix32(pair, input, 16 * step, size - 16 * (step + 1), 32 * step);
    }
  } else {
    for (let at = 0; at < 128; at += 32) pair = mix32(pair, input, at, at + 16, at);
    pair = [avalanche3(pair[0]), avalanche3(pair[1])];
    for (let at = 160; at <= size; at += 32) pair = mix32(pair, input, at - 32, at - 16, at - 157);
    pair = mix32(pair, input, size - 16, size - 32, 103);
  }
  const [low, high] = pair;
  return [avalanche3(wrap(low + high)), wrap(-avalanche3(wrap(low * P1 + high * P4 + length * P2)))];
}

/** The eight lanes of long inputs: stripes of 64 bytes, sixteen to a block. */
function accumulate(input: View): BigUint64Array {
  const lanes = BigUint64Array.of(PRIME32[2], P1, P2, P3, P4, PRIME32[1], P5, PRIME32[0]);
  const addStripe = (at: number, secretAt: number): void => {
    for (let lane = 0; lane < 8; lane += 1) {
      const value = u64(input, at + 8 * lane);
      const keyed = value ^ s64(secretAt + 8 * lane);
      lanes[lane ^ 1] = (lanes[lane ^ 1] ?? 0n) + value;
      lanes[lane] = (lanes[lane] ?? 0n) + (keyed & 0xffff_ffffn) * (keyed >> 32n);
    }
  };
  const lastStripe = Math.ceil(input.byteLength / 64) - 1;
  for (let stripe = 0; stripe < lastStripe; stripe += 1) {
    addStripe(64 * stripe, 8 * (stripe % 16));
    if (stripe % 16 !== 15) continue;
    for (let lane = 0; lane < 8; lane += 1) {
      const value = lanes[lane] ?? 0n;
      lanes[lane] = (value ^ (value >> 47n) ^ s64(128 + 8 * lane)) * PRIME32[0];
    }
  }
  addStripe(input.byteLength - 64, 192 - 64 - 7);
  return lanes;
}

function merge(lanes: BigUint64Array, secretAt: number, start: bigint): bigint {
  let hash = start;
  for (let lane = 0; lane < 8; lane += 2) {
    hash += fold(
      (lanes[lane] ?? 0n) ^ s64(secretAt + 8 * lane),
      (lanes[lane + 1] ?? 0n) ^ s64(secretAt + 8 * lane + 8),
    );
  }
  return avalanche3(wrap(hash));
}

function fewBytes(input: View): bigint {
  const size = input.byteLength;
  const byte = (at: number): bigint => BigInt(input.getUint8(at));
  return (byte(0) << 16n) | (byte(size >> 1) << 24n) | byte(size - 1) | (BigInt(size) << 8n);
}

function mix16(input: View, at: number, secretAt: number): bigint {
  return fold(u64(input, at) ^ s64(secretAt), u64(input, at + 8) ^ s64(secretAt + 8));
}

function mix32([low, high]: Pair, input: View, first: number, second: number, secretAt: number): Pair {
  return [
    wrap(low + mix16(input, first, secretAt)) ^ wrap(u64(input, second) + u64(input, second + 8)),
    wrap(high + mix16(input, second, secretAt + 16)) ^ wrap(u64(input, first) + u64(input, first + 8)),
  ];
}

function multiply(left: bigint, right: bigint): Pair {
  const product = left * right;
  return [wrap(product), product >> 64n];
}

function fold(left: bigint, right: bigint): bigint {
  const [low, high] = multiply(left, right);
  return low ^ high;
}

function round64(accumulator: bigint, value: bigint): bigint {
  return wrap(rotate(wrap(accumulator + value * P2), 31n) * P1);
}

function avalanche64(value: bigint): bigint {
  let hash = wrap((value ^ (value >> 33n)) * P2);
  hash = wrap((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}

function avalanche3(value: bigint): bigint {
  const hash = wrap((value ^ (value >> 37n)) * MIX1);
  return hash ^ (hash >> 32n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return wrap((value << bits) | (value >> (64n - bits)));
}

function swap(value: bigint, bytes: 4 | 8): bigint {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return bytes === 8 ? buffer.readBigUInt64BE() : BigInt(buffer.readUInt32BE());
}

function wrap(value: bigint): bigint {
  return value & MASK;
}

function viewOf(bytes: Uint8Array): View {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function u64(view: View, at: number): bigint {
  return view.getBigUint64(at, true);
}

function u32(view: View, at: number): bigint {
  return BigInt(view.getUint32(at, true));
}

function s64(at: number): bigint {
  return u64(secret, at);
}

function canonical(words: readonly bigint[]): Buffer {
  const buffer = Buffer.alloc(8 * words.length);
  for (const [index, word] of words.entries()) buffer.writeBigUInt64BE(word, 8 * index);
  return buffer;
}
