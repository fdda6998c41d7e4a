/* Event files as a writer leaves them behind, to be cut and broken at will. What real writers make is in test/golden/import. */
import { maskedCrc32c } from '../../src/encoding/index.ts';

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
};
const bytesField = (field: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(BigInt(bytes.length))]), bytes]);
const fixed = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | (bytes.length === 8 ? 1 : 5)]), bytes]);
const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
};
const float = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A record in its frame. */
export const frame = (record: Uint8Array): Buffer => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(record.length));
  return Buffer.concat([length, u32(maskedCrc32c(length)), record, u32(maskedCrc32c(record))]);
};

const event = (atSeconds: number, step: bigint, rest: Uint8Array): Buffer =>
  Buffer.concat([fixed(1, double(atSeconds)), Buffer.from([2 << 3, ...varint(step)]), rest]);

/** What every file begins with. */
export const version = (): Buffer => frame(event(0, 0n, bytesField(3, Buffer.from('brain.Event:2'))));
/** A value of a tag. */
export const scalar = (tag: string, step: number, value: number): Buffer => {
  const one = Buffer.concat([bytesField(1, Buffer.from(tag)), fixed(2, float(value))]);
  return frame(event(1_750_000_000 + step, BigInt(step), bytesField(5, bytesField(1, one))));
};
/** A training that went back to a step. */
export const start = (step: number): Buffer =>
  frame(event(1_750_000_000, BigInt(step), bytesField(7, Buffer.from([1 << 3, 1]))));
/** Texts of a tag in a tensor, as TensorFlow 2 writes pictures and texts; only the first value of a tag names its plugin. */
export const texts = (tag: string, step: number, all: readonly string[], plugin = ''): Buffer => {
  const type = Buffer.from([1 << 3, 7]);
  const tensor = Buffer.concat([type, ...all.map((text) => bytesField(8, Buffer.from(text)))]);
  const metadata = bytesField(9, bytesField(1, bytesField(1, Buffer.from(plugin))));
  const named = plugin === '' ? Buffer.alloc(0) : metadata;
  const one = Buffer.concat([bytesField(1, Buffer.from(tag)), named, bytesField(8, tensor)]);
  return frame(event(1_750_000_000 + step, BigInt(step), bytesField(5, bytesField(1, one))));
};
/** A picture of a tag. */
export const image = (tag: string, step: number, bytes: Uint8Array): Buffer => {
  const one = Buffer.concat([bytesField(1, Buffer.from(tag)), bytesField(4, bytesField(4, bytes))]);
  return frame(event(1_750_000_000 + step, BigInt(step), bytesField(5, bytesField(1, one))));
};
