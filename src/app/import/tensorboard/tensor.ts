/* Tensors in events: `tensorflow.TensorProto`, of which scalars and texts are read. */
import type { ProtobufReader } from '../../../encoding/index.ts';

/** What a tensor holds. */
export type TensorValue =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'texts'; readonly texts: readonly Uint8Array[] }
  /** Numbers of another shape, or a type that is not read. */
  | { readonly kind: 'other' };

/** `DataType`: those that a scalar may have, with how one is read from raw bytes. */
const numbers: Readonly<Record<number, { readonly size: number; readonly read: (view: DataView) => number }>> = {
  1: { size: 4, read: (view) => shortestFloat(view.getFloat32(0, true)) },
  2: { size: 8, read: (view) => view.getFloat64(0, true) },
  3: { size: 4, read: (view) => view.getInt32(0, true) },
  4: { size: 1, read: (view) => view.getUint8(0) },
  5: { size: 2, read: (view) => view.getInt16(0, true) },
  6: { size: 1, read: (view) => view.getInt8(0) },
  9: { size: 8, read: (view) => Number(view.getBigInt64(0, true)) },
  10: { size: 1, read: (view) => view.getUint8(0) },
  14: { size: 2, read: (view) => bfloat16(view.getUint16(0, true)) },
  17: { size: 2, read: (view) => view.getUint16(0, true) },
  19: { size: 2, read: (view) => float16(view.getUint16(0, true)) },
  22: { size: 4, read: (view) => view.getUint32(0, true) },
  23: { size: 8, read: (view) => Number(view.getBigUint64(0, true)) },
};
const stringType = 7;
const halfTypes = { float16: 19, bfloat16: 14 } as const;
/** More texts than a summary has. */
const textsAtMost = 10_000;

interface Fields {
  type: number;
  dimensions: bigint[];
  raw: Uint8Array | null;
  values: number[];
  halves: number[];
  texts: Uint8Array[];
}

/** Reads a tensor. A scalar of `float` is the shortest decimal that names it. @throws PlatformError ENCODING_BAD_PROTOBUF */
export function readTensor(message: ProtobufReader): TensorValue {
  const fields: Fields = { type: 0, dimensions: [], raw: null, values: [], halves: [], texts: [] };
  for (let field = message.next(); field !== 0; field = message.next()) readField(message, field, fields);
  if (fields.type === stringType) return { kind: 'texts', texts: fields.texts };
  if (fields.dimensions.some((size) => size !== 1n)) return { kind: 'other' };
  const value = scalarOf(fields);
  return value === null ? { kind: 'other' } : { kind: 'scalar', value };
}

function readField(message: ProtobufReader, field: number, fields: Fields): void {
  switch (field) {
    case 1:
      fields.type = message.int32();
      break;
    case 2:
      fields.dimensions = readShape(message.message());
      break;
    case 4:
      fields.raw = message.bytes();
      break;
    case 8:
      if (fields.texts.length < textsAtMost) fields.texts.push(message.bytes());
      break;
    case 13:
      keepFirst(
        fields.halves,
        message.repeated((values) => values.int32()),
      );
      break;
    default:
      readNumbers(message, field, fields.values);
  }
}

/** The typed lists: floats, doubles, 32-bit integers, 64-bit ones, truths and the two unsigned ones. */
function readNumbers(message: ProtobufReader, field: number, values: number[]): void {
  if (field === 5)
    keepFirst(
      values,
      message.repeated((one) => shortestFloat(one.float())),
    );
  else if (field === 6)
    keepFirst(
      values,
      message.repeated((one) => one.double()),
    );
  else if (field === 7)
    keepFirst(
      values,
      message.repeated((one) => one.int32()),
    );
  else if (field === 10)
    keepFirst(
      values,
      message.repeated((one) => Number(one.int64())),
    );
  else if (field === 11)
    keepFirst(
      values,
      message.repeated((one) => Number(one.bool())),
    );
  else if (field === 16 || field === 17)
    keepFirst(
      values,
      message.repeated((one) => Number(one.uint64())),
    );
}

/** A scalar is all that is asked for; two values show that it is none. */
function keepFirst(values: number[], more: readonly number[]): void {
  values.push(...more.slice(0, 2 - values.length));
}

function readShape(message: ProtobufReader): bigint[] {
  const sizes: bigint[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field !== 2) continue;
    const dimension = message.message();
    let size = 0n;
    for (let inner = dimension.next(); inner !== 0; inner = dimension.next()) {
      if (inner === 1) size = dimension.int64();
    }
    sizes.push(size);
  }
  return sizes;
}

function scalarOf({ type, raw, values, halves }: Fields): number | null {
  const form = numbers[type];
  if (form === undefined) return null;
  if (raw !== null && raw.length > 0) {
    return raw.length === form.size ? form.read(new DataView(raw.buffer, raw.byteOffset, raw.length)) : null;
  }
  const [half, another] = halves;
  if (half !== undefined) {
    if (another !== undefined) return null;
    return type === halfTypes.float16 ? float16(half) : type === halfTypes.bfloat16 ? bfloat16(half) : null;
  }
  // A scalar that is the default of its type has no value at all.
  return values.length > 1 ? null : (values[0] ?? 0);
}

/** Smaller floats have fewer digits. */
const smallestNormal = 2 ** -126;

/**
 * The shortest decimal that names a 32-bit float, as a double: 0.1 is 0.1 and not 0.10000000149011612. NaN and infinities
 * stay.
 */
export function shortestFloat(value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) return value;
  // Six digits always survive a float that is not next to zero, nine always name it.
  for (let digits = Math.abs(value) < smallestNormal ? 1 : 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, (bits & 0xffff) << 16);
  return view.getFloat32(0);
}

/** IEEE 754 binary16. */
function float16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
