import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelColumns, ModelValue } from '../model.ts';
import type { NodeFlavor } from '../model-directory.ts';
import type { OpenPredictor } from '../worker/predictor.ts';

type Feeds = Record<string, Tensor>;

/**
 * A model in ONNX: one input of all features (rows, features), or one input a feature. Outputs that are maps or
 * sequences are not readable by ONNX Runtime for Node and are not asked for.
 */
export const openOnnx: OpenPredictor = async (folder, flavor) => {
  const session = await InferenceSession.create(join(folder, flavor.data), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
  });
  const outputs = tensorOutputs(session);
  if (outputs.length === 0) throw new Error('the model has no output that is a tensor; export it without ZipMap');
  return {
    predict: async (columns, rowCount) => {
      if (rowCount === 0) return emptyAnswer(flavor);
      const answers = await session.run(feedsOf(session, columns, { flavor, rowCount }), outputs);
      return readAnswer(answers as Feeds, { flavor, rowCount, outputs });
    },
  };
};

function emptyAnswer({ classes }: NodeFlavor): ModelColumns {
  if (classes === null) return { prediction: [] };
  return Object.fromEntries(classes.map((_, index) => [`score_${index}`, []]));
}

function tensorOutputs(session: InferenceSession): string[] {
  return session.outputMetadata.filter((output) => output.isTensor).map((output) => output.name);
}

interface Asked {
  readonly flavor: NodeFlavor;
  readonly rowCount: number;
}

function feedsOf(session: InferenceSession, columns: ModelColumns, { flavor, rowCount }: Asked): Feeds {
  const features = flavor.features ?? Object.keys(columns);
  const missing = features.filter((name) => !Object.hasOwn(columns, name));
  if (missing.length > 0) throw new Error(`the model takes ${features.join(', ')}; missing: ${missing.join(', ')}`);
  const [first] = session.inputMetadata;
  if (session.inputMetadata.length === 1 && first!.isTensor)
    return {
      [first!.name]: matrix(
        first!.type,
        features.map((name) => columns[name]!),
        rowCount,
      ),
    };
  return Object.fromEntries(
    session.inputMetadata.map((input) => [
      input.name,
      matrix(input.isTensor ? input.type : 'float32', [columns[input.name] ?? []], rowCount),
    ]),
  );
}

/** Columns as one tensor (rows, columns), row by row; missing numbers are NaN. */
function matrix(type: string, columns: readonly (readonly ModelValue[])[], rowCount: number): Tensor {
  const shape = [rowCount, columns.length];
  const at = (index: number): ModelValue =>
    columns[index % columns.length]![Math.floor(index / columns.length)] ?? null;
  const size = rowCount * columns.length;
  const numberAt = (index: number): number => {
    const value = at(index);
    if (typeof value === 'string')
      throw new Error(`the model takes numbers, found the text ${JSON.stringify(value.slice(0, 40))}`);
    return value === null ? Number.NaN : Number(value);
  };
  switch (type) {
    case 'float32':
      return new Tensor(
        'float32',
        Float32Array.from({ length: size }, (_, index) => numberAt(index)),
        shape,
      );
    case 'float64':
      return new Tensor(
        'float64',
        Float64Array.from({ length: size }, (_, index) => numberAt(index)),
        shape,
      );
    case 'int64':
      return new Tensor(
        'int64',
        BigInt64Array.from({ length: size }, (_, index) => BigInt(Math.trunc(numberAt(index) || 0))),
        shape,
      );
    case 'string':
      return new Tensor(
        'string',
        Array.from({ length: size }, (_, index) => String(at(index) ?? '')),
        shape,
      );
    default:
      throw new Error(`the model takes ${type}, which is not supported`);
  }
}

function readAnswer(answers: Feeds, asked: Asked & { readonly outputs: readonly string[] }): ModelColumns {
  const { flavor, rowCount, outputs } = asked;
  const { classes } = flavor;
  const tensors = outputs.map((name) => answers[name]!);
  if (classes === null) {
    const values = tensors.find((tensor) => tensor.data.length === rowCount);
    if (values === undefined) throw new Error('no output of the model has one value a row');
    return { prediction: Array.from(values.data as ArrayLike<number | bigint>, Number) };
  }
  const scores = tensors.filter((tensor) => tensor.type === 'float32' || tensor.type === 'float64');
  const whole = scores.find((tensor) => tensor.data.length === rowCount * classes.length);
  if (whole !== undefined && classes.length > 1) {
    const data = whole.data as Float32Array;
    return Object.fromEntries(
      classes.map((_, c) => [
        `score_${c}`,
        Array.from({ length: rowCount }, (_row, row) => Number(data[row * classes.length + c])),
      ]),
    );
  }
  const single = scores.find((tensor) => tensor.data.length === rowCount);
  if (single === undefined || classes.length !== 2)
    throw new Error(`no output of the model has ${classes.length} scores a row`);
  const positive = Array.from(single.data as Float32Array, Number);
  return { score_0: positive.map((score) => 1 - score), score_1: positive };
}
