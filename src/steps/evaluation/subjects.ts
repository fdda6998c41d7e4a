import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlatformError } from '../../errors/index.ts';
import type { Observations } from '../../metrics/index.ts';
import type { AnswerRawOptions, LoadedModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';
import { readObservations } from '../observations.ts';
import {
  answerRegistered,
  type RegisteredModel,
  type RegisteredParams,
  registeredModel,
  whyAbsent,
} from '../registered-models.ts';
import { trivialBaselines } from '../trivial-baselines.ts';
import { measureLatency } from './latency.ts';
import { timedModels } from './objectives.ts';
import type { EvaluationParams } from './plan.ts';

/** What the new model is compared with. */
export interface ComparedModels {
  /** Answers of the baselines for the rows of the new model, by name. */
  readonly subjects: Readonly<Record<string, Observations>>;
  /** Registered models among them, by name. */
  readonly registered: Readonly<Record<string, RegisteredModel>>;
  /** Why a declared baseline is not among them, by name. */
  readonly missing: Readonly<Record<string, string>>;
  /** Times of requests of each model that objectives name a latency of, and of `new`; rising, in milliseconds. */
  readonly requests: Readonly<Record<string, Float64Array>>;
  /** Registered models that there are and that cannot answer these rows, with the reason. */
  readonly incomparable: Readonly<Record<string, string>>;
}

/** What comparing works with. */
export interface ComparingWork {
  readonly params: EvaluationParams;
  readonly engine: QueryEngine;
  readonly model: LoadedModel;
  readonly context: StepContext;
}

/** The baselines on the rows of the new model: the trivial ones, and the registered models that can answer them. */
export async function compareModels(observations: Observations, work: ComparingWork): Promise<ComparedModels> {
  const { params, engine, context } = work;
  const asked = { engine, task: params.task, context };
  const source = { train: context.inputs['train']![0]!.path, label: params.task.label!, kinds: params.baselines ?? {} };
  const subjects: Record<string, Observations> = { ...(await trivialBaselines(engine, source, observations)) };
  const registered: Record<string, RegisteredModel> = {};
  const requests: Record<string, Float64Array> = {};
  const timed = timedModels(params.objectives ?? {});
  if (timed.has('new')) requests['new'] = await measureLatency(work.model, context.inputs['part']![0]!.path, asked);
  const missing: Record<string, string> = {};
  const incomparable: Record<string, string> = {};
  for (const name of Object.keys(params.baselines ?? {}))
    if (!(name in subjects)) missing[name] = `${name} says nothing of such a task`;
  for (const [name, declared] of Object.entries(params.registered ?? {})) {
    const onAnswered = async (model: LoadedModel, features: string): Promise<void> => {
      if (timed.has(name)) requests[name] = await measureLatency(model, features, asked);
    };
    const answers = await askRegistered(name, declared, { ...work, onAnswered });
    if (answers === null) missing[name] = whyAbsent(name);
    else if (typeof answers === 'string') missing[name] = incomparable[name] = answers;
    else [subjects[name], registered[name]] = [answers.observations, answers.model];
  }
  return { subjects, registered, requests, missing, incomparable };
}

/** The answers of a registered model; null where there is none, a reason where it cannot answer. */
async function askRegistered(
  name: string,
  declared: RegisteredParams,
  { params, engine, context, onAnswered }: ComparingWork & Required<Pick<AnswerRawOptions, 'onAnswered'>>,
): Promise<{ readonly observations: Observations; readonly model: RegisteredModel } | string | null> {
  const model = registeredModel(name, declared, context);
  if (model === null) return null;
  const [raw, answers] = [join(context.workDir, `${name}-rows.parquet`), join(context.workDir, `${name}.parquet`)];
  const part = context.inputs['part']![0]!.path;
  try {
    const known = parquetSource(context.inputs['raw']![0]!.path);
    const sql = `SELECT r.* FROM ${known} r JOIN (SELECT __row FROM ${parquetSource(part)}) p USING (__row) ORDER BY __row`;
    await engine.writeParquet(sql, raw, { signal: context.signal });
    const reading = await answerRegistered(model, { raw, answers }, { engine, task: params.task, context, onAnswered });
    const read = { ...reading, costs: params.costs };
    return { observations: await readObservations(engine, { part, predictions: answers }, read), model };
  } catch (error) {
    if (!isPlatformError(error) || !(error.kind === 'invalid-input' || error.kind === 'user-code')) throw error;
    context.log('warn', `${name} (${model.label}) cannot answer these rows: ${error.message}`);
    return `${name} (${model.label}) cannot answer these rows: ${error.message}`;
  } finally {
    await Promise.all([rm(raw, { force: true }), rm(answers, { force: true })]);
  }
}
