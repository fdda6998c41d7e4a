import { assert, PlatformError } from '../errors/index.ts';

/*
 * Messages of Protocol Buffers, read field by field from their bytes; no schema is compiled, the caller asks for each field
 * in the type that its schema gives it. Source: "Encoding", https://protobuf.dev/programming-guides/encoding/.
 *
 * A message is a sequence of fields, each a tag (its number and one of six forms) and a value. What the caller does not ask
 * for is stepped over, so that messages of a newer schema can be read. Stricter than the format: groups, which only the first
 * version of the language had, are refused, a value in another form than the one asked for is refused rather than taken for an
 * unknown field, and text must be UTF-8. No value is read past the end of its message, and no message is deeper than the
 * reader allows, so hostile bytes cost no more than their length.
 */

const forms = ['varint', 'fixed64', 'bytes', 'group', 'group', 'fixed32'] as const;
const maxFieldNumber = 2 ** 29 - 1;
const deepest = 100;
const utf8 = new TextDecoder('utf-8', { fatal: true });

type Form = (typeof forms)[number];

/**
 * A cursor over the fields of one message. `next()` moves to the next field, then one of the readers takes its value; a value
 * that nobody takes is stepped over.
 * @example
 * const event = new ProtobufReader(bytes);
 * for (let field = event.next(); field !== 0; field = event.next()) {
 *   if (field === 1) wallTime = event.double();
 *   else if (field === 2) step = event.int64();
 * }
 */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #depth: number;
  #at = 0;
  #field = 0;
  /** The form of a value that nobody took yet; in a packed field the reader's own form holds. */
  #form: Form | 'packed' | null = null;

  /** Reads `bytes`, which are not copied. `depth` counts how many messages may stand inside each other, 100 where absent. */
  constructor(bytes: Uint8Array, depth: number = deepest) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#depth = depth;
  }

  /**
   * The number of the next field, 0 at the end of the message.
   * @throws PlatformError ENCODING_BAD_PROTOBUF where the bytes are no message
   */
  next(): number {
    this.#skip();
    if (this.#at === this.#bytes.length) return 0;
    const tag = this.#varint();
    const field = Number(tag >> 3n);
    const form = forms[Number(tag & 7n)];
    if (form === undefined || form === 'group')
      throw this.#wrong('a value of a known form', 'a group or an unknown form');
    if (field < 1 || field > maxFieldNumber) throw this.#wrong('a field number from 1 to 2^29 - 1', String(field));
    this.#field = field;
    this.#form = form;
    return field;
  }

  /** The value of a `uint64` or `uint32`. */
  uint64(): bigint {
    this.#take('varint');
    return this.#varint();
  }

  /** The value of an `int64` or `int32`, negative where its highest bit is set. */
  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** The value of a `sint64` or `sint32`: zigzag, 0, -1, 1, -2 … */
  sint64(): bigint {
    const value = this.uint64();
    return (value >> 1n) ^ -(value & 1n);
  }

  /** The value of an `int32` or of an enumeration: the lower 32 bits, with their sign. */
  int32(): number {
    return Number(BigInt.asIntN(32, this.uint64()));
  }

  /** The value of a `bool`. */
  bool(): boolean {
    return this.uint64() !== 0n;
  }

  /** The value of a `fixed64`. */
  fixed64(): bigint {
    return this.#view.getBigUint64(this.#fixed('fixed64', 8), true);
  }

  /** The value of a `sfixed64`. */
  sfixed64(): bigint {
    return this.#view.getBigInt64(this.#fixed('fixed64', 8), true);
  }

  /** The value of a `double`. */
  double(): number {
    return this.#view.getFloat64(this.#fixed('fixed64', 8), true);
  }

  /** The value of a `fixed32`. */
  fixed32(): number {
    return this.#view.getUint32(this.#fixed('fixed32', 4), true);
  }

  /** The value of a `sfixed32`. */
  sfixed32(): number {
    return this.#view.getInt32(this.#fixed('fixed32', 4), true);
  }

  /** The value of a `float`. */
  float(): number {
    return this.#view.getFloat32(this.#fixed('fixed32', 4), true);
  }

  /** The value of a `bytes`: a view of the message, not a copy. */
  bytes(): Uint8Array {
    this.#take('bytes');
    return this.#delimited();
  }

  /** The value of a `string`. */
  text(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.#wrong('text in UTF-8', 'other bytes');
    }
  }

  /** The value of a message: a reader of its fields. */
  message(): ProtobufReader {
    if (this.#depth <= 1) throw this.#wrong('messages that are not that deep inside each other', 'one more');
    return new ProtobufReader(this.bytes(), this.#depth - 1);
  }

  /**
   * The values of a repeated number that this field brings: all of a packed field, or the one of an unpacked field, which
   * writers may mix. `read` is one of the readers above.
   * @example losses.push(...reader.repeated((value) => value.float()))
   */
  repeated<Value>(read: (values: ProtobufReader) => Value): Value[] {
    if (this.#form !== 'bytes') return [read(this)];
    const values: Value[] = [];
    const packed = new ProtobufReader(this.bytes(), this.#depth);
    packed.#field = this.#field;
    while (packed.#at < packed.#bytes.length) {
      packed.#form = 'packed';
      values.push(read(packed));
      assert(packed.#form === null, 'a reader of packed numbers takes each of them');
    }
    return values;
  }

  #take(form: Form): void {
    assert(this.#form !== null, 'a value of a protobuf message is taken once, after next()');
    if (this.#form !== 'packed' && this.#form !== form) throw this.#wrong(`a value of the form ${form}`, this.#form);
    this.#form = null;
  }

  #skip(): void {
    const form = this.#form;
    this.#form = null;
    if (form === 'varint') this.#varint();
    else if (form === 'fixed64') this.#advance(8);
    else if (form === 'fixed32') this.#advance(4);
    else if (form === 'bytes') this.#delimited();
  }

  #fixed(form: Form, size: number): number {
    this.#take(form);
    return this.#advance(size);
  }

  #delimited(): Uint8Array {
    const size = this.#varint();
    if (size > BigInt(this.#bytes.length - this.#at)) throw this.#wrong(`${size} bytes`, 'the end of the message');
    const start = this.#advance(Number(size));
    return this.#bytes.subarray(start, this.#at);
  }

  #advance(size: number): number {
    const start = this.#at;
    if (start + size > this.#bytes.length) throw this.#wrong(`${size} bytes`, 'the end of the message');
    this.#at = start + size;
    return start;
  }

  /** At most ten bytes of seven bits each, lowest first; up to 49 bits are gathered as a number, which is faster. */
  #varint(): bigint {
    let low = 0;
    for (let index = 0; index < 7; index++) {
      const byte = this.#byte();
      low += (byte & 127) * 2 ** (7 * index);
      if (byte < 128) return BigInt(low);
    }
    let value = BigInt(low);
    for (let index = 7n; index < 10n; index++) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << (7n * index);
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw this.#wrong('an integer of at most ten bytes', 'a longer one');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#wrong('an integer', 'the end of the message');
    this.#at += 1;
    return byte;
  }

  #wrong(expected: string, found: string): PlatformError {
    const place = this.#field === 0 ? 'its first field' : `field ${this.#field}`;
    return new PlatformError('ENCODING_BAD_PROTOBUF', {
      message: `expected ${expected} at byte ${this.#at} of a protobuf message, in or after ${place}, found ${found}`,
      details: { byte: this.#at, field: this.#field },
    });
  }
}
