import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../errors/index.ts';
import type { Observations } from '../../metrics/index.ts';
import type { Selections, Subjects } from '../../model-ci/index.ts';
import { type ModelDescription, openModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { unseal } from '../../provenance/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import { readTransform, transformFile } from '../../transform/index.ts';
import { readObservations } from '../observations.ts';
import { answerRegistered, type RegisteredModel } from '../registered-models.ts';
import { readCondition } from '../row-conditions.ts';
import { trivialBaselines } from '../trivial-baselines.ts';
import type { TestingParams } from './plan.ts';
import { wasTrainedOn } from './trained-on.ts';

/** What a gate judges: the models' answers, which rows conditions choose, and models that may have seen rows before. */
export interface JudgedRows {
  readonly subjects: Subjects;
  readonly selections: Selections;
  readonly trainedOnPart: ReadonlySet<string>;
}

/** The gate, and the registered models that it compares with. */
export interface Judging {
  readonly params: TestingParams;
  readonly registered: Readonly<Record<string, RegisteredModel | null>>;
}

/**
 * Opens the sealed part into a file of this attempt alone, and answers what the model and the baselines say of its rows.
 * Files made on the way are removed before it returns or throws; the caller removes `plain`.
 */
export async function readSubjects(
  plain: string,
  { params, registered }: Judging,
  context: StepContext,
): Promise<JudgedRows> {
  const predictions = join(context.workDir, 'sealed-predictions.parquet');
  const engine = await context.tables();
  try {
    const binding = { project: params.name, part: params.part };
    await unseal({ source: context.inputs['part']![0]!.path, destination: plain }, context.sealingKey!, {
      binding,
      signal: context.signal,
    });
    const { classes } = await predict(engine, { plain, predictions }, context);
    const { task, costs } = params;
    const model = await readObservations(engine, { part: plain, predictions }, { task, costs, classes });
    const train = { train: context.inputs['train']![0]!.path, label: task.label!, kinds: params.trivial };
    const others = await askAll({ plain, params, registered }, engine, context);
    const answers = { ...(await trivialBaselines(engine, train, model)), ...others.answers, new: model };
    const selections: Record<string, Uint8Array> = {};
    for (const text of conditionsOf(params))
      selections[text] = await readCondition(engine, { raw: plain, predictions }, text);
    return { subjects: requireSubjects(answers), selections, trainedOnPart: others.trainedOnPart };
  } finally {
    await rm(predictions, { force: true });
  }
}

async function predict(
  engine: QueryEngine,
  { plain, predictions }: { readonly plain: string; readonly predictions: string },
  context: StepContext,
): Promise<ModelDescription> {
  const transformed = join(context.workDir, 'sealed-features.parquet');
  const { signal } = context;
  try {
    const fitted = readTransform(await readFile(context.inputs['transform']![0]!.path, 'utf8'));
    await transformFile(engine, { source: plain, destination: transformed }, { fitted, keep: ['__row'], signal });
    const model = await openModel(context.inputs['model']![0]!.path, { python: context.python, signal });
    try {
      await model.predictFile(transformed, predictions, { keep: ['__row'], signal });
      return model.description;
    } finally {
      await model.close();
    }
  } finally {
    await rm(transformed, { force: true });
  }
}

/** Lets the registered models answer the rows of the part, and finds out which of them saw some before. */
async function askAll(
  { plain, params, registered }: Judging & { readonly plain: string },
  engine: QueryEngine,
  context: StepContext,
): Promise<{ readonly answers: Record<string, Observations>; readonly trainedOnPart: ReadonlySet<string> }> {
  const answers: Record<string, Observations> = {};
  const trainedOnPart = new Set<string>();
  const file = join(context.workDir, 'sealed-predictions-of-baseline.parquet');
  for (const [name, model] of Object.entries(registered)) {
    if (model === null) continue;
    try {
      const divided = params.divided[model.port]!;
      const part = { plain, key: params.task.key };
      if (await wasTrainedOn(part, { ...model, divided }, { engine, context })) trainedOnPart.add(name);
      const { task } = params;
      const reading = await answerRegistered(model, { raw: plain, answers: file }, { engine, task, context });
      const read = { ...reading, costs: params.costs };
      answers[name] = await readObservations(engine, { part: plain, predictions: file }, read);
    } finally {
      await rm(file, { force: true });
    }
  }
  return { answers, trainedOnPart };
}

/** The conditions on rows that objectives name, each once. */
function conditionsOf(params: TestingParams): string[] {
  const texts = params.clauses.flatMap(({ objective }) => objective.terms.flatMap((term) => term.where ?? []));
  return [...new Set(texts)];
}

function requireSubjects(answers: Readonly<Record<string, Observations>>): Subjects {
  return Object.fromEntries(
    Object.entries(answers).map(([name, observations]) => {
      assert(observations.kind !== 'ranking', 'a gate judges rows, and a ranking is judged by queries');
      return [name, observations];
    }),
  );
}
