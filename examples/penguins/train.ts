import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepContext } from '#mlspec';
import { toOnnx } from './onnx-writer.ts';
import { fitSoftmaxRegression } from './softmax-regression.ts';

const label = 'species';
const classes = ['Adelie', 'Chinstrap', 'Gentoo'];
/** Columns of the transformed part that are no features: the label, the key, and the number of the row. */
const others = new Set([label, 'row', '__row']);

/** Reads the transformed training part, fits, and leaves an MLflow model directory with an ONNX model in it. */
export async function train(context: StepContext): Promise<void> {
  const tables = await context.tables();
  const path = context.inputs['train']![0]!.path.replaceAll("'", "''");
  const rows = await tables.rows(`select * from read_parquet('${path}') order by __row`);
  const features = Object.keys(rows[0]!).filter((name) => !others.has(name));
  const rounds = Number(context.params['rounds']);
  const model = fitSoftmaxRegression(
    rows.map((row) => Float64Array.from(features, (name) => Number(row[name]))),
    rows.map((row) => classes.indexOf(String(row[label]))),
    {
      classes,
      features,
      rounds,
      learningRate: Number(context.params['learning_rate']),
      penalty: Number(context.params['penalty']),
      onRound: (round, logLoss) => {
        if (round % 10 === 0 || round === rounds - 1) context.metric('log_loss', logLoss, round);
      },
    },
  );
  const folder = context.outputs['model']!.path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), toOnnx(model));
  writeFileSync(join(folder, 'MLmodel'), describe(features));
}

/** The `MLmodel` file: what holds the model, which columns it takes, and which classes it answers with. JSON is YAML. */
function describe(features: readonly string[]): string {
  const onnx = { onnx_version: '1.16.0', data: 'model.onnx' };
  const mlspec = { format: 1, library: 'onnx', data: 'model.onnx', features, classes };
  return `${JSON.stringify({ flavors: { mlspec, onnx } }, null, 1)}\n`;
}
