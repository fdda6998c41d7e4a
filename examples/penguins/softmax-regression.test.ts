import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { toOnnx } from './onnx-writer.ts';
import { fitSoftmaxRegression, probabilities } from './softmax-regression.ts';

const rows = [
  [0, 0],
  [0, 1],
  [3, 0],
  [3, 1],
  [0, 5],
  [1, 6],
].map((row) => Float64Array.from(row));
const labels = [0, 0, 1, 1, 2, 2];
const options = { classes: ['a', 'b', 'c'], features: ['x', 'y'], rounds: 500, learningRate: 0.3, penalty: 0.001 };

describe('fitSoftmaxRegression', () => {
  it('separates separable classes, with a falling loss', () => {
    const losses: number[] = [];
    const model = fitSoftmaxRegression(rows, labels, { ...options, onRound: (_round, loss) => losses.push(loss) });
    const best = rows.map((row) => probabilities(model, row)).map((shares) => shares.indexOf(Math.max(...shares)));
    expect(best).toEqual(labels);
    expect(losses[0]).toBeCloseTo(Math.log(3), 12);
    expect(losses.at(-1)).toBeLessThan(0.15);
  });
});

describe('toOnnx', () => {
  it('gives a model that ONNX Runtime answers like the fit', async () => {
    const model = fitSoftmaxRegression(rows, labels, options);
    const session = await InferenceSession.create(toOnnx(model));
    const flat = Float32Array.from(rows.flatMap((row) => [...row]));
    const answer = await session.run({ features: new Tensor('float32', flat, [rows.length, 2]) });
    expect(answer['label']!.data).toEqual(labels.map((label) => options.classes[label]));
    const expected = rows.flatMap((row) => [...probabilities(model, row)]);
    for (const [index, share] of expected.entries()) {
      expect(Number(answer['probabilities']!.data[index])).toBeCloseTo(share, 5);
    }
  });
});
