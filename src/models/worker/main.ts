/**
 * The worker of models that Node answers: `node main.ts MODEL`. It speaks the protocol of `loadInWorker` on standard
 * input and output; what the model prints goes to standard error. It ends when its input ends.
 */
import { createInterface } from 'node:readline';
import type { ModelColumns } from '../model.ts';
import { type NodeFlavor, readModelDirectory } from '../model-directory.ts';
import { checkAnswer, rowCountOf } from './answer.ts';
import { predictParquet } from './predict-parquet.ts';
import type { OpenPredictor, Predictor } from './predictor.ts';

const say = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
console.log = console.error;

const openers: Readonly<Record<NodeFlavor['library'], () => Promise<OpenPredictor>>> = {
  onnx: async () => (await import('../onnx/onnx-predictor.ts')).openOnnx,
  typescript: async () => (await import('../typescript/module-predictor.ts')).openModule,
};

interface Request {
  readonly id: number;
  readonly op: string;
  readonly columns?: ModelColumns;
  readonly input?: string;
  readonly output?: string;
  readonly keep?: readonly string[];
}

async function answer(request: Request, model: { predictor: Predictor; flavor: NodeFlavor }): Promise<object> {
  const { predictor, flavor } = model;
  const predict = async (columns: ModelColumns, rowCount: number): Promise<ModelColumns> =>
    checkAnswer(await predictor.predict(columns, rowCount), { rowCount, classes: flavor.classes });
  if (request.op === 'rows') return { columns: await predict(request.columns!, rowCountOf(request.columns!)) };
  if (request.op === 'file') {
    return await predictParquet(
      { input: request.input!, output: request.output!, keep: request.keep ?? [] },
      { features: flavor.features, predict },
    );
  }
  throw new Error(`expected op rows or file, found ${request.op}`);
}

const folder = process.argv[2]!;
const { node: flavor } = await readModelDirectory(folder);
if (flavor === null) throw new Error('this model is not answered by Node');
const predictor = await (await openers[flavor.library]())(folder, flavor);
const { library, features, classes } = flavor;
say(`${JSON.stringify({ ready: true, description: { library, features, classes } })}\n`);
for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const request = JSON.parse(line) as Request;
  const result = await answer(request, { predictor, flavor }).catch((error: unknown) => ({
    error: error instanceof Error ? error.message : String(error),
  }));
  say(`${JSON.stringify({ id: request.id, ...result })}\n`);
}
process.exit(0);
