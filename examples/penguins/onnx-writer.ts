/*
 * Writes a softmax regression as an ONNX model, by hand: ONNX is a protocol-buffer message, and the few fields that a linear
 * model needs fit on a page. The graph is Gemm → Softmax → probabilities, and ArgMax → LabelEncoder → label.
 * Field numbers: onnx.proto of ONNX 1.16 (IR version 9), operator sets ai.onnx 13 and ai.onnx.ml 2.
 */
import type { SoftmaxRegression } from './softmax-regression.ts';

const floatType = 1;
const stringType = 8;
const text = new TextEncoder();

/** A field that holds bytes: a string, a nested message, or packed numbers. */
function bytes(field: number, value: Uint8Array | string): Uint8Array {
  const content = typeof value === 'string' ? text.encode(value) : value;
  return concat([varint((field << 3) | 2), varint(content.length), content]);
}

function integer(field: number, value: number): Uint8Array {
  return concat([varint(field << 3), varint(value)]);
}

/** Base-128 digits, lowest first, the high bit set on all but the last. For 0 ≤ value < 2^31. */
function varint(value: number): Uint8Array {
  const digits: number[] = [];
  let rest = value;
  do {
    digits.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Uint8Array.from(digits);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A float tensor with its dimensions, as an initializer of the graph (little-endian). */
function tensor(name: string, dimensions: readonly number[], values: readonly number[]): Uint8Array {
  const raw = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) raw.setFloat32(index * 4, value, true);
  return concat([
    ...dimensions.map((dimension) => integer(1, dimension)),
    integer(2, floatType),
    bytes(8, name),
    bytes(9, new Uint8Array(raw.buffer)),
  ]);
}

/** An input or output of the graph; a dimension is a number or the name of a free one. */
function port(name: string, type: number, dimensions: readonly (number | string)[]): Uint8Array {
  const shape = dimensions.map((d) => bytes(1, typeof d === 'number' ? integer(1, d) : bytes(2, d)));
  return concat([bytes(1, name), bytes(2, bytes(1, concat([integer(1, type), bytes(2, concat(shape))])))]);
}

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly Uint8Array[];
  readonly domain?: string;
}

function node({ op, inputs, outputs, attributes = [], domain }: Node): Uint8Array {
  return concat([
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, op),
    ...attributes.map((attribute) => bytes(5, attribute)),
    ...(domain === undefined ? [] : [bytes(7, domain)]),
  ]);
}

const attribute = {
  integer: (name: string, value: number) => concat([bytes(1, name), integer(3, value), integer(20, 2)]),
  integers: (name: string, values: readonly number[]) =>
    concat([bytes(1, name), ...values.map((value) => integer(8, value)), integer(20, 7)]),
  strings: (name: string, values: readonly string[]) =>
    concat([bytes(1, name), ...values.map((value) => bytes(9, value)), integer(20, 8)]),
};

/** The bytes of `model.onnx`: input `features` float[rows, features]; outputs `label` and `probabilities`. */
export function toOnnx(model: SoftmaxRegression): Uint8Array {
  const [classCount, featureCount] = [model.classes.length, model.features.length];
  const encoder = [
    attribute.integers('keys_int64s', model.classes.keys().toArray()),
    attribute.strings('values_strings', model.classes),
  ];
  const nodes: readonly Node[] = [
    {
      op: 'Gemm',
      inputs: ['features', 'weights', 'offsets'],
      outputs: ['scores'],
      attributes: [attribute.integer('transB', 1)],
    },
    { op: 'Softmax', inputs: ['scores'], outputs: ['probabilities'], attributes: [attribute.integer('axis', 1)] },
    {
      op: 'ArgMax',
      inputs: ['scores'],
      outputs: ['index'],
      attributes: [attribute.integer('axis', 1), attribute.integer('keepdims', 0)],
    },
    { op: 'LabelEncoder', inputs: ['index'], outputs: ['label'], attributes: encoder, domain: 'ai.onnx.ml' },
  ];
  const graph = concat([
    ...nodes.map((one) => bytes(1, node(one))),
    bytes(2, 'softmax-regression'),
    bytes(
      5,
      tensor(
        'weights',
        [classCount, featureCount],
        model.weights.flatMap((own) => [...own]),
      ),
    ),
    bytes(5, tensor('offsets', [classCount], [...model.offsets])),
    bytes(11, port('features', floatType, ['rows', featureCount])),
    bytes(12, port('label', stringType, ['rows'])),
    bytes(12, port('probabilities', floatType, ['rows', classCount])),
  ]);
  const operatorSet = (domain: string, version: number) => concat([bytes(1, domain), integer(2, version)]);
  return concat([
    integer(1, 9),
    bytes(2, 'mlspec-example'),
    bytes(7, graph),
    bytes(8, operatorSet('', 13)),
    bytes(8, operatorSet('ai.onnx.ml', 2)),
  ]);
}
