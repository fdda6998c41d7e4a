/*
 * What the models say of the sealed rows. A model is a program, and it runs as the user who runs the gate: so the part is
 * open twice, before the models are asked and after they have ended, and closed in between. While they run there are the
 * columns that each of them takes, in files of this attempt alone, and no labels.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../errors/index.ts';
import type { Observations } from '../../metrics/index.ts';
import type { Selections, Subjects } from '../../model-ci/index.ts';
import { type ModelDescription, openModel, readPackageFacts } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import { readTransform, transformFile } from '../../transform/index.ts';
import { readObservations } from '../observations.ts';
import { answerRegistered, type RegisteredModel, type RegisteredReading } from '../registered-models.ts';
import { readCondition } from '../row-conditions.ts';
import { trivialBaselines } from '../trivial-baselines.ts';
import { withOpenPart } from './open-part.ts';
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

/** A registered model that is asked, by the name of its baseline. */
type Asked = readonly [name: string, model: RegisteredModel];

interface Work {
  readonly engine: QueryEngine;
  readonly params: TestingParams;
  readonly asked: readonly Asked[];
  /** Where files are made; gone before `readSubjects` returns or throws. */
  readonly folder: string;
  readonly context: StepContext;
}

/** Answers what the model and the baselines say of the rows of the sealed part. */
export async function readSubjects({ params, registered }: Judging, context: StepContext): Promise<JudgedRows> {
  const asked = Object.entries(registered).flatMap(([name, model]): Asked[] => (model === null ? [] : [[name, model]]));
  const folder = join(context.workDir, 'sealed');
  const work: Work = { engine: await context.tables(), params, asked, folder, context };
  await mkdir(folder, { mode: 0o700 });
  try {
    const trainedOnPart = await withOpenPart(context, (part) => writeQuestions(part, work));
    const { classes } = await predict(work);
    const readings = await askRegistered(work);
    return await withOpenPart(context, async (part) => {
      const answers = await readAnswers(part, { classes, readings }, work);
      return { subjects: requireSubjects(answers), selections: await readSelections(part, work), trainedOnPart };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What each model is asked, into a file of its own; and which of the registered ones saw rows of the part before. */
async function writeQuestions(
  part: string,
  { engine, params, asked, folder, context }: Work,
): Promise<ReadonlySet<string>> {
  const { signal } = context;
  const fitted = readTransform(await readFile(context.inputs['transform']![0]!.path, 'utf8'));
  const destination = join(folder, 'features.parquet');
  await transformFile(engine, { source: part, destination }, { fitted, keep: ['__row'], signal });
  const trainedOnPart = new Set<string>();
  for (const [name, model] of asked) {
    const divided = params.divided[model.port]!;
    const opened = { plain: part, key: params.task.key };
    if (await wasTrainedOn(opened, { ...model, divided }, { engine, context })) trainedOnPart.add(name);
    await writeRawQuestions(part, { model, path: questionsOf(folder, name) }, { engine, signal });
  }
  return trainedOnPart;
}

/** The raw columns that a package takes, and no others. One that the part lacks is left out: the package will say so. */
async function writeRawQuestions(
  part: string,
  { model, path }: { readonly model: RegisteredModel; readonly path: string },
  { engine, signal }: { readonly engine: QueryEngine; readonly signal: AbortSignal },
): Promise<void> {
  const { inputs } = await readPackageFacts(model.folder);
  const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(part)}`);
  const taken = fields.filter(({ name }) => name === '__row' || inputs.some((input) => input.name === name));
  const columns = taken.map(({ name }) => quoteIdentifier(name)).join(', ');
  await engine.writeParquet(`SELECT ${columns} FROM ${parquetSource(part)} ORDER BY __row`, path, { signal });
}

function questionsOf(folder: string, name: string): string {
  return join(folder, `questions-of-${name}.parquet`);
}

function answersOf(folder: string, name: string): string {
  return join(folder, `answers-of-${name}.parquet`);
}

function predictionsOf(folder: string): string {
  return join(folder, 'answers.parquet');
}

async function predict({ folder, context }: Work): Promise<ModelDescription> {
  const { python, signal } = context;
  const model = await openModel(context.inputs['model']![0]!.path, { python, signal });
  try {
    await model.predictFile(join(folder, 'features.parquet'), predictionsOf(folder), { keep: ['__row'], signal });
    return model.description;
  } finally {
    await model.close();
  }
}

async function askRegistered({
  engine,
  params,
  asked,
  folder,
  context,
}: Work): Promise<Map<string, RegisteredReading>> {
  const readings = new Map<string, RegisteredReading>();
  for (const [name, model] of asked) {
    const files = { raw: questionsOf(folder, name), answers: answersOf(folder, name) };
    readings.set(name, await answerRegistered(model, files, { engine, task: params.task, context }));
  }
  return readings;
}

async function readAnswers(
  part: string,
  said: {
    readonly classes: ModelDescription['classes'];
    readonly readings: ReadonlyMap<string, RegisteredReading>;
  },
  { engine, params, folder, context }: Work,
): Promise<Record<string, Observations>> {
  const { task, costs } = params;
  const predictions = predictionsOf(folder);
  const model = await readObservations(engine, { part, predictions }, { task, costs, classes: said.classes });
  const train = { train: context.inputs['train']![0]!.path, label: task.label!, kinds: params.trivial };
  const answers: Record<string, Observations> = await trivialBaselines(engine, train, model);
  for (const [name, reading] of said.readings) {
    const files = { part, predictions: answersOf(folder, name) };
    answers[name] = await readObservations(engine, files, { ...reading, costs });
  }
  return { ...answers, new: model };
}

/** Which rows are chosen by the conditions that objectives name, each condition once. */
async function readSelections(part: string, { engine, params, folder }: Work): Promise<Selections> {
  const texts = params.clauses.flatMap(({ objective }) => objective.terms.flatMap((term) => term.where ?? []));
  const selections: Record<string, Uint8Array> = {};
  for (const text of new Set(texts))
    selections[text] = await readCondition(engine, { raw: part, predictions: predictionsOf(folder) }, text);
  return selections;
}

function requireSubjects(answers: Readonly<Record<string, Observations>>): Subjects {
  return Object.fromEntries(
    Object.entries(answers).map(([name, observations]) => {
      assert(observations.kind !== 'ranking', 'a gate judges rows, and a ranking is judged by queries');
      return [name, observations];
    }),
  );
}
