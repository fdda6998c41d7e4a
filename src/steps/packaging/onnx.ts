import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { openModel } from '../../models/index.ts';
import { compareAnswers, requireWithin } from './compare.ts';
import { runPython } from './python.ts';
import type { PackagingCheck } from './result.ts';
import type { PackagingWork } from './work.ts';

/** An ONNX form of the model. */
export interface OnnxForm {
  /** Relative to the package. */
  readonly path: 'data/model' | 'data/onnx';
  readonly converter: string;
  readonly check: PackagingCheck;
}

/**
 * Converts the model to ONNX below the package and holds it to the tolerance on the checked part. A model that is ONNX
 * already is its own form.
 * @throws PlatformError PACKAGING_CONVERSION, PACKAGING_NOT_EQUAL
 */
export async function makeOnnx(work: PackagingWork, folder: string): Promise<OnnxForm> {
  const { context, model, params } = work;
  if (model.description.library === 'onnx')
    return { path: 'data/model', converter: 'none', check: { checked: false, reason: 'the model is ONNX itself' } };
  if (context.python === null)
    throw new PlatformError('PACKAGING_CONVERSION', {
      message: `a model of the kind ${model.description.library} cannot be converted to ONNX without Python`,
    });
  const target = join(folder, 'data', 'onnx');
  await mkdir(target, { recursive: true });
  const converter = await convert(work, join(target, 'model.onnx'));
  const { features, classes } = model.description;
  const mlspec = { format: 1, library: 'onnx', data: 'model.onnx', features, classes };
  await writeFile(
    join(target, 'MLmodel'),
    `${JSON.stringify({ flavors: { mlspec, onnx: { data: 'model.onnx' } } })}\n`,
  );
  const check = await checkOnnx(work, target);
  if (check.checked) requireWithin(check.difference, params.tolerance, 'the ONNX form');
  return { path: 'data/onnx', converter, check };
}

async function convert({ context }: PackagingWork, output: string): Promise<string> {
  const model = join(context.workDir, 'convertible');
  await cp(context.inputs['model']![0]!.path, model, { recursive: true });
  const answer = await runPython(context.python!, ['mlspec.to_onnx', model, output], context.signal);
  if (typeof answer['error'] !== 'string') return String(answer['converter']);
  const missing = answer['package'];
  throw new PlatformError('PACKAGING_CONVERSION', {
    message: answer['error'],
    ...(typeof missing === 'string'
      ? { hint: `Add ${missing} to the requirements of training, or package as mlmodel alone.` }
      : {}),
  });
}

async function checkOnnx(
  { context, engine, expected, params }: PackagingWork,
  folder: string,
): Promise<PackagingCheck> {
  const found = join(context.workDir, 'onnx.parquet');
  const converted = await openModel(folder, { python: null, signal: context.signal });
  try {
    const part = context.inputs['part']![0]!.path;
    await converted.predictFile(part, found, { keep: ['__row'], signal: context.signal });
  } finally {
    await converted.close();
  }
  const difference = await compareAnswers(engine, { expected, found });
  return { checked: true, difference, tolerance: params.tolerance };
}
