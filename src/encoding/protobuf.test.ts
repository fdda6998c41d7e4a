import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlatformError } from '../errors/index.ts';
import { ProtobufReader } from './protobuf.ts';

/** The bytes of an integer: groups of seven bits, lowest first. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const tag = (field: number, form: number) => varint((BigInt(field) << 3n) | BigInt(form));
const delimited = (field: number, bytes: Iterable<number>) => {
  const content = [...bytes];
  return [...tag(field, 2), ...varint(BigInt(content.length)), ...content];
};
const reader = (bytes: Iterable<number>) => new ProtobufReader(Uint8Array.from(bytes));

/** Goes through a message the way that a reader of an unknown schema can: every field in its form, texts as messages too. */
function walk(message: ProtobufReader): number {
  let fields = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    fields += 1;
    if (field % 4 === 0) message.text();
    else if (field % 4 === 1) fields += walk(message.message());
    else if (field % 4 === 2) message.repeated((value) => value.sint64());
  }
  return fields;
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return isPlatformError(error) ? error.code : `thrown: ${String(error)}`;
  }
}

describe('what the documentation of the format gives as examples', () => {
  // https://protobuf.dev/programming-guides/encoding/
  test('a = 150', () => {
    const message = reader([0x08, 0x96, 0x01]);
    expect([message.next(), message.uint64(), message.next()]).toEqual([1, 150n, 0]);
  });

  test('b = "testing"', () => {
    const message = reader([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
    expect([message.next(), message.text()]).toEqual([2, 'testing']);
  });

  test('c.a = 150 inside another message', () => {
    const message = reader([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect(message.next()).toBe(3);
    const inner = message.message();
    expect([inner.next(), inner.int32(), inner.next(), message.next()]).toEqual([1, 150, 0, 0]);
  });

  test('f = [3, 270, 86942], packed', () => {
    const message = reader([0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
    expect(message.next()).toBe(6);
    expect(message.repeated((value) => value.int32())).toEqual([3, 270, 86942]);
  });

  test('a negative integer takes ten bytes', () => {
    const message = reader([0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    expect([message.next(), message.int64()]).toEqual([1, -2n]);
  });
});

test('integers of every size come back, signed, unsigned and in zigzag', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
      const message = reader([
        ...tag(1, 0),
        ...varint(value),
        ...tag(2, 0),
        ...varint(zigzag),
        ...tag(3, 0),
        ...varint(value),
      ]);
      message.next();
      expect(message.int64()).toBe(value);
      message.next();
      expect(message.sint64()).toBe(value);
      message.next();
      expect(message.uint64()).toBe(BigInt.asUintN(64, value));
    }),
  );
});

test('numbers of fixed width come back to the last bit', () => {
  fc.assert(
    fc.property(fc.double(), fc.float(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (double, float, integer) => {
      const fixed = new DataView(new ArrayBuffer(20));
      fixed.setFloat64(0, double, true);
      fixed.setFloat32(8, float, true);
      fixed.setBigUint64(12, integer, true);
      const bytes = [...new Uint8Array(fixed.buffer)];
      const message = reader([
        ...tag(1, 1),
        ...bytes.slice(0, 8),
        ...tag(2, 5),
        ...bytes.slice(8, 12),
        ...tag(3, 1),
        ...bytes.slice(12),
      ]);
      expect([message.next(), message.double()]).toEqual([1, double]);
      expect([message.next(), message.float()]).toEqual([2, float]);
      expect([message.next(), message.fixed64()]).toEqual([3, integer]);
    }),
  );
});

test('values that nobody takes are stepped over, whatever their form', () => {
  const unknown = [
    ...tag(9, 0),
    ...varint(300n),
    ...tag(9, 1),
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    ...delimited(9, [1, 2, 3]),
    ...tag(9, 5),
    1,
    2,
    3,
    4,
  ];
  const message = reader([...unknown, ...tag(1, 0), 7]);
  const fields = [message.next(), message.next(), message.next(), message.next(), message.next()];
  expect(fields).toEqual([9, 9, 9, 9, 1]);
  expect(message.uint64()).toBe(7n);
});

test('repeated numbers are read packed and unpacked, of every width', () => {
  const floats = [...new Uint8Array(new Float32Array([0.5, -2]).buffer)];
  const message = reader([...delimited(1, floats), ...tag(1, 5), ...floats.slice(0, 4), ...delimited(2, [])]);
  message.next();
  expect(message.repeated((value) => value.float())).toEqual([0.5, -2]);
  message.next();
  expect(message.repeated((value) => value.float())).toEqual([0.5]);
  message.next();
  expect(message.repeated((value) => value.float())).toEqual([]);
});

describe('what is no message', () => {
  const stepOver = (message: ProtobufReader) => {
    while (message.next() !== 0);
  };

  const cases: readonly [string, Iterable<number>, (message: ProtobufReader) => unknown][] = [
    ['a tag cut off', [0x88], (message) => message.next()],
    ['an integer cut off', [0x08, 0x96], stepOver],
    ['an integer of eleven bytes', [0x08, ...Array(10).fill(0xff), 0x01], stepOver],
    ['eight bytes cut off', [0x09, 1, 2, 3], stepOver],
    ['four bytes cut off', [0x0d, 1, 2, 3], stepOver],
    ['text longer than its message', [0x0a, 0x05, 0x61], stepOver],
    ['a length of 2^64 - 1', [0x0a, ...varint(2n ** 64n - 1n)], stepOver],
    ['a group', [0x0b, 0x0c], (message) => message.next()],
    ['the end of a group', [0x0c], (message) => message.next()],
    ['a form that there is not', [0x0f], (message) => message.next()],
    ['the field 0', [0x00, 0x00], (message) => message.next()],
    ['a field beyond 2^29 - 1', [...varint(2n ** 32n), 0], (message) => message.next()],
    ['text that is not UTF-8', delimited(4, [0xff, 0xfe]), walk],
    ['a value in another form', tag(4, 0).concat(1), walk],
    ['a packed number cut off', delimited(2, [0x80]), walk],
  ];
  test.each(cases)('%s', (_name, bytes, read) => {
    expect(codeOf(() => read(reader(bytes)))).toBe('ENCODING_BAD_PROTOBUF');
  });

  test('messages inside each other, deeper than allowed, before the stack ends', () => {
    let bytes: number[] = [];
    for (let depth = 0; depth < 200; depth++) bytes = delimited(1, bytes);
    expect(codeOf(() => walk(reader(bytes)))).toBe('ENCODING_BAD_PROTOBUF');
  });
});

test('any bytes are read, or refused with the one code', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(codeOf(() => walk(new ProtobufReader(bytes)))).toMatch(/^(none|ENCODING_BAD_PROTOBUF)$/);
    }),
    { numRuns: 3000 },
  );
});

test('a message cut off at any byte, or with any byte changed, is read or refused with the one code', () => {
  const whole = Uint8Array.from([
    ...delimited(1, [...tag(3, 0), ...varint(77n)]),
    ...delimited(4, [104, 105]),
    ...delimited(2, [1, 2, 0x90, 1]),
  ]);
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (end, place, byte) => {
      const changed = whole.slice();
      changed[place] = byte;
      expect(codeOf(() => walk(new ProtobufReader(changed.subarray(0, end))))).toMatch(
        /^(none|ENCODING_BAD_PROTOBUF)$/,
      );
    }),
    { numRuns: 3000 },
  );
});
