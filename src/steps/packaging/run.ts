import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { openModel, type PackageFacts } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { readTransform } from '../../transform/index.ts';
import { compareAnswers, requireWithin } from './compare.ts';
import { describePackage, layOut, type PackageSource, packageFacts } from './layout.ts';
import { makeOnnx } from './onnx.ts';
import type { PackagingParams } from './plan.ts';
import { runPython } from './python.ts';
import { packageRequirements, pythonVersionOf } from './requirements.ts';
import type { PackagingCheck, PackagingReport } from './result.ts';
import type { PackagingWork } from './work.ts';

/** Makes the package, checks every form of it against the original model on the validation part, and reports. */
export async function runPackaging(context: StepContext): Promise<void> {
  const params = context.params as unknown as PackagingParams;
  await requirePassed(context);
  const engine = await context.tables();
  const modelFolder = context.inputs['model']![0]!.path;
  const transformPath = context.inputs['transform']![0]!.path;
  const transform = readTransform(await readFile(transformPath, 'utf8'));
  const expected = join(context.workDir, 'expected.parquet');
  const part = context.inputs['part']![0]!.path;
  const model = await openModel(modelFolder, { python: context.python, signal: context.signal });
  try {
    await model.predictFile(part, expected, { keep: ['__row'], signal: context.signal });
  } finally {
    await model.close();
  }
  const work: PackagingWork = { context, params, engine, model, transform, expected };
  const folder = context.outputs['package']!.path;
  await mkdir(folder, { recursive: true });
  const onnx = params.formats.includes('onnx') ? await makeOnnx(work, folder) : null;
  const facts: PackageFacts = { ...packageFacts(params, model.description, transform), onnx: onnx?.path ?? null };
  const requirements = await packageRequirements(work, modelFolder);
  const pythonVersion = await pythonVersionOf(work);
  const source: PackageSource = {
    folder,
    model: modelFolder,
    transform: transformPath,
    facts,
    requirements,
    pythonVersion,
  };
  await layOut(source);
  await describePackage(engine, source, context.inputs['raw']![0]!.path);
  const report: PackagingReport = {
    name: params.name,
    library: model.description.library,
    formats: [...params.formats],
    on: params.on,
    mlmodel: await checkPackage(work, folder),
    onnx: onnx === null ? null : { converter: onnx.converter, check: onnx.check },
    requirements: [...requirements],
  };
  await writeFile(context.outputs['report']!.path, JSON.stringify(report));
  tell(context, report);
}

/** What a gate says, a step of the project's own, or evaluation of the objectives that stop a release. */
interface Verdict {
  readonly verdict?: unknown;
  readonly passed?: unknown;
  readonly missed?: readonly string[];
}

/** Verdicts of gates that refuse no model. */
const letThrough: ReadonlySet<unknown> = new Set(['pass', 'withheld', 'skipped']);

async function requirePassed(context: StepContext): Promise<void> {
  for (const input of context.inputs['verdicts'] ?? []) {
    const { verdict, passed, missed } = JSON.parse(await readFile(input.path, 'utf8')) as Verdict;
    if (letThrough.has(verdict) || passed === true) continue;
    const which = missed === undefined ? '' : `: ${missed.join(', ')} missed`;
    throw new PlatformError('PACKAGING_GATE_FAILED', { message: `${input.from.step} did not pass the model${which}` });
  }
}

/** Raw rows through the package in Python, as MLflow would ask it, against the original answers. */
async function checkPackage(work: PackagingWork, folder: string): Promise<PackagingCheck> {
  const { context, params } = work;
  const { library } = work.model.description;
  if (library === 'typescript')
    return { checked: false, reason: 'the model is a module in TypeScript; Python does not load it' };
  if (context.python === null) return { checked: false, reason: 'the step has no Python environment' };
  const found = join(context.workDir, 'package.parquet');
  const raw = context.inputs['raw']![0]!.path;
  await runPython(context.python, ['mlspec.predict_package', folder, raw, found], context.signal);
  const difference = await compareAnswers(work.engine, { expected: work.expected, found });
  requireWithin(difference, params.tolerance, 'the package');
  return { checked: true, difference, tolerance: params.tolerance };
}

function tell(context: StepContext, report: PackagingReport): void {
  const output = context.outputs['package']!;
  output.setProperties({ name: report.name, library: report.library, formats: report.formats });
  context.value('formats', report.formats);
  if (report.mlmodel.checked) context.value('max_difference', report.mlmodel.difference.maximum);
  if (report.onnx?.check.checked === true) context.value('onnx_max_difference', report.onnx.check.difference.maximum);
}
