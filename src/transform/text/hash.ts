/**
 * A 64-bit hash of text that is the same everywhere and for ever: FNV-1a over the UTF-8 bytes, then the finaliser of
 * MurmurHash3. FNV-1a alone would let the low bits of the hash depend on the low bits of the characters only, which is
 * what a number of buckets that is a power of two looks at.
 *
 * 64-bit arithmetic is done on two halves of 32 bits, since BigInt would cost a hundred times as much per row. Lone
 * surrogates count as U+FFFD, as in every UTF-8 encoder.
 *
 * @see RFC draft-eastlake-fnv, parameters for 64 bits; MurmurHash3.cpp, fmix64
 */

const TWO_32 = 4294967296;

/** The hash under construction: high and low half. One array, since a pair per row would be garbage. */
const state = new Uint32Array(2);

function addByte(byte: number): void {
  const low = (state[1]! ^ byte) >>> 0;
  // times 2^40 + 0x1b3, modulo 2^64
  const product = low * 0x1b3;
  const carry = Math.floor(product / TWO_32);
  state[0] = Math.imul(state[0]!, 0x1b3) + carry + (low << 8);
  state[1] = product;
}

function addCodePoint(code: number): void {
  if (code < 0x800) {
    addByte(0xc0 | (code >>> 6));
  } else {
    if (code < 0x10000) {
      addByte(0xe0 | (code >>> 12));
    } else {
      addByte(0xf0 | (code >>> 18));
      addByte(0x80 | ((code >>> 12) & 0x3f));
    }
    addByte(0x80 | ((code >>> 6) & 0x3f));
  }
  addByte(0x80 | (code & 0x3f));
}

/** state = state * (high, low), modulo 2^64. */
function multiply(high: number, low: number): void {
  const stateLow = state[1]!;
  const a = stateLow & 0xffff;
  const b = stateLow >>> 16;
  const c = low & 0xffff;
  const d = low >>> 16;
  const ac = a * c;
  const middle = a * d + b * c + Math.floor(ac / 65536);
  const upper = b * d + Math.floor(middle / 65536);
  state[0] = upper + Math.imul(state[0]!, low) + Math.imul(stateLow, high);
  state[1] = ((middle % 65536) << 16) | (ac & 0xffff);
}

/** state ^= state >>> 33 */
function foldDown(): void {
  state[1] = state[1]! ^ (state[0]! >>> 1);
}

/** Bytes of the ASCII characters at the start, with the state in local variables; the index after them. */
function addAsciiPrefix(text: string): number {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  let i = 0;
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) break;
    const mixed = low ^ unit;
    const product = (mixed >>> 0) * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / TWO_32) + (mixed << 8)) | 0;
    low = product | 0;
  }
  state[0] = high;
  state[1] = low;
  return i;
}

function compute(text: string): void {
  for (let i = addAsciiPrefix(text); i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      addByte(unit);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      addCodePoint(unit);
    } else {
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
        addCodePoint(0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00));
        i++;
      } else {
        addCodePoint(0xfffd);
      }
    }
  }
  foldDown();
  multiply(0xff51afd7, 0xed558ccd);
  foldDown();
  multiply(0xc4ceb9fe, 0x1a85ec53);
  foldDown();
}

/** The 64-bit hash of a text, as 16 hexadecimal digits. */
export function hashHex(text: string): string {
  compute(text);
  return state[0]!.toString(16).padStart(8, '0') + state[1]!.toString(16).padStart(8, '0');
}

/** The hash modulo a number of buckets, 1 to 2^21 (so that the arithmetic stays exact). */
export function hashBucket(text: string, bucketCount: number): number {
  compute(text);
  const high = state[0]! % bucketCount;
  return (high * TWO_32 + state[1]!) % bucketCount;
}
