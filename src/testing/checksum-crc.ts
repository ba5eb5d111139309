/** A running CRC, reflected in and out, as all checksums of object stores are. */
export interface RunningCrc {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

const crc32Table = makeTable32(0xedb88320);
const crc32cTable = makeTable32(0x82f63b78);
const crc64NvmeTable = makeTable64(0x9a6c9329n, 0xac4bc9b5n);
const crc64EcmaTable = makeTable64(0xc96c5795n, 0xd7870f42n);

export const createCrc32 = (): RunningCrc => createCrcOf32(crc32Table);
export const createCrc32c = (): RunningCrc => createCrcOf32(crc32cTable);
/** CRC-64/NVME, the checksum that S3 gives to objects by itself. */
export const createCrc64Nvme = (): RunningCrc => createCrcOf64(crc64NvmeTable);
/** CRC-64/XZ, which OBS calls CRC64-ECMA. */
export const createCrc64Ecma = (): RunningCrc => createCrcOf64(crc64EcmaTable);

function createCrcOf32(table: Uint32Array): RunningCrc {
  let state = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) state = (table[(state ^ byte) & 0xff] ?? 0) ^ (state >>> 8);
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(~state >>> 0);
      return out;
    },
  };
}

interface Table64 {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

function createCrcOf64(table: Table64): RunningCrc {
  // Two halves of 32 bits, as BigInt arithmetic per byte would take minutes for what takes seconds this way.
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (table.low[index] ?? 0);
        high = (high >>> 8) ^ (table.high[index] ?? 0);
      }
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeUInt32BE(~high >>> 0, 0);
      out.writeUInt32BE(~low >>> 0, 4);
      return out;
    },
  };
}

function makeTable32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

function makeTable64(polynomialHigh: bigint, polynomialLow: bigint): Table64 {
  const polynomial = (polynomialHigh << 32n) | polynomialLow;
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    high[byte] = Number(value >> 32n);
    low[byte] = Number(value & 0xffffffffn);
  }
  return { high, low };
}
