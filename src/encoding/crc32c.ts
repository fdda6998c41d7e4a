/*
 * CRC-32C (Castagnoli; reflected polynomial 0x82F63B78), by which TFRecord and LevelDB files check their records. Eight bytes
 * at a time ("slicing by 8", Kounavis and Berry 2005): eight tables say what a byte does to the remainder zero to seven bytes
 * later.
 */

const polynomial = 0x82f63b78;
const tables = makeTables();

function makeTables(): Uint32Array {
  const made = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    made[byte] = rest;
  }
  for (let index = 256; index < made.length; index++) {
    const before = made[index - 256]!;
    made[index] = made[before & 255]! ^ (before >>> 8);
  }
  return made;
}

/**
 * The CRC-32C of bytes, 0 … 2^32 - 1; of none 0.
 * @see RFC 3720, appendix B.4, for values to compare with
 */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = rest ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    rest =
      tables[1792 + (low & 255)]! ^
      tables[1536 + ((low >>> 8) & 255)]! ^
      tables[1280 + ((low >>> 16) & 255)]! ^
      tables[1024 + (low >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) rest = tables[(rest ^ bytes[at]!) & 255]! ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** The same, masked: a CRC over bytes that hold CRCs themselves would be weak, so these formats store it turned and moved. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
